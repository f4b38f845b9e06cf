# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that ask, read, wait and leave. Each request ends in one of four ways: whole, an error told as one, left
by the client, or wrong (a stump shown as an answer, somebody else's words, silence)."""

import asyncio
import collections
import json
import random
import time

from wall import answer_to

ROUTES = ["auto", "auto", "hold", "off"]


class Wrong(Exception):
    pass


class Crowd:
    def __init__(self, port, token, seed, patience, until):
        self.port, self.token, self.seed = port, token, seed
        self.patience = patience  # seconds until silence counts as a hang
        self.until = until
        self.ends = collections.Counter()
        self.wrong = []
        self.sent = 0
        self.left = {}  # marker -> when the client hung up

    async def run(self, clients):
        await asyncio.gather(*(self.client(n) for n in range(clients)))

    async def client(self, number):
        draw = random.Random(f"{self.seed}-{number}")
        await asyncio.sleep(draw.random() * 0.5)
        count = 0
        while time.monotonic() < self.until:
            count += 1
            marker = f"soak-{number}-{count}"
            route = draw.choice(ROUTES)
            try:
                end = await asyncio.wait_for(self.ask(draw, marker, route), self.patience)
            except asyncio.TimeoutError:
                end = self.note(marker, route, f"no end within {self.patience} s")
            except Wrong as wrong:
                end = self.note(marker, route, str(wrong))
            except (ConnectionError, asyncio.IncompleteReadError) as broken:
                end = self.note(marker, route, f"the proxy dropped the connection: {broken!r}")
            self.ends[f"{route}: {end}"] += 1
            await asyncio.sleep(draw.expovariate(1 / 0.15))

    def note(self, marker, route, what):
        self.wrong.append(f"{marker} (route {route}): {what}")
        return "WRONG"

    async def ask(self, draw, marker, route):
        streamed = draw.random() < 0.75
        leaves = draw.random() < 0.1
        slow = draw.random() < 0.03
        body = {"model": route, "stream": streamed, "messages": [{"role": "user", "content": f"Say it: {marker}"}]}
        if streamed and draw.random() < 0.5:
            body["stream_options"] = {"include_usage": True}
        data = json.dumps(body).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 16)
        try:
            self.sent += 1
            writer.write(
                f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\ncontent-type: application/json\r\n"
                f"authorization: Bearer {self.token}\r\ncontent-length: {len(data)}\r\nconnection: close\r\n\r\n".encode() + data)
            if leaves:
                # Not before the proxy has read the request: then nobody would know of it.
                head = asyncio.ensure_future(reader.readuntil(b"\r\n\r\n"))
                await asyncio.wait([head], timeout=0.25 + draw.random() * 0.5)
                await asyncio.sleep(draw.random() * 0.05)
                writer.transport.abort()
                self.left[marker] = time.monotonic()
                head.cancel()
                await asyncio.wait([head])
                head.cancelled() or head.exception()
                return "left"
            return await self.judge(reader, marker, streamed, 0.02 if slow else 0)
        finally:
            writer.close()

    async def judge(self, reader, marker, streamed, pause):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        if "transfer-encoding: chunked" in head:
            body, ended = await chunked(reader, pause)
        else:
            body, ended = await reader.read(), True
        if status != 200:
            if not ended or "message" not in json.loads(body)["error"]:
                raise Wrong(f"status {status} without an error in the dialect: {body[:200]}")
            return f"error {status}"
        if not streamed:
            answer = json.loads(body)["choices"][0]
            return "whole" if expect(answer["message"]["content"], marker) and answer["finish_reason"] == "stop" else "?"
        return told(body.decode(), marker, ended)


def expect(text, marker):
    right = answer_to(marker)
    if text != right:
        same = next((i for i, (a, b) in enumerate(zip(text, right)) if a != b), min(len(text), len(right)))
        raise Wrong(f"the text differs from place {same} of {len(right)}: {text[max(0, same - 20):same + 40]!r}")
    return True


def told(stream, marker, ended):
    text, finish, failed, done = "", None, False, False
    for event in stream.split("\n\n"):
        data = "\n".join(line[6:] for line in event.split("\n") if line.startswith("data: "))
        if not data:
            continue
        if data == "[DONE]":
            done = True
            continue
        try:
            chunk = json.loads(data)
        except ValueError:
            continue  # a provider's garbage may pass through: clients skip it as we do
        if "error" in chunk:
            failed = True
            continue
        for choice in chunk["choices"]:
            text += choice["delta"].get("content") or ""
            finish = choice["finish_reason"] or finish
    if failed:
        if not answer_to(marker).startswith(text):
            raise Wrong("what was told before the error is not the answer's beginning")
        if finish:
            raise Wrong("an answer that was finished, and an error")
        return "error in the stream"
    if not finish or not ended:
        raise Wrong(f"a stump shown as an answer: {len(text)} characters, finish {finish}, ended {ended}, done {done}")
    expect(text, marker)
    return "whole"


async def chunked(reader, pause):
    body = b""
    while True:
        try:
            line = await reader.readuntil(b"\r\n")
            size = int(line, 16)
            data = await reader.readexactly(size + 2)
        except (asyncio.IncompleteReadError, ConnectionError):
            return body, False
        if size == 0:
            return body, True
        body += data[:-2]
        if pause:
            await asyncio.sleep(pause)
