// SPDX-License-Identifier: GPL-3.0-or-later
// The ollama package against providers of four dialects that replay recorded answers: the client reads what the recording
// says, whole and streamed, and what it sends arrives in each dialect's own place.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Ollama } from 'ollama';

import { inclusive, read } from './dialects.mjs';
import { canary, Gateway, providersAt, token } from './gateway.mjs';
import { families, ollama as ollamaFamily, ownCase, recordingsOf } from './recordings.mjs';
import { ReplayUpstream, send } from './upstream.mjs';

const allFamilies = [...families, ollamaFamily];

let upstream;
let gateway;
let ollama;
/// Rows the ledger must have in the end: [what was asked, what it must say].
const booked = [];

before(async () => {
  upstream = await ReplayUpstream.start(canary);
  const keys = [{ env: 'PROVIDER_KEY' }];
  gateway = await Gateway.start({
    providers: [
      ...providersAt(upstream),
      { id: 'ollama', wire: 'ollama', auth: 'bearer', base_url: upstream.url, keys, models: ['own-tide:7b'] },
    ],
    routes: [{ model: 'smart', targets: ['ollama/own-tide:7b', 'google/gemini-2.5-flash'] }],
  });
  ollama = clientWith(token);
});
after(async () => {
  gateway.remove();
  await upstream.stop();
});

const clientWith = (key) => new Ollama({ host: gateway.url, headers: key ? { Authorization: `Bearer ${key}` } : {} });
const hello = [{ role: 'user', content: 'What does the recording say?' }];
const doneReasons = { stop: 'stop', length: 'length', tool_calls: 'stop', content_filter: 'content_filter' };

/// Runs a request on whichever path and returns what arrived, put together by this test.
async function complete(request) {
  return request.stream ? gather(await ollama.chat(request)) : fromObjects([await ollama.chat(request)]);
}

async function gather(stream) {
  const objects = [];
  for await (const object of stream)
    objects.push(object);
  return fromObjects(objects);
}

function fromObjects(objects) {
  const messages = objects.map((object) => object.message ?? { content: object.response, thinking: object.thinking });
  const last = objects.at(-1);
  return {
    objects, last,
    text: messages.map((message) => message.content ?? '').join(''),
    thinking: messages.map((message) => message.thinking ?? '').join(''),
    calls: messages.flatMap((message) => message.tool_calls ?? []),
    message: messages[0],
  };
}

function checkCalls(got, wanted) {
  assert.deepEqual(
    got.map((call) => [call.function.name, call.function.arguments]),
    wanted.map((call) => [call.name, JSON.parse(call.arguments || '{}')]));
}

function checkLast(last, wanted) {
  assert.equal(last.done, true);
  assert.equal(last.done_reason ?? 'stop', doneReasons[wanted.finish ?? 'stop']);
  if (!wanted.tokens)
    return;
  const usage = inclusive(wanted.tokens);
  assert.equal(last.prompt_eval_count ?? 0, usage.prompt);
  assert.equal(last.eval_count ?? 0, usage.completion);
  for (const duration of ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration'])
    assert.equal(typeof last[duration], 'number');
}

/// Failures with status 200 have tests of their own.
const isFault = (recording) => /^midstream|^200-prompt-blocked/.test(recording.behaviour);
/// OpenAI's custom tools take free text; Ollama has no such thing.
const isCustom = (recording) => recording.dialect === 'openai-chat' && recording.body.includes('"type":"custom"');

for (const family of allFamilies) {
  const { provider } = family;
  describe(`replay ${provider}`, () => {
    for (const recording of recordingsOf(family)) {
      if (recording.status !== 200 || isFault(recording) || isCustom(recording))
        continue;
      test(recording.name, async () => {
        upstream.serve(recording.model, recording);
        const wanted = read(recording);
        const got = await complete({ model: `${provider}/${recording.model}`, messages: hello, stream: recording.stream });
        assert.equal(upstream.seen(recording.model).stream, recording.stream);
        assert.equal(got.text, wanted.text + wanted.refusal);
        assert.equal(got.thinking, wanted.reasoning);
        checkCalls(got.calls, wanted.calls);
        checkLast(got.last, wanted);
      });
    }
  });
}

const tideTool = {
  type: 'function',
  function: {
    name: 'get_tide', description: 'Height of the tide.',
    parameters: {
      type: 'object', required: ['port', 'at'],
      properties: { port: { type: 'string' }, at: { type: 'string' }, datum: { type: 'string', enum: ['lat', 'msl'] } },
    },
  },
};
const windTool = { type: 'function', function: { name: 'get_wind', description: '', parameters: { type: 'object', properties: {} } } };
const schema = {
  type: 'object',
  properties: {
    zone: { type: 'string' }, beaufort: { type: 'integer' }, areas: { type: 'array', items: { type: 'string' } },
    'a first by alphabet': { type: 'string' },
  },
  required: ['zone', 'beaufort', 'areas', 'a first by alphabet'],
};
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const text = (content) => (typeof content === 'string' ? content : content.map((block) => block.text).join(''));

/// Where each dialect keeps what an Ollama request says.
const places = {
  'openai-chat': {
    tool: (body) => body.tools[0].function.parameters,
    format: (body) => body.response_format.json_schema.schema,
    image: (body) => body.messages[0].content[1].image_url.url,
    imageWanted: `data:image/png;base64,${pixel}`,
    results: (body) => body.messages.slice(2).map((message) => message.content),
    system: (body) => body.messages[0].content,
    thinks: (body) => body.reasoning_effort,
  },
  anthropic: {
    tool: (body) => body.tools[0].input_schema,
    format: (body) => body.output_config.format.schema,
    image: (body) => body.messages[0].content[1],
    imageWanted: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
    results: (body) => body.messages[2].content.map((block) => text(block.content)),
    system: (body) => text(body.system),
    thinks: (body) => (body.thinking ? 'high' : undefined),
  },
  gemini: {
    tool: (body) => body.tools[0].functionDeclarations[0].parametersJsonSchema,
    format: (body) => body.generationConfig.responseJsonSchema,
    image: (body) => body.contents[0].parts[1],
    imageWanted: { inlineData: { mimeType: 'image/png', data: pixel } },
    results: (body) => body.contents[2].parts.map((part) => JSON.stringify(part.functionResponse.response)),
    system: (body) => text(body.systemInstruction.parts),
    thinks: (body) => (body.generationConfig.thinkingConfig ? 'high' : undefined),
  },
  ollama: {
    tool: (body) => body.tools[0].function.parameters,
    format: (body) => body.format,
    image: (body) => body.messages[0].images[0],
    imageWanted: pixel,
    results: (body) => body.messages.slice(2).map((message) => message.content),
    system: (body) => body.messages[0].content,
    thinks: (body) => body.think,
  },
};

for (const family of allFamilies) {
  const { provider, dialect } = family;
  const place = places[dialect];
  const use = (behaviour) => {
    const recording = ownCase(provider, behaviour);
    upstream.serve(recording.model, recording);
    return {
      recording, wanted: read(recording), model: `${provider}/${recording.model}`,
      seen: () => upstream.seen(recording.model).body,
    };
  };

  describe(`ask ${provider}`, () => {
    test('system prompt and options', async () => {
      const { model, seen } = use('text-1');
      await complete({
        model, options: { num_predict: 321, temperature: 0.25, stop: ['END'], num_ctx: 4096 },
        messages: [{ role: 'system', content: 'Answer as a pilot book.' }, ...hello],
      });
      assert.equal(place.system(seen()), 'Answer as a pilot book.');
      const flat = { ...seen(), ...seen().generationConfig, ...seen().options };
      assert.equal(flat.max_completion_tokens ?? flat.max_tokens ?? flat.maxOutputTokens ?? flat.num_predict, 321);
      assert.equal(flat.temperature, 0.25);
      assert.deepEqual(flat.stop ?? flat.stop_sequences ?? flat.stopSequences, ['END']);
      assert.equal(flat.num_ctx, dialect === 'ollama' ? 4096 : undefined);
    });

    test('tools, called in parallel, and their results', async () => {
      const { wanted, model, seen } = use('parallel-tools-1');
      const tools = [tideTool, windTool];
      const first = await complete({ model, messages: hello, tools });
      checkCalls(first.calls, wanted.calls);
      assert.equal(JSON.stringify(place.tool(seen()).properties), JSON.stringify(tideTool.function.parameters.properties));

      use('text-1');
      const results = first.calls.map((call, index) => ({
        role: 'tool', tool_name: call.function.name, content: JSON.stringify({ answer: index, 'höhe': '4.2 m' }),
      }));
      const second = await complete({ model, tools, messages: [...hello, first.message, ...[...results].reverse()] });
      assert.equal(second.last.done_reason, 'stop');
      const arrived = place.results(seen());
      assert.deepEqual(new Set(arrived), new Set(results.map((result) => result.content)));
    });

    test('a stream of calls', async () => {
      const { wanted, model } = use('stream-parallel-tools-1');
      const got = await complete({ model, messages: hello, tools: [tideTool], stream: true });
      assert.equal(got.text, wanted.text);
      checkCalls(got.calls, wanted.calls);
      assert.ok(got.objects.slice(0, -1).every((object) => object.done === false));
    });

    test('structured output', async () => {
      const { model, seen } = use('structured-1');
      const got = await complete({ model, messages: hello, format: schema });
      assert.deepEqual(JSON.parse(got.text), { zone: 'Ouessant', beaufort: 7, areas: ['N', 'W'] });
      assert.deepEqual(Object.keys(place.format(seen()).properties), Object.keys(schema.properties));
    });

    test('an image', async () => {
      const { model, seen, wanted } = use('text-1');
      const got = await complete({ model, messages: [{ ...hello[0], images: [Buffer.from(pixel, 'base64')] }] });
      assert.deepEqual(place.image(seen()), place.imageWanted);
      assert.equal(got.text, wanted.text);
    });

    test('thinking', async () => {
      const { model, seen, wanted } = use('stream-reasoning-1');
      const got = await complete({ model, messages: hello, think: 'high', stream: true });
      assert.equal(place.thinks(seen()), 'high');
      assert.equal(got.thinking, wanted.reasoning);
      assert.equal(got.text, wanted.text);
    });

    test('generate', async () => {
      const { model, wanted } = use('text-1');
      if (dialect === 'ollama')
        serveGenerate();
      const got = await ollama.generate({ model, prompt: 'What?', system: 'Answer as a pilot book.' });
      assert.equal(got.response, wanted.text);
      assert.equal(got.done_reason, 'stop');
      const seen = upstream.seen(model.slice(provider.length + 1));
      if (dialect === 'ollama')
        assert.deepEqual([seen.url.pathname, seen.body.prompt], ['/api/generate', 'What?']);
      else
        assert.equal(place.system(seen.body), 'Answer as a pilot book.');
    });

    test('generate, streamed', async () => {
      const { model, wanted } = use('stream-text-1');
      if (dialect === 'ollama')
        serveGenerate();
      const got = await gather(await ollama.generate({ model, prompt: 'What?', stream: true }));
      assert.equal(got.text, wanted.text);
      assert.ok(got.objects.every((object) => object.message === undefined && typeof object.response === 'string'));
      checkLast(got.last, wanted);
    });

    test('the client leaves in the middle of a stream', async () => {
      const head = firstHalf(ownCase(provider, 'stream-text-1'));
      const closed = new Promise((resolve) => {
        upstream.serve('endless', (request, response) => {
          response.once('close', () => resolve(performance.now()));
          response.writeHead(200, { 'content-type': head.type });
          response.write(head.bytes);
        });
      });
      const model = `${provider}/endless`;
      const stream = await ollama.chat({ model, messages: hello, stream: true });
      let aborted;
      await assert.rejects(async () => {
        for await (const object of stream) {
          if (object.message.content) {
            aborted = performance.now();
            stream.abort();
          }
        }
      }, { name: 'AbortError' });
      const took = await Promise.race([closed, sleep(5000, Infinity)]) - aborted;
      assert.ok(took < 1000, `the upstream still wrote ${took} ms after the client had gone`);
      booked.push([model, { status: 'cancelled' }]);
    });

    for (const [name, breakIt] of Object.entries({
      'ends too early': (response) => response.end(),
      'is reset': async (response, socket) => {
        await sleep(30); // what was written is not thrown away by the reset
        socket.resetAndDestroy();
      },
    })) {
      test(`a stream that ${name}`, async () => {
        const head = firstHalf(ownCase(provider, 'stream-text-1'));
        const model = `${provider}/broken-${name.replaceAll(' ', '-')}`;
        upstream.serve(model.slice(provider.length + 1), async (request, response) => {
          response.writeHead(200, { 'content-type': head.type });
          await send(response, head.bytes);
          await breakIt(response, request.socket);
        });
        let said = '';
        await assert.rejects(async () => {
          for await (const object of await ollama.chat({ model, messages: hello, stream: true }))
            said += object.message.content;
        }, (error) => error.message.length > 25 && !/Did not receive done/.test(error.message));
        const whole = read(ownCase(provider, 'stream-text-1')).text;
        assert.ok(said.length > 0 && whole.startsWith(said) && said !== whole, said);
        booked.push([model, { status: 'incomplete', http_status: 200 }]);
      });
    }

    const refusals = recordingsOf(family).filter((recording) => recording.status >= 400);
    test(`${refusals.length} recorded refusals`, async () => {
      for (const [index, recording] of refusals.entries()) {
        const model = `refusal-${index}`;
        upstream.serve(model, recording);
        for (const stream of [false, true]) {
          const error = await ollama.chat({ model: `${provider}/${model}`, messages: hello, stream })
            .then(() => assert.fail(`${recording.name} was an answer`), (reason) => reason);
          assert.equal(error.name, 'ResponseError', error.stack);
          assert.equal(error.status_code, clientStatus(recording), recording.name);
          assert.ok(error.message.includes(wordsOf(recording)), `${error.message} lacks: ${wordsOf(recording)}`);
        }
      }
    });
  });
}

/// A stream's lines or events up to its middle, whole ones.
function firstHalf(recording) {
  const whole = recording.body.toString('utf8');
  const separator = recording.dialect === 'ollama' ? '\n' : whole.includes('\r\n\r\n') ? '\r\n\r\n' : '\n\n';
  const frames = whole.split(separator);
  return {
    type: recording.headers['content-type'],
    bytes: frames.slice(0, Math.ceil(frames.length / 2)).join(separator) + separator,
  };
}

/// The status a client is told for a recorded refusal.
function clientStatus(recording) {
  if (recording.body.includes('API_KEY_INVALID'))
    return 401;
  return recording.status === 529 ? 503 : recording.status;
}

function wordsOf(recording) {
  try {
    const { error } = JSON.parse(recording.body);
    return typeof error === 'string' ? error : error.message ?? '';
  } catch {
    return '';
  }
}

/// The own cases as /api/generate would have said them.
function serveGenerate() {
  upstream.serve('own-tide:7b', async (request, response, seen) => {
    const recording = ownCase('ollama', seen.stream ? 'stream-text-1' : 'text-1');
    const lines = recording.body.toString('utf8').trim().split('\n').map((line) => {
      const { message, ...rest } = JSON.parse(line);
      return `${JSON.stringify({ ...rest, response: message.content })}\n`;
    });
    response.writeHead(200, recording.headers);
    await send(response, lines.join(''));
    response.end();
  });
}

const post = (path, body, headers = {}) => fetch(`${gateway.url}${path}`, {
  method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
});

describe('the same dialect on both sides', () => {
  const asked = (model, rest) => `{ "model" : "${model}", "unknown":{"b":1.0,"a":12345678901234567890},"messages":[`
    + `{"role":"user","content":"\\u00e9 ${'é'}"}],"options":{"mirostat":2,"temperature":0.70},${rest}"keep_alive":-1}`;

  for (const behaviour of ['text-1', 'stream-text-1', 'stream-parallel-tools-1', 'reasoning-1']) {
    test(`every byte of ${behaviour}, both ways`, async () => {
      const recording = ownCase('ollama', behaviour);
      upstream.serve(recording.model, recording);
      const rest = recording.stream ? '' : '"stream" :false, ';
      const response = await post('/api/chat', asked(`ollama/${recording.model}`, rest));
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), recording.headers['content-type']);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), recording.body);
      assert.equal(upstream.seen(recording.model).raw.toString('utf8'), asked(recording.model, rest));
    });
  }
});

describe('about models', () => {
  test('list', async () => {
    const { models } = await ollama.list();
    const names = models.map((model) => model.name);
    assert.equal(names[0], 'smart');
    assert.ok(names.includes('ollama/own-tide:7b') && names.some((name) => name.startsWith('openai/')));
    for (const { name, model, size, digest, modified_at: modified, details } of models) {
      assert.equal(model, name);
      assert.equal(typeof size, 'number');
      assert.match(digest, /^[0-9a-f]{64}$/);
      assert.ok(!Number.isNaN(Date.parse(modified)));
      assert.ok(Array.isArray(details.families));
    }
  });

  test('show', async () => {
    const shown = await ollama.show({ model: 'google/gemini-2.5-flash' });
    assert.deepEqual(shown.capabilities, ['completion', 'tools', 'vision', 'thinking']);
    const info = shown.model_info;
    assert.ok(info[`${info['general.architecture']}.context_length`] > 100_000);
    await assert.rejects(ollama.show({ model: 'no-such-model' }), { status_code: 404, message: "model 'no-such-model' not found" });
  });

  test('version, running models, pull', async () => {
    const { version } = await ollama.version();
    const [major, minor, patch] = version.split('.').map(Number);
    assert.ok(major * 1e6 + minor * 1e3 + patch >= 13_004, version);
    assert.deepEqual(await ollama.ps(), { models: [] });
    assert.equal((await ollama.pull({ model: 'smart' })).status, 'success');
    const steps = [];
    for await (const step of await ollama.pull({ model: 'ollama/own-tide:7b', stream: true }))
      steps.push(step.status);
    assert.equal(steps.at(-1), 'success');
    await assert.rejects(ollama.pull({ model: 'no-such-model', stream: true }), { status_code: 404 });
  });

  test('HEAD of what can be got', async () => {
    for (const path of ['/api/tags', '/api/version', '/api/ps', '/']) {
      const response = await fetch(`${gateway.url}${path}`, { method: 'HEAD', headers: { authorization: `Bearer ${token}` } });
      assert.deepEqual([response.status, await response.text()], [200, ''], path);
    }
  });

  test('a chat without words loads a model', async () => {
    const before = upstream.requests.length;
    assert.equal((await ollama.chat({ model: 'smart' })).done_reason, 'load');
    assert.equal((await ollama.chat({ model: 'smart', messages: [], stream: false, keep_alive: 0 })).done_reason, 'unload');
    assert.equal((await ollama.generate({ model: 'smart', prompt: '' })).done_reason, 'load');
    assert.equal(upstream.requests.length, before);
    await assert.rejects(ollama.chat({ model: 'no-such-model' }), { status_code: 404 });
  });

  test('the tag that is meant where none is said', async () => {
    const recording = ownCase('ollama', 'text-1');
    upstream.serve(recording.model, recording);
    assert.equal((await complete({ model: 'smart:latest', messages: hello })).text, read(recording).text);
  });
});

describe('refused at the door', () => {
  test('without a token, or with a wrong one', async () => {
    for (const key of ['', 'sk-somebody-else']) {
      const stranger = clientWith(key);
      for (const asked of [stranger.list(), stranger.version(), stranger.chat({ model: 'smart', messages: hello, stream: true })])
        await assert.rejects(asked, (error) => error.status_code === 401 && /fairleadctl app add/.test(error.message));
    }
  });

  test('bad requests, in words', async () => {
    const bad = {
      '{"model":"smart","messages":[': 400,
      '{"messages":[{"role":"user","content":"x"}]}': 400,
      '{"model":"google/x","messages":[{"role":"pirate","content":"x"}]}': 400,
      '{"model":"google/x","messages":"x"}': 400,
      '{"model":"no-such-model","messages":[{"role":"user","content":"x"}]}': 404,
    };
    for (const [body, status] of Object.entries(bad)) {
      const response = await post('/api/chat', body);
      assert.equal(response.status, status, body);
      const { error } = await response.json();
      assert.ok(typeof error === 'string' && error.length > 15, body);
    }
    for (const [path, status] of [['/api/create', 404], ['/api/tags', 405]]) {
      const response = await post(path, '{}');
      assert.equal(response.status, status);
      assert.equal(typeof (await response.json()).error, 'string');
    }
  });
});

describe('in the end', () => {
  test('the server ends well and no secret is left behind', async () => {
    await gateway.stop();
  });

  test('what broke is booked as broken', async () => {
    const rows = [...(await gateway.ledger()).values()];
    for (const [model, wanted] of booked) {
      const row = rows.find((candidate) => candidate.model_asked === model);
      assert.ok(row, `${model} has no row`);
      assert.deepEqual({ model, ...Object.fromEntries(Object.keys(wanted).map((key) => [key, row[key]])) }, { model, ...wanted });
    }
  });

  test('providers saw nothing they would refuse', () => {
    assert.deepEqual(upstream.complaints, []);
  });
});
