// SPDX-License-Identifier: GPL-3.0-or-later
// The ollama package against every family of providers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Ollama } from 'ollama';

import { embedEverywhere } from './beside.mjs';
import { inclusive, read } from './dialects.mjs';
import { token } from './gateway.mjs';
import { askEverybody, beRefusedByEverybody, replay, stageFor } from './matrix.mjs';
import { places } from './places.mjs';
import { families, isAnswer, ownCase, recordingsFrom } from './recordings.mjs';
import { send } from './upstream.mjs';

let ollama;
let clientWith;

const hello = [{ role: 'user', content: 'What does the recording say?' }];
const ownModel = 'own-tide:7b';
const finishes = { stop: 'stop', length: 'length', content_filter: 'content_filter' };

function messageOf(turn) {
  if (turn.results)
    return turn.results.map(({ name, content }) => ({ role: 'tool', tool_name: name, content }));
  if (turn.answer)
    return turn.answer.message;
  return { role: 'user', content: turn.user, ...(turn.image && { images: [Buffer.from(turn.image, 'base64')] }) };
}

function requestOf({ model, stream, turns, system, maxTokens, stop, tools, schema, think }) {
  return {
    model, stream, messages: [...(system ? [{ role: 'system', content: system }] : []), ...turns.flatMap(messageOf)],
    ...((maxTokens || stop) && { options: { num_predict: maxTokens, stop } }),
    ...(tools && { tools: tools.map(({ name, description, schema: parameters }) => ({ type: 'function', function: { name, description, parameters } })) }),
    ...(schema && { format: schema }),
    ...(think && { think: 'high' }),
  };
}

async function gather(stream, onText = () => {}) {
  const objects = [];
  for await (const object of stream) {
    objects.push(object);
    if (object.message?.content)
      onText(object.message.content);
  }
  return answerOf(objects);
}

function answerOf(objects) {
  const messages = objects.map((object) => object.message ?? { content: object.response, thinking: object.thinking });
  const last = objects.at(-1);
  const text = messages.map((message) => message.content ?? '').join('');
  const thinking = messages.map((message) => message.thinking ?? '').join('');
  const calls = messages.flatMap((message) => message.tool_calls ?? []);
  const finish = finishes[last.done_reason ?? 'stop'];
  return {
    objects, last, text, reasoning: thinking,
    // The dialect's calls have ids of our making only.
    calls: calls.map((call, place) => ({ id: call.id ?? `${place}`, name: call.function.name, input: call.function.arguments })),
    message: { role: 'assistant', content: text, ...(thinking && { thinking }), ...(calls.length > 0 && { tool_calls: calls }) },
    finish: finish === 'stop' && calls.length > 0 ? 'tool_calls' : finish,
    prompt: last.prompt_eval_count ?? 0, completion: last.eval_count ?? 0,
  };
}

const client = {
  dialect: 'ollama',
  lacks: ['refusal', 'forced', 'pdf'],
  // OpenAI's custom tools take free text; Ollama has no such thing.
  skips: (recording) => recording.dialect === 'openai-chat' && recording.body.includes('"type":"custom"'),

  connect({ url, token: key, fetch }) {
    clientWith = (other) => new Ollama({ host: url, headers: other ? { Authorization: `Bearer ${other}` } : {}, fetch });
    ollama = clientWith(key);
  },

  async ask(question, onText) {
    const said = await ollama.chat(requestOf(question));
    if (!question.stream)
      return answerOf([said]);
    question.signal?.addEventListener('abort', () => said.abort());
    return gather(said, onText);
  },

  failure(error) {
    assert.equal(error.name, 'ResponseError', error.stack);
    return { status: error.status_code, message: error.message };
  },
};

const stage = stageFor(client, {
  routes: [{ model: 'smart', targets: [`ollama/${ownModel}`, 'google/gemini-2.5-flash'] }],
});

for (const { provider } of families) {
  describe(`replay ${provider}`, () => {
    for (const recording of recordingsFrom(provider).filter(isAnswer)) {
      if (client.skips(recording))
        continue;
      stage.test(recording.name, async () => {
        const { last } = await replay(stage, client, recording);
        assert.equal(last.done, true);
        if (read(recording).tokens)
          for (const duration of ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration'])
            assert.equal(typeof last[duration], 'number');
      });
    }
  });
}

askEverybody(stage, client);
beRefusedByEverybody(stage, client);

for (const { provider, dialect } of families) {
  const place = places[dialect];
  const use = (behaviour) => {
    if (dialect === 'ollama')
      serveGenerate();
    else
      stage.use(provider, behaviour);
    const { model } = ownCase(provider, behaviour);
    return { model: `${provider}/${model}`, wanted: read(ownCase(provider, behaviour)), seen: () => stage.upstream.seen(model) };
  };

  describe(`more of ${provider}`, () => {
    test('results in another order, told apart by name', async () => {
      const { model, seen } = stage.use(provider, 'text-1');
      const call = (name) => ({ function: { name, arguments: {} } });
      await ollama.chat({
        model, messages: [
          ...hello, { role: 'assistant', content: '', tool_calls: [call('a'), call('b')] },
          { role: 'tool', tool_name: 'b', content: 'B' }, { role: 'tool', tool_name: 'a', content: 'A' },
        ],
      });
      if (dialect === 'ollama')
        return;
      const ids = place.calls(seen().body);
      const arrived = place.results(seen().body);
      if (dialect !== 'gemini')
        assert.deepEqual(Object.fromEntries(arrived), { [ids[0]]: 'A', [ids[1]]: 'B' });
      assert.equal(arrived.length, 2);
    });

    test('generate', async () => {
      const { model, wanted, seen } = use('text-1');
      const got = await ollama.generate({ model, prompt: 'What?', system: 'Answer as a pilot book.' });
      assert.equal(got.response, wanted.text);
      assert.equal(got.done_reason, 'stop');
      if (dialect === 'ollama')
        assert.deepEqual([seen().url.pathname, seen().body.prompt], ['/api/generate', 'What?']);
      else
        assert.equal(place.system(seen().body), 'Answer as a pilot book.');
    });

    test('generate, streamed', async () => {
      const { model, wanted } = use('stream-text-1');
      const got = await gather(await ollama.generate({ model, prompt: 'What?', stream: true }));
      assert.equal(got.text, wanted.text);
      assert.ok(got.objects.every((object) => object.message === undefined && typeof object.response === 'string'));
      const { prompt, completion } = inclusive(wanted.tokens);
      assert.deepEqual([got.finish, got.prompt, got.completion], ['stop', prompt, completion]);
    });
  });
}

/// The own cases as /api/generate would have said them.
function serveGenerate() {
  stage.upstream.serve('own-tide:7b', async (request, response, seen) => {
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

const post = (path, body, headers = {}) => fetch(`${stage.gateway.url}${path}`, {
  method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
});

describe('the same dialect on both sides', () => {
  const asked = (model, rest) => `{ "model" : "${model}", "unknown":{"b":1.0,"a":12345678901234567890},"messages":[`
    + `{"role":"user","content":"\\u00e9 ${'é'}"}],"options":{"mirostat":2,"temperature":0.70},${rest}"keep_alive":-1}`;

  for (const behaviour of ['text-1', 'stream-text-1', 'stream-parallel-tools-1', 'reasoning-1']) {
    test(`every byte of ${behaviour}, both ways`, async () => {
      const recording = ownCase('ollama', behaviour);
      stage.serve(recording);
      const rest = recording.stream ? '' : '"stream" :false, ';
      const response = await post('/api/chat', asked(`ollama/${recording.model}`, rest));
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), recording.headers['content-type']);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), recording.body);
      assert.equal(stage.upstream.seen(recording.model).raw.toString('utf8'), asked(recording.model, rest));
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
      const response = await fetch(`${stage.gateway.url}${path}`, { method: 'HEAD', headers: { authorization: `Bearer ${token}` } });
      assert.deepEqual([response.status, await response.text()], [200, ''], path);
    }
  });

  test('a chat without words loads a model', async () => {
    const before = stage.upstream.requests.length;
    assert.equal((await ollama.chat({ model: 'smart' })).done_reason, 'load');
    assert.equal((await ollama.chat({ model: 'smart', messages: [], stream: false, keep_alive: 0 })).done_reason, 'unload');
    assert.equal((await ollama.generate({ model: 'smart', prompt: '' })).done_reason, 'load');
    assert.equal(stage.upstream.requests.length, before);
    await assert.rejects(ollama.chat({ model: 'no-such-model' }), { status_code: 404 });
  });

  test('the tag that is meant where none is said', async () => {
    const { wanted } = stage.use('ollama', 'text-1');
    assert.equal((await client.ask({ model: 'smart:latest', turns: [{ user: 'x' }] })).text, wanted.text);
  });
});

describe('refused at the door', () => {
  test('without a token, or with a wrong one', async () => {
    for (const key of ['', 'sk-somebody-else']) {
      const stranger = clientWith(key);
      const asks = [() => stranger.list(), () => stranger.version(),
        () => stranger.chat({ model: 'smart', messages: hello, stream: true })];
      for (const ask of asks)
        await assert.rejects(ask, (error) => error.status_code === 401 && /fairleadctl app add/.test(error.message));
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

describe('embeddings of every dialect that has them', () => {
  const refusal = (error) => error.name === 'ResponseError' && error.status_code === 400;

  test('embed', () => embedEverywhere(stage, async (model, input) => (await ollama.embed({ model, input })).embeddings, refusal));

  test('the older embeddings', () => embedEverywhere(stage, async (model, prompts) => {
    const vectors = [];
    for (const prompt of prompts)
      vectors.push((await ollama.embeddings({ model, prompt })).embedding);
    return vectors;
  }, refusal));
});

stage.checkInTheEnd();
