// SPDX-License-Identifier: GPL-3.0-or-later
// Many at once, long, reused, and in every framing HTTP/1.1 has for a request.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { read } from './dialects.mjs';
import { canary, Gateway, providersAt, token } from './gateway.mjs';
import { places } from './places.mjs';
import { families, opening, ownCase } from './recordings.mjs';
import { ReplayUpstream } from './upstream.mjs';

let upstream;
let gateway;

before(async () => {
  upstream = await ReplayUpstream.start(canary);
  gateway = await Gateway.start({ providers: providersAt(upstream) });
});
after(async () => {
  gateway.remove();
  assert.deepEqual(upstream.complaints, []);
  await upstream.stop();
});

const hello = [{ role: 'user', content: 'All at once?' }];

test('50 streams at the same time', async () => {
  // None of them may end before all have begun: a server that takes turns never gets there.
  let begun = 0;
  let allBegun;
  const everybody = new Promise((resolve) => { allBegun = resolve; });
  upstream.fallback = async (request, response, seen) => {
    const { provider } = families.find(({ dialect }) => dialect === seen.dialect);
    const recording = ownCase(provider, 'stream-text-1');
    const half = opening(provider).length;
    response.writeHead(200, recording.headers);
    response.write(recording.body.subarray(0, half));
    if (++begun === 50)
      allBegun();
    await everybody;
    response.end(recording.body.subarray(half));
  };
  const client = gateway.client();
  await Promise.all(Array.from({ length: 50 }, async (_, number) => {
    const { provider } = families[number % families.length];
    const model = `${provider}/parallel-${number}`;
    let text = '';
    for await (const chunk of await client.chat.completions.create({ model, messages: hello, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    assert.equal(text, read(ownCase(provider, 'stream-text-1')).text);
  }));
});

test('connections are used again, on both sides', async () => {
  upstream.fallback = ownCase('openai', 'text-1');
  let upstreamConnections = 0;
  upstream.server.on('connection', () => { ++upstreamConnections; });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set();
  for (let number = 0; number < 20; ++number) {
    const request = http.request(`${gateway.url}/v1/chat/completions`, {
      agent, method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    request.end(JSON.stringify({ model: 'openai/again', messages: hello }));
    const [response] = await once(request, 'response');
    sockets.add(request.socket);
    response.resume();
    await once(response, 'end');
    assert.equal(response.statusCode, 200);
  }
  agent.destroy();
  assert.equal(sockets.size, 1, 'the server closed a connection it could have kept');
  assert.ok(upstreamConnections <= 1, `${upstreamConnections} new connections upstream`);
});

test('the package uses its connection again after a stream', async () => {
  let connections = 0;
  const relay = net.createServer((client) => {
    ++connections;
    const server = net.connect(gateway.port, '127.0.0.1');
    client.on('error', () => server.destroy()).pipe(server).on('error', () => client.destroy()).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const { headers, body } = ownCase('openai', 'stream-text-1');
  upstream.fallback = (request, response) => response.writeHead(200, headers).end(body);
  const client = gateway.client({ baseURL: `http://127.0.0.1:${relay.address().port}/v1` });
  for (let number = 0; number < 20; ++number) {
    const stream = await client.chat.completions.create({ model: 'openai/again', messages: hello, stream: true });
    for await (const chunk of stream)
      assert.ok(chunk.id);
  }
  relay.close();
  // It hangs up at [DONE], and keeps the connection if it has read the end of the response by then.
  assert.ok(connections <= 5, `${connections} connections for 20 streams`);
});

for (const { provider, dialect } of families) {
  test(`a body of 200 kB to ${provider}`, async () => {
    upstream.fallback = ownCase(provider, 'text-1');
    const content = 'Ein längerer Text mit Ümläuten und 漢字. '.repeat(5000);
    assert.ok(Buffer.byteLength(content) > 200_000);
    const answer = await gateway.client().chat.completions.create({
      model: `${provider}/large`, messages: [{ role: 'user', content }],
    });
    assert.equal(answer.choices[0].message.content, read(ownCase(provider, 'text-1')).text);
    assert.deepEqual(places[dialect].prompts(upstream.seen('large').body), [content]);
  });
}

test('an answer of 2 MB', async () => {
  const text = 'Zeile für Zeile, 行ごとに。\n'.repeat(60_000);
  const answer = JSON.parse(ownCase('openai', 'text-1').body);
  answer.choices[0].message.content = text;
  upstream.fallback = (request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  const got = await gateway.client().chat.completions.create({ model: 'openai/long', messages: hello });
  assert.equal(got.choices[0].message.content, text);
});

test('a client that does not read holds the provider up', async () => {
  // What loopback sockets and the server hold is a few megabytes; the answer is many more.
  const event = Buffer.from(`data: ${JSON.stringify({
    id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm',
    choices: [{ index: 0, delta: { content: 'y'.repeat(60_000) }, finish_reason: null }],
  })}\n\n`);
  const events = 600;
  let sent = 0;
  upstream.fallback = async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (; sent < events; ++sent)
      if (!response.write(event))
        await once(response, 'drain');
    response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  };
  const request = http.request(`${gateway.url}/v1/chat/completions`, {
    method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  request.end(JSON.stringify({ model: 'openai/flood', messages: hello, stream: true }));
  const [response] = await once(request, 'response'); // paused until somebody reads
  let held = -1;
  while (held !== sent) {
    held = sent;
    await sleep(200);
  }
  assert.ok(held < events / 2, `${held} of ${events} events were taken from the provider for a client that reads none`);
  let bytes = 0;
  for await (const piece of response)
    bytes += piece.length;
  assert.equal(sent, events);
  assert.ok(bytes >= events * event.length);
});

test('the models as the package lists them', async () => {
  const models = [];
  for await (const model of gateway.client().models.list())
    models.push(model.id);
  assert.ok(models.some((id) => id.includes('claude')) && models.some((id) => id.includes('gemini')), `${models.slice(0, 5)}`);
  const one = await gateway.client().models.retrieve(models[0]);
  assert.equal(one.id, models[0]);
});

/// Speaks HTTP by hand: resolves with everything the server sent until it closed.
async function talk(steps) {
  const socket = net.connect(gateway.port, '127.0.0.1');
  const closed = once(socket, 'close');
  socket.setNoDelay().setTimeout(10_000, () => socket.destroy(new Error('nothing was heard for ten seconds')));
  let heard = '';
  socket.setEncoding('utf8').on('data', (piece) => { heard += piece; });
  await once(socket, 'connect');
  for (const step of steps) {
    if (step instanceof RegExp)
      for (const giveUp = Date.now() + 5000; !step.test(heard); await sleep(5))
        assert.ok(Date.now() < giveUp, `waited for ${step}, heard: ${heard}`);
    else
      socket.write(step);
  }
  await closed;
  return heard;
}

const head = (...fields) => [
  'POST /v1/chat/completions HTTP/1.1', `host: 127.0.0.1:${gateway.port}`, `authorization: Bearer ${token}`,
  'content-type: application/json', 'connection: close', ...fields, '', '',
].join('\r\n');
const raw = Buffer.from(JSON.stringify({ model: 'openai/by-hand', messages: [{ role: 'user', content: 'Grüße ⚓' }] }));

test('Expect: 100-continue', async () => {
  upstream.fallback = ownCase('openai', 'text-1');
  const heard = await talk([
    head(`content-length: ${raw.length}`, 'expect: 100-continue'), /^HTTP\/1\.1 100 Continue\r\n\r\n/, raw, /HTTP\/1\.1 200/,
  ]);
  assert.match(heard, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  assert.equal(upstream.seen('by-hand').body.messages[0].content, 'Grüße ⚓');
});

test('a chunked body, byte by byte', async () => {
  const before = upstream.countFor('by-hand');
  const chunks = [...raw].map((byte) => Buffer.concat([Buffer.from('1;x="y"\r\n'), Buffer.of(byte), Buffer.from('\r\n')]));
  const heard = await talk([head('transfer-encoding: chunked'), ...chunks, '0\r\nx-trailer: 1\r\n\r\n', /HTTP\/1\.1 \d/]);
  assert.match(heard, /^HTTP\/1\.1 200 OK\r\n/);
  assert.equal(upstream.countFor('by-hand'), before + 1);
  assert.equal(upstream.seen('by-hand').body.messages[0].content, 'Grüße ⚓');
});

test('two requests in one write are answered in order', async () => {
  const keep = head(`content-length: ${raw.length}`).replace('connection: close\r\n', '');
  const heard = await talk([Buffer.concat([
    Buffer.from(keep), raw, Buffer.from(head(`content-length: ${raw.length}`)), raw,
  ]), /HTTP\/1\.1 200[^]*HTTP\/1\.1 200/]);
  assert.equal(heard.match(/HTTP\/1\.1 200 OK/g).length, 2);
});

test('SIGTERM: a running stream ends as it should, then the server', async () => {
  const { headers, body } = ownCase('openai', 'stream-text-1');
  let goOn;
  const told = new Promise((resolve) => { goOn = resolve; });
  const half = body.indexOf('\n\n', body.length / 2) + 2;
  upstream.fallback = async (request, response) => {
    response.writeHead(200, headers);
    response.write(body.subarray(0, half));
    await told;
    response.end(body.subarray(half));
  };
  const stream = await gateway.client().chat.completions.create({ model: 'openai/last', messages: hello, stream: true });
  let text = '';
  let stopped;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    if (text && !stopped) {
      stopped = gateway.stop();
      await refusedNow();
      goOn();
    }
  }
  assert.equal(text, read(ownCase('openai', 'stream-text-1')).text);
  await stopped;
  const row = [...(await gateway.ledger()).values()].find((candidate) => candidate.model_asked === 'openai/last');
  assert.equal(row.status, 'ok');
});

/// Waits until the server takes no new connections.
async function refusedNow() {
  for (const giveUp = Date.now() + 5000; ; await sleep(5)) {
    const socket = net.connect(gateway.port, '127.0.0.1');
    const taken = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'close').then(() => false)])
      .catch(() => false);
    socket.destroy();
    if (!taken)
      return;
    assert.ok(Date.now() < giveUp, 'a server that was told to stop still takes connections');
  }
}
