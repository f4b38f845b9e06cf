// SPDX-License-Identifier: GPL-3.0-or-later
// The @mistralai/mistralai package against every family of providers, and Mistral itself. It checks every object it is
// sent, and takes a streamed tool call only whole.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { HTTPClient, Mistral } from '@mistralai/mistralai';
import { MistralError } from '@mistralai/mistralai/models/errors';

import { read } from './dialects.mjs';
import { matrix, replay, tools as someTools } from './matrix.mjs';
import { isAnswer, mistral as family, recordingsOf } from './recordings.mjs';

const own = recordingsOf(family);

function messageOf(turn) {
  if (turn.results)
    return turn.results.map(({ id, name, content }) => ({ role: 'tool', toolCallId: id, name, content }));
  if (turn.answer) {
    const { text, calls } = turn.answer;
    const toolCalls = calls.map(({ id, name, input }) => ({ id, function: { name, arguments: JSON.stringify(input) } }));
    return { role: 'assistant', content: text, ...(toolCalls.length > 0 && { toolCalls }) };
  }
  const image = turn.image && { type: 'image_url', imageUrl: `data:image/png;base64,${turn.image}` };
  return { role: 'user', content: image ? [{ type: 'text', text: turn.user }, image] : turn.user };
}

function requestOf({ model, turns, system, maxTokens, stop, tools, forced, schema, think }) {
  return {
    model,
    messages: [...(system ? [{ role: 'system', content: system }] : []), ...turns.flatMap(messageOf)],
    maxTokens, stop,
    ...(tools && {
      tools: tools.map(({ name, description, schema: parameters }) => ({ type: 'function', function: { name, description, parameters } })),
    }),
    ...(forced && { toolChoice: { type: 'function', function: { name: forced } } }),
    ...(schema && { responseFormat: { type: 'json_schema', jsonSchema: { name: 'forecast', schemaDefinition: schema, strict: true } } }),
    ...(think && { reasoningEffort: 'high' }),
  };
}

function addMessage(answer, message, onText = () => {}) {
  for (const part of [message.content ?? ''].flat()) {
    const text = typeof part === 'string' ? part : part.text ?? '';
    answer.text += text;
    answer.reasoning += (part.thinking ?? []).map((thought) => thought.text).join('');
    if (text)
      onText(text);
  }
  for (const { id, function: { name, arguments: input } } of message.toolCalls ?? []) {
    if (name)
      answer.calls.push({ id, name, text: '' });
    answer.calls.at(-1).text += typeof input === 'string' ? input : JSON.stringify(input); // Mistral's own may come in pieces
  }
}

let mistral;

const client = {
  dialect: 'mistral',
  lacks: ['refusal', 'pdf', 'reasoning'],
  // It refuses answers without usage.
  skips: (recording) => !recording.stream && read(recording).tokens === null,
  connect({ url, token, fetch }) {
    mistral = new Mistral({
      serverURL: url, apiKey: token, retryConfig: { strategy: 'none' }, httpClient: new HTTPClient({ fetcher: fetch }),
    });
  },

  async ask(question, onText) {
    const answer = { text: '', reasoning: '', calls: [], finish: null };
    const options = { fetchOptions: { signal: question.signal } };
    const take = ({ choices, usage }, field) => {
      Object.assign(answer, usage && { prompt: usage.promptTokens, completion: usage.completionTokens });
      for (const choice of choices.filter(({ index }) => index === 0)) {
        addMessage(answer, choice[field], onText);
        answer.finish = choice.finishReason ?? answer.finish;
      }
    };
    if (question.stream)
      for await (const { data } of await mistral.chat.stream(requestOf(question), options))
        take(data, 'delta');
    else
      take(await mistral.chat.complete(requestOf(question), options), 'message');
    return { ...answer, calls: answer.calls.map(({ id, name, text }) => ({ id, name, input: JSON.parse(text || '{}') })) };
  },

  failure(error) {
    assert.ok(error instanceof MistralError, error.stack);
    const { error: { message } } = JSON.parse(error.body);
    return { status: error.statusCode, message, retryAfter: error.headers.get('retry-after') };
  },
};

matrix(client, (stage) => {
  describe('replay mistral', () => {
    for (const recording of own.filter(isAnswer)) {
      stage.test(recording.name, async () => {
        const got = await replay(stage, client, recording);
        const { wanted } = stage.serve(recording);
        assert.equal(got.reasoning, wanted.reasoning);
      });
    }
  });

  describe('its own', () => {
    const useOwn = (behaviour) => stage.serve(own.find((recording) => recording.behaviour === behaviour));

    test('what it sends reaches Mistral as sent', async () => {
      const { model, seen } = useOwn('tool-1');
      await mistral.chat.complete({
        ...requestOf({ model, turns: [{ user: 'Tide?' }], tools: someTools, maxTokens: 50 }), toolChoice: 'any', randomSeed: 7, safePrompt: true,
      });
      const { tool_choice: choice, random_seed: seed, safe_prompt: safe, max_tokens: most } = seen().body;
      assert.deepEqual({ choice, seed, safe, most }, { choice: 'any', seed: 7, safe: true, most: 50 });
    });

    test('an openai request reaches Mistral in its own words', async () => {
      const { model, seen } = useOwn('text-1');
      const id = 'call_abcdefghijklmnopqrstuvwx';
      await stage.gateway.client().chat.completions.create({
        model, seed: 7, store: true, user: 'u', max_completion_tokens: 50,
        messages: [
          { role: 'developer', content: 'Be brief.' }, { role: 'user', content: 'Tide?' },
          { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name: 'get_tide', arguments: '{}' } }] },
          { role: 'tool', tool_call_id: id, content: '7 m' },
        ],
      });
      const { body } = seen();
      assert.equal(body.messages[0].role, 'system');
      assert.match(body.messages[2].tool_calls[0].id, /^[a-zA-Z0-9]{9}$/);
      assert.equal(body.messages[3].tool_call_id, body.messages[2].tool_calls[0].id);
      assert.deepEqual(
        { random_seed: body.random_seed, max_tokens: body.max_tokens, store: body.store, user: body.user, seed: body.seed },
        { random_seed: 7, max_tokens: 50, store: undefined, user: undefined, seed: undefined },
      );
    });

    test('the models, and embeddings', async () => {
      const { data } = await mistral.models.list();
      // What the package does not know as Mistral's own it hands on as it came.
      assert.ok(data.some(({ raw }) => raw.id.startsWith('mistral/')), `${data.length}`);
      const embedding = [0.5, -0.25];
      stage.upstream.serve('vectors', (request, response, { body }) => response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({
          id: '1', object: 'list', data: body.input.map((_, index) => ({ object: 'embedding', index, embedding })), model: 'v',
          usage: { prompt_tokens: 2, total_tokens: 2 },
        })));
      const got = await mistral.embeddings.create({ model: 'mistral/vectors', inputs: ['a', 'b'] });
      assert.deepEqual(got.data.map((item) => item.embedding), [embedding, embedding]);
    });
  });
});
