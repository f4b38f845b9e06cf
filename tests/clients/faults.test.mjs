// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong, as the openai package meets it: providers that refuse, break, stall and babble, and requests that are
// no requests. Each ends in an OpenAI error that says what to do, in a row of the ledger, and the next request works.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import OpenAI from 'openai';

import { read } from './dialects.mjs';
import { failureOf, limited, overloaded, overloadedInStream, statusFor, wordsOf } from './failures.mjs';
import { canary, Gateway, providersAt, token } from './gateway.mjs';
import { families, familyOf, mistral, opening, ownCase, recordingsFrom } from './recordings.mjs';
import { ReplayUpstream, send } from './upstream.mjs';

const mostBody = 64 * 1024;
const shortPatience = 300;

let upstream;
let gateway;
let openai;
/// Rows the ledger must have in the end: [id, what it must say, about what].
const booked = [];

before(async () => {
  upstream = await ReplayUpstream.start(canary);
  const providers = providersAt(upstream).flatMap((provider) => [
    provider,
    // The same again with little patience, and where nobody listens.
    { ...provider, ...wireOf(provider.id), id: `hasty-${provider.id}`,
      timeouts: { first_byte_ms: shortPatience, idle_ms: shortPatience } },
    { ...provider, ...wireOf(provider.id), id: `dead-${provider.id}`,
      base_url: provider.base_url.replace(upstream.url, `http://127.0.0.1:${unused}`) },
  ]);
  gateway = await Gateway.start({ server: { max_body_bytes: mostBody }, providers });
  openai = gateway.client();
});
after(async () => {
  gateway.remove();
  await upstream.stop();
});

const wireOf = (id) => ({ wire: familyOf(id)?.dialect ?? mistral.dialect });

// A port nobody listens on: taken once and given back.
const unused = await new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

const hello = [{ role: 'user', content: 'Are you there?' }];

async function readAll(request) {
  let text = '';
  for await (const chunk of await openai.chat.completions.create({ ...request, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

/// The one thing to check after any fault.
async function theNextOneWorks(provider) {
  const recording = ownCase(provider, 'text-1');
  upstream.serve(recording.model, recording);
  const answer = await openai.chat.completions.create({ model: `${provider}/${recording.model}`, messages: hello });
  assert.equal(answer.choices[0].message.content, read(recording).text);
}

function checkError(error, status, about) {
  assert.ok(error instanceof OpenAI.APIError, `${about}: ${error?.stack ?? error}`);
  assert.equal(error.status, status, `${about}: ${error.message}`);
  assert.ok(error.error.message, `${about}: no message`);
  assert.ok(error.type, about);
  assert.ok('code' in error.error && 'param' in error.error, about);
  const id = error.headers.get('x-fairlead-request-id');
  assert.match(id ?? '', /^req_/, `${about}: no request id`);
  return id;
}

const classes = new Map([
  [400, OpenAI.BadRequestError], [401, OpenAI.AuthenticationError], [403, OpenAI.PermissionDeniedError],
  [404, OpenAI.NotFoundError], [409, OpenAI.ConflictError], [422, OpenAI.UnprocessableEntityError],
  [429, OpenAI.RateLimitError],
]);

for (const { provider } of families) {
  describe(`refusals of ${provider}`, { concurrency: 20 }, () => {
    const refusals = recordingsFrom(provider).filter((recording) => (recording.status >= 400 || recording.behaviour.startsWith('200-prompt-blocked')));
    for (const [index, recording] of refusals.entries()) {
      for (const stream of [false, true]) {
        test(`${recording.name}${stream ? ', to a stream' : ''}`, async () => {
          const model = `refusal-${index}-${stream}`;
          upstream.serve(model, recording);
          const error = await failureOf(
            openai.chat.completions.create({ model: `${provider}/${model}`, messages: hello, stream }));
          const status = statusFor(recording, 'openai-chat');
          const id = checkError(error, status, recording.name);
          assert.ok(error instanceof (classes.get(status) ?? OpenAI.APIError));
          assert.ok(error.message.includes(wordsOf(recording)), `${error.message} lacks: ${wordsOf(recording)}`);
          const wait = recording.headers['retry-after'];
          if (wait)
            assert.equal(error.headers.get('retry-after'), wait);
          booked.push([id, { status: 'failed', http_status: status, model_asked: `${provider}/${model}` }, recording.name]);
        });
      }
    }
  });
}

const sse = { 'content-type': 'text/event-stream' };
const json = { 'content-type': 'application/json' };
const streamOf = (provider) => ownCase(provider, 'stream-text-1').headers;

/// Ways a provider fails. `begun`: text has reached the client, so the failure comes inside the stream.
const faults = {
  'an error as the first event of a stream': {
    streams: [true], status: [502, 503],
    act: (response, { dialect, provider }) => response.writeHead(200, streamOf(provider)).end(overloadedInStream[dialect]),
  },
  'status 200 with an error': {
    streams: [false, true], status: [500, 502, 503],
    act: (response, { dialect }) => response.writeHead(200, json).end(JSON.stringify(overloaded[dialect])),
  },
  'a web page with status 200': {
    streams: [false, true], status: [502], words: /web page|HTML/i,
    act: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><h1>Sign in</h1>'),
  },
  'a web page with status 502': {
    streams: [false, true], status: [502],
    act: (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>502 Bad Gateway</h1></html>'),
  },
  'an empty answer': {
    streams: [false, true], status: [502], act: (response) => response.writeHead(200, json).end(),
  },
  garbage: {
    streams: [false, true], status: [502],
    act: (response, { stream }) => response.writeHead(200, stream ? sse : json).end(Buffer.from('data: \xff\xfe{]not json\n\n', 'latin1')),
  },
  'a connection reset before the answer': {
    streams: [false, true], status: [502], act: (response, { socket }) => socket.resetAndDestroy(),
  },
  'silence before the answer': {
    hasty: true, streams: [false, true], status: [504], words: /time|wait|within/i, act: () => {},
  },
  'a body that stalls': {
    hasty: true, streams: [false], status: [504],
    act: (response) => { response.writeHead(200, json); response.write('{"id":'); },
  },
  'a body that is cut': {
    streams: [false], status: [502],
    act: (response, { socket }) => {
      response.writeHead(200, { ...json, 'content-length': '5000' });
      response.write('{"id":', () => socket.destroy());
    },
  },
  'a stream that ends too early': {
    begun: true, streams: [true], act: async (response, { provider }) => {
      response.writeHead(200, streamOf(provider));
      await send(response, opening(provider));
      response.end();
    },
  },
  'a stream that is reset': {
    begun: true, streams: [true], act: async (response, { provider, socket }) => {
      response.writeHead(200, streamOf(provider));
      await send(response, opening(provider));
      await sleep(30); // what was written is not thrown away by the reset
      socket.resetAndDestroy();
    },
  },
  'a stream that stalls': {
    begun: true, hasty: true, streams: [true], act: (response, { provider }) => {
      response.writeHead(200, streamOf(provider));
      response.write(opening(provider));
    },
  },
  'an error inside a stream': {
    begun: true, streams: [true], act: async (response, { provider, dialect }) => {
      response.writeHead(200, streamOf(provider));
      await send(response, opening(provider));
      response.end(overloadedInStream[dialect]);
    },
  },
  'garbage inside a stream': {
    begun: true, streams: [true], act: async (response, { provider }) => {
      response.writeHead(200, streamOf(provider));
      await send(response, opening(provider));
      response.end('data: {"half":\n\n');
    },
  },
};

for (const { provider, dialect } of families) {
  describe(`faults of ${provider}`, { concurrency: 20 }, () => {
    for (const [name, fault] of Object.entries(faults)) {
      for (const stream of fault.streams) {
        test(`${name}${stream ? ' (stream)' : ''}`, async () => {
          const model = `${name.replaceAll(' ', '-')}-${stream}`;
          const asked = `${fault.hasty ? 'hasty-' : ''}${provider}`;
          upstream.serve(model, (request, response) => fault.act(
            response, { provider, dialect, stream, socket: request.socket }));
          const request = { model: `${asked}/${model}`, messages: hello };
          const row = { model_asked: `${asked}/${model}` };
          if (fault.begun) {
            let text = '';
            let id;
            const error = await failureOf((async () => {
              const { data, response } = await openai.chat.completions.create({ ...request, stream: true }).withResponse();
              id = response.headers.get('x-fairlead-request-id');
              for await (const chunk of data)
                text += chunk.choices[0]?.delta.content ?? '';
            })());
            const recorded = read(ownCase(provider, 'stream-text-1')).text;
            assert.ok(text.length > 0 && text.length < recorded.length && recorded.startsWith(text), `"${text}"`);
            assert.ok(error instanceof OpenAI.APIError, `${error.stack}`);
            assert.ok(error.message.length > 15, error.message);
            booked.push([id, { ...row, status: 'incomplete', http_status: 200 }, `${provider}: ${name}`]);
          } else {
            const error = await failureOf(stream ? readAll(request) : openai.chat.completions.create(request));
            assert.ok(fault.status.includes(error.status), `${error.status} ${error.message}`);
            const id = checkError(error, error.status, name);
            assert.ok(error.message.length > 25, `no helpful message: ${error.message}`);
            if (fault.words)
              assert.match(error.message, fault.words);
            booked.push([id, { ...row, status: 'failed', http_status: error.status }, `${provider}: ${name}`]);
          }
          await theNextOneWorks(provider);
        });
      }
    }

    test('nobody listens', async () => {
      const request = { model: `dead-${provider}/any`, messages: hello };
      const id = checkError(await failureOf(openai.chat.completions.create(request)), 502, 'refused');
      booked.push([id, { status: 'failed', http_status: 502, failure: 'connection' }, 'refused']);
    });

    test('too many requests, come back later', async () => {
      upstream.serve('busy', (request, response) => {
        response.writeHead(429, { ...json, 'retry-after': '30' }).end(JSON.stringify(limited[dialect]));
      });
      const error = await failureOf(openai.chat.completions.create({ model: `${provider}/busy`, messages: hello }));
      const id = checkError(error, 429, 'busy');
      assert.ok(error instanceof OpenAI.RateLimitError);
      assert.equal(error.headers.get('retry-after'), '30');
      booked.push([id, { status: 'failed', http_status: 429, failure: 'rate_limit' }, 'busy']);
    });
  });
}

describe('bad requests', () => {
  const good = `{"model":"openai/x","messages":[{"role":"user","content":"hi"}]}`;

  async function refused(body, status, about, headers) {
    const response = await gateway.post(body, headers);
    const answer = await response.text();
    assert.equal(response.status, status, `${about}: ${answer}`);
    const { error } = JSON.parse(answer);
    assert.ok(error.message.length > 15, answer);
    assert.ok(error.type, answer);
    const id = response.headers.get('x-fairlead-request-id');
    assert.match(id ?? '', /^req_/, `${about}: no request id`);
    booked.push([id, { status: 'failed', http_status: status, app: 'clients' }, about]);
    return error;
  }

  const cases = {
    'not JSON': ['hello', 400],
    'half of it': [good.slice(0, -9), 400],
    'an empty body': ['', 400],
    'a list': ['[]', 400],
    'no model': ['{"messages":[{"role":"user","content":"hi"}]}', 400, 'model'],
    'a model that is a number': ['{"model":7,"messages":[]}', 400, 'model'],
    'bad UTF-8': [Buffer.from('{"model":"openai/x","messages":[{"role":"user","content":"\xff\xc3("}]}', 'latin1'), 400],
    'an unknown model': ['{"model":"no-such-model","messages":[{"role":"user","content":"hi"}]}', 404, 'model'],
    'an unknown provider': ['{"model":"nobody/x","messages":[{"role":"user","content":"hi"}]}', 404],
    'no messages': ['{"model":"anthropic/x"}', 400, 'messages'],
    'messages that are a text': ['{"model":"anthropic/x","messages":"hi"}', 400, 'messages'],
    'a role nobody has': ['{"model":"google/x","messages":[{"role":"pirate","content":"hi"}]}', 400, 'role'],
    'a content that is a number': ['{"model":"google/x","messages":[{"role":"user","content":7}]}', 400, 'content'],
    'a stream that is a text': ['{"model":"openai/x","messages":[{"role":"user","content":"hi"}],"stream":"yes"}', 400, 'stream'],
  };
  for (const [name, [body, status, word]] of Object.entries(cases)) {
    test(name, async () => {
      const error = await refused(body, status, name);
      if (word)
        assert.ok(`${error.message} ${error.param}`.includes(word), error.message);
    });
  }

  test('a body that is too large', async () => {
    const content = 'x'.repeat(mostBody);
    const error = await failureOf(openai.chat.completions.create({ model: 'openai/x', messages: [{ role: 'user', content }] }));
    const id = checkError(error, 413, 'too large');
    assert.match(error.message, /max_body_bytes/);
    booked.push([id, { status: 'failed', http_status: 413, app: 'clients' }, 'too large']);
  });

  test('a token of nobody', async () => {
    const stranger = gateway.client({ apiKey: 'sk-somebody-else' });
    const error = await failureOf(stranger.chat.completions.create({ model: 'openai/x', messages: hello }));
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.match(error.message, /fairleadctl app add/);
  });

  test('half a request, then nothing', async () => {
    const before = upstream.requests.length;
    const socket = net.connect(gateway.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n`
      + `content-type: application/json\r\ncontent-length: ${good.length}\r\n\r\n${good.slice(0, 20)}`);
    await sleep(30);
    socket.resetAndDestroy();
    await sleep(30);
    assert.equal(upstream.requests.length, before, 'half a request went on');
  });

  test('no HTTP at all', async () => {
    const socket = net.connect(gateway.port, '127.0.0.1');
    socket.end('\x16\x03\x01 this is no HTTP\r\n\r\n');
    let answer = '';
    for await (const piece of socket)
      answer += piece;
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.ok(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).error.message);
  });

  test('after all of this the next one works', async () => {
    for (const { provider } of families)
      await theNextOneWorks(provider);
  });
});

describe('in the end', () => {
  test('the server ends well and no secret is left behind', async () => {
    await gateway.stop();
  });

  test('every failure has its row', async () => {
    const rows = await gateway.ledger();
    for (const [id, wanted, about] of booked) {
      const row = rows.get(id);
      assert.ok(row, `${about} has no row`);
      const got = Object.fromEntries(Object.keys(wanted).map((key) => [key, row[key]]));
      assert.deepEqual({ about, ...got }, { about, ...wanted });
      assert.ok(row.failure && row.message, `${about}: the row does not say why`);
    }
  });

  test('providers saw nothing they would refuse', () => {
    assert.deepEqual(upstream.complaints, []);
  });
});
