# SPDX-License-Identifier: GPL-3.0-or-later
"""A provider that misbehaves at random: each POST draws one fault. Its answers depend on the request alone, so
that an answer given to the wrong caller, twice, or in part can be told."""

import asyncio
import json
import random
import re
import time

# What happens, and how often of a hundred. "ok" takes the rest.
FAULTS = {
    "rate-limit": 5,  # 429 with Retry-After: 0
    "error-500": 4,
    "overloaded": 4,
    "reset": 5,  # the connection dies before any answer
    "silence": 2,  # no answer at all
    "slow-start": 2,  # headers at once, the first token too late
    "cut": 6,  # in the middle
    "stall": 3,  # in the middle, for longer than anybody waits
    "garbage": 4,  # one chunk is no JSON
    "no-done": 4,
    "html": 2,
    "lying-ok": 2,  # 200 with an error event
}
KEY_ECHO = re.compile(r"soak-\d+-\d+")
WORDS = 60


def answer_to(marker):
    """The one right answer: sixty words that no other request gets."""
    draw = random.Random(marker)
    return " ".join(f"{marker}:{draw.randrange(10**6)}" if i % 10 == 0 else f"w{draw.randrange(10**4)}" for i in range(WORDS))


def pieces_of(text):
    words = text.split(" ")
    return [word if i == 0 else " " + word for i, word in enumerate(words)]


class Wall:
    def __init__(self, seed, patience):
        self.draw = random.Random(seed)
        self.patience = patience  # seconds for which nobody can be expected to wait
        self.posts = 0
        self.closed = {}  # marker -> when a caller's connection was seen to be gone while we answered
        self.drawn = dict.fromkeys(["ok", *FAULTS], 0)

    def fault(self):
        at = self.draw.randrange(100)
        for name, share in FAULTS.items():
            if at < share:
                return name
            at -= share
        return "ok"

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.server = server
        return server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while await self.one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def one(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"(?im)^content-length: *(\d+)", head)
        body = await reader.readexactly(int(length.group(1)) if length else 0)
        if not head.startswith("POST"):
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            return True
        self.posts += 1
        request = json.loads(body)
        marker = KEY_ECHO.search(body.decode()).group(0)
        fault = self.fault()
        self.drawn[fault] += 1
        return await self.answer(reader, writer, request, marker, fault)

    async def answer(self, reader, writer, request, marker, fault):
        if fault == "rate-limit":
            return error(writer, 429, "Too many requests", ["retry-after: 0"])
        if fault == "error-500":
            return error(writer, 500, "Something broke")
        if fault == "overloaded":
            return error(writer, 503, "Overloaded")
        if fault == "html":
            page = b"<!doctype html><title>Bad gateway</title>"
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n" % len(page) + page)
            return True
        if fault == "reset":
            writer.transport.abort()
            return False
        if fault == "silence":
            await self.wait(reader, marker, self.patience)
            return False
        if request.get("stream"):
            return await self.stream(reader, writer, request, marker, fault)
        return self.whole(writer, request, marker, fault)

    def whole(self, writer, request, marker, fault):
        text = answer_to(marker)
        body = json.dumps({
            "id": "chatcmpl-" + marker, "object": "chat.completion", "created": 1, "model": request["model"],
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": usage()}).encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        if fault in ("cut", "stall"):
            writer.write(head + body[: len(body) // 2])
            return False
        writer.write(head + body)
        return True

    async def stream(self, reader, writer, request, marker, fault):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        if fault == "lying-ok":
            send(writer, {"error": {"message": "Overloaded", "type": "server_error", "code": "overloaded"}})
            writer.write(b"0\r\n\r\n")
            return True
        if fault == "slow-start" and not await self.wait(reader, marker, self.patience):
            return False

        def chunk(delta, finish=None):
            return {"id": "chatcmpl-" + marker, "object": "chat.completion.chunk", "created": 1, "model": request["model"],
                    "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

        send(writer, chunk({"role": "assistant", "content": ""}))
        broken_at = self.draw.randrange(1, WORDS - 1)
        for i, piece in enumerate(pieces_of(answer_to(marker))):
            if i == broken_at:
                if fault == "cut":
                    writer.transport.abort() if self.draw.random() < 0.5 else writer.close()
                    return False
                if fault == "stall" and not await self.wait(reader, marker, self.patience):
                    return False
                if fault == "garbage":
                    raw(writer, b'data: {"id": "chatcmpl-", "choices": [{"ind\n\n')
            send(writer, chunk({"content": piece}))
            if i % 4 == 3:
                await writer.drain()
                if not await self.wait(reader, marker, 0.005):
                    return False
        send(writer, chunk({}, "stop"))
        if (request.get("stream_options") or {}).get("include_usage"):
            send(writer, {**chunk({}), "choices": [], "usage": usage()})
        if fault != "no-done":
            raw(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        return True

    async def wait(self, reader, marker, seconds):
        """False if the other side hung up meanwhile. It sends nothing while it waits for an answer."""
        try:
            if await asyncio.wait_for(reader.read(1), seconds) == b"":
                self.closed[marker] = time.monotonic()
                return False
        except asyncio.TimeoutError:
            return True
        except ConnectionError:
            self.closed[marker] = time.monotonic()
            return False
        return True


def usage():
    return {"prompt_tokens": 20, "completion_tokens": WORDS, "total_tokens": 20 + WORDS}


def error(writer, status, message, more=()):
    body = json.dumps({"error": {"message": message, "type": "server_error", "code": None}}).encode()
    head = [f"HTTP/1.1 {status} No", "content-type: application/json", f"content-length: {len(body)}", *more]
    writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    return True


def raw(writer, data):
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))


def send(writer, value):
    raw(writer, b"data: " + json.dumps(value).encode() + b"\n\n")
