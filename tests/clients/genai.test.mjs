// SPDX-License-Identifier: GPL-3.0-or-later
// The @google/genai package against providers of three dialects that replay recorded answers: the client reads what the
// recording says, whole and streamed, and what it sends arrives in each dialect's own place.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { ApiError, FunctionCallingConfigMode, GoogleGenAI, ThinkingLevel, Type } from '@google/genai';

import { inclusive, read } from './dialects.mjs';
import { canary, Gateway, providersAt, token } from './gateway.mjs';
import { families, ownCase, recordings } from './recordings.mjs';
import { ReplayUpstream, send } from './upstream.mjs';

let upstream;
let gateway;
let genai;
/// Rows the ledger must have in the end: [id, what it must say, about what].
const booked = [];

before(async () => {
  upstream = await ReplayUpstream.start(canary);
  gateway = await Gateway.start({ providers: providersAt(upstream) });
  genai = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: gateway.url } });
});
after(async () => {
  gateway.remove();
  await upstream.stop();
});

const hello = 'What does the recording say?';

async function chunksOf({ stream, ...request }) {
  const asked = { contents: hello, ...request };
  if (!stream)
    return [await genai.models.generateContent(asked)];
  const chunks = [];
  for await (const chunk of await genai.models.generateContentStream(asked))
    chunks.push(chunk);
  return chunks;
}

/// An answer put together from its chunks, as this package's users do.
async function complete(request) {
  const chunks = await chunksOf(request);
  const last = chunks.at(-1);
  const candidates = chunks.flatMap((chunk) => (chunk.candidates ?? []).filter((one) => (one.index ?? 0) === 0));
  const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
  const text = (thought) => parts.filter((part) => Boolean(part.thought) === thought).map((part) => part.text ?? '').join('');
  return {
    chunks, parts, text: text(false), reasoning: text(true), usage: last.usageMetadata,
    calls: parts.filter((part) => part.functionCall?.name).map((part) => part.functionCall),
    finish: candidates.at(-1)?.finishReason,
    finishes: candidates.filter((candidate) => candidate.finishReason).length,
    id: last.sdkHttpResponse.headers['x-fairlead-request-id'], headers: last.sdkHttpResponse.headers,
  };
}

const finishWords = { stop: 'STOP', tool_calls: 'STOP', length: 'MAX_TOKENS' };

function checkUsage(usage, tokens) {
  const { prompt, completion, cached, reasoning } = inclusive(tokens);
  assert.equal(usage.promptTokenCount, prompt);
  assert.equal((usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0), completion);
  assert.equal(usage.thoughtsTokenCount ?? 0, reasoning);
  assert.equal(usage.cachedContentTokenCount ?? 0, cached);
  assert.equal(usage.totalTokenCount, prompt + completion);
}

/// Failures with status 200 are told apart below.
const isFault = (recording) => /^midstream|^200-prompt-blocked/.test(recording.behaviour);

for (const { provider, dialect } of families) {
  describe(`replay ${provider}`, () => {
    for (const recording of recordings) {
      if (recording.provider !== provider || recording.status !== 200 || isFault(recording))
        continue;
      test(recording.name, async () => {
        upstream.serve(recording.model, recording);
        const wanted = read(recording);
        const got = await complete({ model: `${provider}/${recording.model}`, stream: recording.stream });
        assert.equal(upstream.seen(recording.model).stream, recording.stream);
        booked.push([got.id, { status: 'ok', provider, dialect: 'gemini' }, recording.name]);
        assert.equal(got.text, wanted.text + wanted.refusal);
        assert.equal(got.reasoning, wanted.reasoning);
        assert.deepEqual(got.calls.map((call) => call.name), wanted.calls.map((call) => call.name));
        if (dialect === 'gemini')
          return;
        assert.deepEqual(
          got.calls.map((call) => call.args), wanted.calls.map((call) => JSON.parse(call.arguments || '{}')));
        assert.equal(new Set(got.calls.map((call) => call.id)).size, got.calls.length, 'ids of tool calls must differ');
        assert.equal(got.finish, finishWords[wanted.finish ?? 'stop'] ?? 'SAFETY');
        assert.equal(got.finishes, 1, 'one finishReason, in the last chunk');
        if (wanted.tokens)
          checkUsage(got.usage, wanted.tokens);
        for (const chunk of got.chunks)
          assert.ok(chunk.candidates[0].content.parts.length > 0, 'this package takes such a chunk for invalid');
      });
    }
  });
}

const tideTool = {
  name: 'get_tide', description: 'Height of the tide.',
  parameters: {
    type: Type.OBJECT,
    properties: { port: { type: Type.STRING }, at: { type: Type.STRING, nullable: true } }, required: ['port', 'at'],
  },
};
const windTool = { name: 'get_wind', parametersJsonSchema: { type: 'object', properties: {} } };
const tools = [{ functionDeclarations: [tideTool, windTool] }];
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

/// Where each dialect keeps what a generateContent request says.
const places = {
  'openai-chat': {
    tool: (body) => body.tools[0].function.parameters,
    forced: (body) => body.tool_choice.function.name,
    format: (body) => body.response_format.json_schema.schema,
    image: (body) => body.messages[0].content[1],
    imageWanted: { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
    results: (body) => body.messages.slice(2).map((message) => message.content),
    resultIds: (body) => body.messages.slice(2).map((message) => message.tool_call_id),
    system: (body) => body.messages[0].content,
    thinking: (body) => body.reasoning_effort,
  },
  anthropic: {
    tool: (body) => body.tools[0].input_schema,
    forced: (body) => body.tool_choice.name,
    format: (body) => body.output_config.format.schema,
    image: (body) => body.messages[0].content[1],
    imageWanted: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
    results: (body) => body.messages[2].content.map((block) => text(block.content)),
    resultIds: (body) => body.messages[2].content.map((block) => block.tool_use_id),
    system: (body) => text(body.system),
    thinking: (body) => body.output_config?.effort ?? (body.thinking.budget_tokens > 1000 ? 'low' : undefined),
  },
  gemini: {
    tool: (body) => body.tools[0].functionDeclarations[0].parameters,
    forced: (body) => body.toolConfig.functionCallingConfig.allowedFunctionNames[0],
    format: (body) => body.generationConfig.responseJsonSchema,
    image: (body) => body.contents[0].parts[1],
    imageWanted: { inlineData: { mimeType: 'image/png', data: pixel } },
    results: (body) => body.contents.at(-1).parts.map((part) => part.functionResponse.response.output),
    resultIds: (body) => body.contents.at(-1).parts.map((part) => part.functionResponse.id),
    system: (body) => text(body.systemInstruction.parts),
    thinking: (body) => body.generationConfig.thinkingConfig.thinkingLevel.toLowerCase(),
  },
};

const overloaded = {
  'openai-chat': { error: { message: 'The server is overloaded right now.', type: 'server_error', param: null, code: null } },
  anthropic: { type: 'error', error: { type: 'overloaded_error', message: 'The server is overloaded right now.' } },
  gemini: { error: { code: 503, message: 'The server is overloaded right now.', status: 'UNAVAILABLE' } },
};
const asEvent = (dialect, body) => `${dialect === 'anthropic' ? 'event: error\n' : ''}data: ${JSON.stringify(body)}\n\n`;

/// The events of a recorded stream before its end, with text among them and nothing that ends it.
function opening(provider) {
  const whole = ownCase(provider, 'stream-text-1').body.toString('utf8');
  const separator = whole.includes('\r\n\r\n') ? '\r\n\r\n' : '\n\n';
  const frames = whole.split(separator);
  return frames.slice(0, Math.ceil(frames.length / 2)).join(separator) + separator;
}

async function failureOf(act) {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'a failure was passed off as an answer' });
}

/// Infinitely late if it does not come at all.
const inTime = (event) => Promise.race([event, sleep(2000, Infinity, { ref: false })]);

for (const { provider, dialect } of families) {
  const place = places[dialect];
  const use = (behaviour) => {
    const recording = ownCase(provider, behaviour);
    upstream.serve(recording.model, recording);
    return { recording, model: `${provider}/${recording.model}`, seen: () => upstream.seen(recording.model).body };
  };

  describe(`ask ${provider}`, () => {
    test('system instruction and settings', async () => {
      const { model, seen } = use('text-1');
      const got = await complete({
        model, config: {
          systemInstruction: 'Answer as a pilot book.', maxOutputTokens: 321, temperature: 0.25, seed: 7, stopSequences: ['END'],
          safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
        },
      });
      assert.equal(place.system(seen()), 'Answer as a pilot book.');
      const flat = { ...seen(), ...seen().generationConfig };
      assert.equal(flat.max_completion_tokens ?? flat.max_tokens ?? flat.maxOutputTokens, 321);
      assert.equal(flat.temperature, 0.25);
      assert.deepEqual(flat.stop ?? flat.stop_sequences ?? flat.stopSequences, ['END']);
      const losses = got.headers['x-fairlead-losses'] ?? '';
      assert.equal(losses.includes('safetySettings'), dialect !== 'gemini', losses);
      assert.equal(losses.includes('generationConfig.seed'), dialect === 'anthropic', losses);
    });

    test('a tool it must use', async () => {
      const { model, seen } = use('tool-1');
      await complete({
        model, config: {
          tools, toolConfig: {
            functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['get_tide'] },
          },
        },
      });
      assert.equal(place.forced(seen()), 'get_tide');
      if (dialect !== 'gemini')
        assert.deepEqual(place.tool(seen()), {
          type: 'object', properties: { port: { type: 'string' }, at: { type: ['string', 'null'] } }, required: ['port', 'at'],
        });
    });

    for (const stream of [false, true]) {
      test(`tools, called in parallel, and their results${stream ? ' (stream)' : ''}`, async () => {
        const { recording, model, seen } = use(stream ? 'stream-parallel-tools-1' : 'parallel-tools-1');
        const chat = genai.chats.create({ model, config: { tools } });
        const calls = [];
        if (stream)
          for await (const chunk of await chat.sendMessageStream({ message: hello }))
            calls.push(...chunk.functionCalls ?? []);
        else
          calls.push(...(await chat.sendMessage({ message: hello })).functionCalls);
        const wanted = read(recording);
        assert.deepEqual(calls.map(({ name, args }) => [name, args]),
          wanted.calls.map((call) => [call.name, JSON.parse(call.arguments)]));

        upstream.serve(recording.model, ownCase(provider, 'text-1'));
        const results = calls.map((call, index) => ({
          functionResponse: { ...(call.id && { id: call.id }), name: call.name, response: { output: `höhe ${index}` } },
        }));
        const answer = await chat.sendMessage({ message: results });
        assert.equal(answer.text, read(ownCase(provider, 'text-1')).text);
        assert.deepEqual(place.results(seen()), results.map((result) => result.functionResponse.response.output));
        if (dialect !== 'gemini')
          assert.deepEqual(place.resultIds(seen()), wanted.calls.map((call) => call.id));
      });
    }

    test('results that name no call', async () => {
      const { recording, model, seen } = use('text-1');
      await complete({
        model, contents: [
          { role: 'user', parts: [{ text: hello }] },
          { role: 'model', parts: [{ functionCall: { name: 'a', args: {} } }, { functionCall: { name: 'b', args: {} } }] },
          { role: 'user', parts: ['b', 'a'].map((name) => ({ functionResponse: { name, response: { output: name } } })) },
        ],
      });
      if (dialect === 'gemini') {
        assert.equal(upstream.seen(recording.model).body.contents.length, 3);
        return;
      }
      const ids = dialect === 'anthropic' ? seen().messages[1].content.map((block) => block.id)
        : seen().messages[1].tool_calls.map((call) => call.id);
      const answered = Object.fromEntries(place.resultIds(seen()).map((id, index) => [id, place.results(seen())[index]]));
      assert.deepEqual(answered, { [ids[0]]: 'a', [ids[1]]: 'b' });
    });

    test('structured output', async () => {
      const { model, seen } = use('structured-1');
      const got = await complete({ model, config: { responseMimeType: 'application/json', responseJsonSchema: schema } });
      assert.deepEqual(JSON.parse(got.text), { zone: 'Ouessant', beaufort: 7, areas: ['N', 'W'] });
      assert.deepEqual(Object.keys(place.format(seen()).properties), Object.keys(schema.properties));
      assert.deepEqual(place.format(seen()).required, schema.required);
    });

    test('an image', async () => {
      const { model, seen } = use('text-1');
      const got = await complete({
        model, contents: [{ text: 'Whose flag is this?' }, { inlineData: { mimeType: 'image/png', data: pixel } }],
      });
      assert.deepEqual(place.image(seen()), place.imageWanted);
      assert.equal(got.text, read(ownCase(provider, 'text-1')).text);
    });

    test('thinking', async () => {
      const { recording, model, seen } = use('stream-reasoning-1');
      const config = { thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW } };
      const got = await complete({ model, stream: true, config });
      assert.equal(got.reasoning, read(recording).reasoning);
      assert.equal(place.thinking(seen()), 'low');
      const quiet = await complete({ model, stream: true, config: { thinkingConfig: { includeThoughts: false } } });
      assert.equal(quiet.text, read(recording).text);
      if (dialect !== 'gemini')
        assert.equal(quiet.reasoning, '');
      // What was thought goes back to whoever thought it.
      const chat = genai.chats.create({ model, config });
      for await (const chunk of await chat.sendMessageStream({ message: hello }))
        assert.ok(chunk.candidates);
      upstream.serve(recording.model, ownCase(provider, 'text-1'));
      await chat.sendMessage({ message: hello });
      if (dialect === 'anthropic') {
        const [thinking] = seen().messages[1].content;
        assert.equal(thinking.thinking, read(recording).reasoning);
        assert.ok(recording.body.includes(thinking.signature), 'the signature must come back');
      }
    });

    test('a stream as one array', async () => {
      const recording = ownCase(provider, 'stream-text-1');
      const chunks = [];
      // What Google sends to those who do not ask for events.
      const asArray = Buffer.from(`[${[...recording.body.toString('utf8').matchAll(/^data: ?(\{.*\})\r?$/gm)]
        .map((match) => match[1]).join('\r\n,\r\n')}\r\n]\r\n`);
      upstream.serve('array', async (request, response, seen) => {
        const asked = dialect === 'gemini' ? asArray : recording.body;
        const type = dialect === 'gemini' ? 'application/json; charset=UTF-8' : 'text/event-stream';
        response.writeHead(200, { 'content-type': type });
        chunks.push(seen.url.search);
        await send(response, asked);
        response.end();
      });
      const response = await fetch(`${gateway.url}/v1beta/models/${provider}/array:streamGenerateContent?key=${token}`, {
        method: 'POST', body: JSON.stringify({ contents: [{ parts: [{ text: hello }] }] }),
        headers: { 'content-type': 'application/json' },
      });
      assert.match(response.headers.get('content-type'), /^application\/json/);
      const body = await response.text();
      const parts = JSON.parse(body).flatMap((chunk) => chunk.candidates[0].content.parts);
      assert.equal(parts.map((part) => (part.thought ? '' : part.text ?? '')).join(''), read(recording).text);
      assert.ok(!chunks[0].includes(token), "the app's token went upstream");
      if (dialect === 'gemini')
        assert.equal(body, asArray.toString('utf8'));
    });

    test('the client leaves in the middle of a stream', async () => {
      const patience = new AbortController();
      const head = opening(provider);
      const closed = new Promise((resolve) => {
        upstream.serve('endless', (request, response) => {
          response.once('close', () => resolve(performance.now()));
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(head);
        });
      });
      let aborted;
      await assert.rejects(async () => {
        const stream = await genai.models.generateContentStream({
          model: `${provider}/endless`, contents: hello, config: { abortSignal: patience.signal },
        });
        for await (const chunk of stream) {
          assert.ok(chunk.candidates);
          aborted ??= performance.now();
          patience.abort();
        }
      }, /abort/i);
      const took = await inTime(closed) - aborted;
      assert.ok(took < 1000, `the upstream still wrote ${took} ms after the client had gone`);
    });

    test('a stream that breaks', async () => {
      const failures = {
        'is cut': async (response) => response.end(),
        'is reset': async (response, socket) => { await sleep(30); socket.resetAndDestroy(); },
        'tells an error': async (response) => response.end(asEvent(dialect, overloaded[dialect])),
      };
      for (const [name, breaks] of Object.entries(failures)) {
        const model = `broken-${name.replaceAll(' ', '-')}`;
        upstream.serve(model, async (request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          await send(response, opening(provider));
          await breaks(response, request.socket);
        });
        let said = '';
        let id;
        await failureOf(async () => {
          const stream = await genai.models.generateContentStream({ model: `${provider}/${model}`, contents: hello });
          for await (const chunk of stream) {
            id = chunk.sdkHttpResponse.headers['x-fairlead-request-id'];
            assert.equal(chunk.candidates?.[0].finishReason, undefined, 'a broken stream was ended as if whole');
            said += chunk.text ?? '';
          }
        });
        assert.ok(said.length > 0 && read(ownCase(provider, 'stream-text-1')).text.startsWith(said), `${name}: "${said}"`);
        booked.push([id, { status: 'incomplete', http_status: 200 }, `${provider}: ${name}`]);
      }
    });
  });

  describe(`refusals of ${provider}`, { concurrency: true }, () => {
    for (const recording of recordings) {
      if (recording.provider !== provider || recording.status < 400)
        continue;
      test(recording.name, async () => {
        const model = `refusing-${recording.name.replaceAll(/[^\w]/g, '-')}`;
        upstream.serve(model, recording);
        for (const ask of [genai.models.generateContent, genai.models.generateContentStream]) {
          const error = await failureOf(() => ask.call(genai.models, { model: `${provider}/${model}`, contents: hello }));
          assert.ok(error instanceof ApiError, error.stack);
          const { code, message, status } = JSON.parse(error.message).error;
          assert.equal(code, error.status);
          assert.equal(error.status, clientStatus(recording), message);
          assert.match(status, /^[A-Z_]+$/);
          assert.ok(message.length > 5, message);
        }
      });
    }

    test('come back later', async () => {
      upstream.serve('busy', (request, response) => response
        .writeHead(429, { 'content-type': 'application/json', 'retry-after': '30' })
        .end(JSON.stringify({ error: { message: 'Slow down.', type: 'rate_limit_error' } })));
      const error = await failureOf(() => genai.models.generateContent({ model: `${provider}/busy`, contents: hello }));
      const { message, status, details } = JSON.parse(error.message).error;
      assert.deepEqual([error.status, status, message], [429, 'RESOURCE_EXHAUSTED', 'Slow down.']);
      assert.equal(details.find((detail) => detail['@type'].endsWith('RetryInfo')).retryDelay, '30s');
    });
  });
}

/// The status a Gemini client is told for a recorded refusal.
function clientStatus(recording) {
  if (recording.body.includes('API_KEY_INVALID'))
    return 401;
  return recording.status === 529 ? 503 : recording.status;
}

describe('beside answers', () => {
  const json = (response, body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  test('tokens, counted by Google and estimated for others', async () => {
    upstream.serve('counted', (request, response) => json(response, { totalTokens: 31 }));
    const counted = await genai.models.countTokens({ model: 'google/counted', contents: hello });
    assert.equal(counted.totalTokens, 31);
    assert.match(upstream.seen('counted').url.pathname, /:countTokens$/);
    const estimated = await genai.models.countTokens({ model: 'openai/unasked', contents: hello });
    assert.ok(estimated.totalTokens > 0 && estimated.totalTokens < 100, `${estimated.totalTokens}`);
    assert.equal(upstream.countFor('unasked'), 0);
  });

  test('embeddings of two dialects', async () => {
    const vectors = [[0.5, -0.25], [0.125, 1]];
    upstream.serve('vectors', (request, response, { dialect }) => json(response, dialect === 'gemini'
      ? { embeddings: vectors.map((values) => ({ values })) }
      : { data: vectors.map((embedding, index) => ({ index, embedding })), usage: { prompt_tokens: 2 } }));
    for (const provider of ['google', 'openai']) {
      const got = await genai.models.embedContent({
        model: `${provider}/vectors`, contents: ['a', 'b'], config: { outputDimensionality: 2 },
      });
      assert.deepEqual(got.embeddings.map((embedding) => embedding.values), vectors);
    }
    const [google, openai] = upstream.requests.filter((request) => request.model === 'vectors').map((seen) => seen.body);
    assert.deepEqual(google.requests.map((request) => [request.model, request.outputDimensionality]),
      [['models/vectors', 2], ['models/vectors', 2]]);
    assert.deepEqual([openai.input, openai.dimensions], [['a', 'b'], 2]);
  });

  test('the models', async () => {
    const names = [];
    for await (const model of await genai.models.list())
      names.push(model.name);
    assert.ok(names.some((name) => name.startsWith('models/anthropic/')), `${names.slice(0, 5)}`);
    assert.ok(names.every((name) => name.startsWith('models/')));
  });
});

describe('at the door', () => {
  const body = JSON.stringify({ contents: [{ parts: [{ text: hello }] }] });
  const ask = (path, headers) => fetch(`${gateway.url}${path}`, {
    method: 'POST', body, headers: { 'content-type': 'application/json', ...headers },
  });

  test('every place for a key', async () => {
    const recording = ownCase('openai', 'text-1');
    upstream.serve(recording.model, recording);
    const path = `/v1beta/models/openai/${recording.model}:generateContent`;
    for (const headers of [{ 'x-goog-api-key': token }, { authorization: `Bearer ${token}` }, { 'x-api-key': token }])
      assert.equal((await ask(path, headers)).status, 200);
    assert.equal((await ask(`${path}?key=${token}`)).status, 200);
    assert.equal((await ask(path.replace('openai/', 'openai%2F'), { 'x-goog-api-key': token })).status, 200);
    const refused = await ask(path, { 'x-goog-api-key': 'somebody' });
    assert.equal(refused.status, 401);
    assert.equal((await refused.json()).error.status, 'UNAUTHENTICATED');
  });

  test('a model nobody has', async () => {
    const error = await failureOf(() => genai.models.generateContent({ model: 'nobody/x', contents: hello }));
    assert.equal(error.status, 404);
    assert.equal(JSON.parse(error.message).error.status, 'NOT_FOUND');
  });

  test('requests that are none', async () => {
    const error = await failureOf(() => genai.models.generateContent({
      model: 'openai/x', contents: [{ role: 'pirate', parts: [{ text: 'arr' }] }],
    }));
    assert.equal(error.status, 400);
    assert.match(JSON.parse(error.message).error.message, /contents\[0\]\.role/);
  });
});

describe('in the end', () => {
  test('the server ends well and no secret is left behind', async () => {
    await gateway.stop();
  });

  test('the ledger has every request', async () => {
    const rows = await gateway.ledger();
    assert.ok(booked.length > 0);
    for (const [id, wanted, about] of booked) {
      const row = rows.get(id);
      assert.ok(row, `${about} has no row`);
      const got = Object.fromEntries(Object.keys(wanted).map((key) => [key, row[key]]));
      assert.deepEqual({ about, ...got }, { about, ...wanted });
    }
  });

  test('providers saw nothing they would refuse', () => {
    // Google itself streams to those who do not ask for events.
    assert.deepEqual(upstream.complaints.filter((complaint) => !complaint.startsWith('gemini array: ')), []);
    const leaked = upstream.requests.filter((request) => JSON.stringify(request.headers).includes(token));
    assert.deepEqual(leaked, [], "the app's token went upstream");
  });
});
