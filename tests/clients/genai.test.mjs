// SPDX-License-Identifier: GPL-3.0-or-later
// The @google/genai package against every family of providers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ApiError, FunctionCallingConfigMode, GoogleGenAI, ThinkingLevel, Type } from '@google/genai';

import { countEverywhere, embedEverywhere } from './beside.mjs';
import { inclusive, read } from './dialects.mjs';
import { failureOf } from './failures.mjs';
import { token } from './gateway.mjs';
import { askEverybody, beRefusedByEverybody, replay, stageFor } from './matrix.mjs';
import { places } from './places.mjs';
import { families, isAnswer, ownCase, recordingsFrom } from './recordings.mjs';
import { send } from './upstream.mjs';

let genai;

const hello = 'What does the recording say?';
const finishes = { STOP: 'stop', MAX_TOKENS: 'length', OTHER: 'stop', LANGUAGE: 'stop' };

function contentOf(turn) {
  if (turn.results)
    return {
      role: 'user',
      parts: turn.results.map(({ id, name, content }) => ({ functionResponse: { ...(id && { id }), name, response: JSON.parse(content) } })),
    };
  if (turn.answer)
    return { role: 'model', parts: turn.answer.parts };
  const media = [
    turn.image && { inlineData: { mimeType: 'image/png', data: turn.image } },
    turn.pdf && { inlineData: { mimeType: 'application/pdf', data: turn.pdf } },
  ].filter(Boolean);
  return { role: 'user', parts: [{ text: turn.user }, ...media] };
}

function requestOf({ model, turns, system, maxTokens, stop, tools, forced, schema, think, signal }) {
  return {
    model, contents: turns.map(contentOf),
    config: {
      ...(system && { systemInstruction: system }),
      ...(maxTokens && { maxOutputTokens: maxTokens }),
      ...(stop && { stopSequences: stop }),
      ...(tools && {
        tools: [{ functionDeclarations: tools.map(({ name, description, schema: parametersJsonSchema }) => ({ name, description, parametersJsonSchema })) }],
      }),
      ...(forced && { toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: [forced] } } }),
      ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
      ...(think && { thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.HIGH } }),
      ...(signal && { abortSignal: signal }),
    },
  };
}

/// An answer put together from its chunks, as this package's users do.
function answerOf(chunks) {
  const last = chunks.at(-1);
  const candidates = chunks.flatMap((chunk) => (chunk.candidates ?? []).filter((one) => (one.index ?? 0) === 0));
  const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
  const text = (thought) => parts.filter((part) => Boolean(part.thought) === thought).map((part) => part.text ?? '').join('');
  const calls = parts.filter((part) => part.functionCall?.name).map(({ functionCall: { id, name, args } }) => ({ id, name, input: args }));
  const usage = last.usageMetadata;
  const reason = candidates.at(-1)?.finishReason;
  const finish = finishes[reason] ?? 'content_filter';
  return {
    chunks, parts, usage, calls, text: text(false), reasoning: text(true),
    finish: finish === 'stop' && calls.length > 0 ? 'tool_calls' : finish,
    prompt: usage?.promptTokenCount, completion: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
    finishes: candidates.filter((candidate) => candidate.finishReason).length, ...idOf(last),
  };
}

const idOf = (chunk) => ({ id: chunk.sdkHttpResponse.headers['x-fairlead-request-id'], headers: chunk.sdkHttpResponse.headers });

const client = {
  dialect: 'gemini',
  lacks: ['refusal'],
  signs: ['anthropic', 'gemini', 'bedrock'],

  connect({ url, token: apiKey }) {
    genai = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } });
  },

  async ask(question, onText = () => {}) {
    if (!question.stream)
      return answerOf([await genai.models.generateContent(requestOf(question))]);
    const chunks = [];
    for await (const chunk of await genai.models.generateContentStream(requestOf(question))) {
      chunks.push(chunk);
      if (chunk.text)
        onText(chunk.text, idOf(chunk));
    }
    return answerOf(chunks);
  },

  failure(error) {
    assert.ok(error instanceof ApiError, error.stack);
    const { code, message, status, details } = JSON.parse(error.message).error;
    assert.equal(code, error.status);
    assert.match(status, /^[A-Z_]+$/);
    // The package shows no headers; the body says it too.
    const delay = details?.find((detail) => detail['@type'].endsWith('RetryInfo'))?.retryDelay;
    return { status: error.status, message, retryAfter: delay && `${Math.ceil(parseFloat(delay))}`, id: null };
  },
};

const stage = stageFor(client);

for (const { provider, dialect } of families) {
  describe(`replay ${provider}`, () => {
    for (const recording of recordingsFrom(provider).filter(isAnswer)) {
      stage.test(recording.name, async () => {
        const got = await replay(stage, client, recording);
        if (dialect === 'gemini')
          return;
        assert.equal(got.finishes, 1, 'one finishReason, in the last chunk');
        const { tokens } = read(recording);
        if (tokens?.input !== undefined) {
          const { reasoning, cached } = inclusive(tokens);
          assert.deepEqual([got.usage.thoughtsTokenCount ?? 0, got.usage.cachedContentTokenCount ?? 0], [reasoning, cached]);
          assert.equal(got.usage.totalTokenCount, got.prompt + got.completion);
        }
        for (const chunk of got.chunks)
          assert.ok(chunk.candidates[0].content.parts.length > 0, 'this package takes such a chunk for invalid');
      });
    }
  });
}

askEverybody(stage, client);
beRefusedByEverybody(stage, client);

for (const { provider, dialect } of families) {
  const place = places[dialect];
  const ask = (request) => genai.models.generateContent({ contents: hello, ...request });

  describe(`more of ${provider}`, () => {
    test('what only Google knows', async () => {
      const { model } = stage.use(provider, 'text-1');
      const got = await ask({
        model, config: { seed: 7, safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }] },
      });
      const losses = got.sdkHttpResponse.headers['x-fairlead-losses'] ?? '';
      assert.equal(losses.includes('safetySettings'), dialect !== 'gemini', losses);
      const hasSeed = ['openai-chat', 'gemini', 'ollama', 'cohere'].includes(dialect);
      assert.equal(losses.includes('generationConfig.seed'), !hasSeed, losses);
    });

    test("a schema in Google's own words", async () => {
      const { model, seen } = stage.use(provider, 'tool-1');
      const parameters = {
        type: Type.OBJECT, properties: { port: { type: Type.STRING }, at: { type: Type.STRING, nullable: true } }, required: ['port', 'at'],
      };
      await ask({ model, config: { tools: [{ functionDeclarations: [{ name: 'get_tide', parameters }] }] } });
      if (dialect !== 'gemini')
        assert.deepEqual(place.tools(seen().body)[0], ['get_tide', {
          type: 'object', properties: { port: { type: 'string' }, at: { type: ['string', 'null'] } }, required: ['port', 'at'],
        }]);
    });

    test('results that name no call', async () => {
      const { model, seen } = stage.use(provider, 'text-1');
      await ask({
        model, contents: [
          { role: 'user', parts: [{ text: hello }] },
          { role: 'model', parts: [{ functionCall: { name: 'a', args: {} } }, { functionCall: { name: 'b', args: {} } }] },
          { role: 'user', parts: ['b', 'a'].map((name) => ({ functionResponse: { name, response: { output: name } } })) },
        ],
      });
      if (dialect === 'gemini') {
        assert.equal(seen().body.contents.length, 3);
        return;
      }
      const ids = place.calls(seen().body);
      assert.deepEqual(Object.fromEntries(place.results(seen().body)), { [ids[0]]: 'a', [ids[1]]: 'b' });
    });

    test('thoughts that were not asked for', async () => {
      const { model, wanted } = stage.use(provider, 'stream-reasoning-1');
      const chunks = [];
      for await (const chunk of await genai.models.generateContentStream({
        model, contents: hello, config: { thinkingConfig: { includeThoughts: false } },
      }))
        chunks.push(chunk);
      const quiet = answerOf(chunks);
      assert.equal(quiet.text, wanted.text);
      if (dialect !== 'gemini')
        assert.equal(quiet.reasoning, '');
    });

    test('a stream as one array', async () => {
      const recording = ownCase(provider, 'stream-text-1');
      const chunks = [];
      // What Google sends to those who do not ask for events.
      const asArray = Buffer.from(`[${[...recording.body.toString('utf8').matchAll(/^data: ?(\{.*\})\r?$/gm)]
        .map((match) => match[1]).join('\r\n,\r\n')}\r\n]\r\n`);
      stage.upstream.serve('array', async (request, response, seen) => {
        const asked = dialect === 'gemini' ? asArray : recording.body;
        const type = dialect === 'gemini' ? 'application/json; charset=UTF-8' : recording.headers['content-type'];
        response.writeHead(200, { 'content-type': type });
        chunks.push(seen.url.search);
        await send(response, asked);
        response.end();
      });
      const response = await fetch(`${stage.gateway.url}/v1beta/models/${provider}/array:streamGenerateContent?key=${token}`, {
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
  });
}

describe('beside answers', () => {
  test('tokens, counted by those who can and estimated for the others', () => countEverywhere(stage, async (model) =>
    (await genai.models.countTokens({ model, contents: hello })).totalTokens));

  test('embeddings of every dialect that has them', async () => {
    await embedEverywhere(stage, async (model, contents) => {
      const { embeddings } = await genai.models.embedContent({ model, contents, config: { outputDimensionality: 2 } });
      return embeddings.map((embedding) => embedding.values);
    }, (error) => error instanceof ApiError && error.status === 400);
    const asked = (dialect) => stage.upstream.requests.find((seen) => seen.model === 'vectors' && seen.dialect === dialect).body;
    assert.deepEqual(asked('gemini').requests.map((request) => [request.model, request.outputDimensionality]),
      [['models/vectors', 2], ['models/vectors', 2]]);
    assert.deepEqual([asked('openai-chat').input, asked('openai-chat').dimensions], [['a', 'b'], 2]);
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
  const ask = (path, headers) => fetch(`${stage.gateway.url}${path}`, {
    method: 'POST', body, headers: { 'content-type': 'application/json', ...headers },
  });

  test('every place for a key', async () => {
    const path = `/v1beta/models/${stage.use('openai', 'text-1').model}:generateContent`;
    for (const headers of [{ 'x-goog-api-key': token }, { authorization: `Bearer ${token}` }, { 'x-api-key': token }])
      assert.equal((await ask(path, headers)).status, 200);
    assert.equal((await ask(`${path}?key=${token}`)).status, 200);
    assert.equal((await ask(path.replace('openai/', 'openai%2F'), { 'x-goog-api-key': token })).status, 200);
    const refused = await ask(path, { 'x-goog-api-key': 'somebody' });
    assert.equal(refused.status, 401);
    assert.equal((await refused.json()).error.status, 'UNAUTHENTICATED');
  });

  test('requests that are none', async () => {
    const error = await failureOf(() => genai.models.generateContent({
      model: 'openai/x', contents: [{ role: 'pirate', parts: [{ text: 'arr' }] }],
    }));
    assert.equal(error.status, 400);
    assert.match(JSON.parse(error.message).error.message, /contents\[0\]\.role/);
  });
});

// Google itself streams to those who do not ask for events.
stage.allow(/^gemini array: a stream without alt=sse$/);
stage.checkInTheEnd();
