// SPDX-License-Identifier: GPL-3.0-or-later
// The cohere-ai package (v2) against every family of providers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CohereClientV2, CohereError } from 'cohere-ai';

import { embedEverywhere } from './beside.mjs';
import { read } from './dialects.mjs';
import { token } from './gateway.mjs';
import { forecast, matrix } from './matrix.mjs';
import { ownCase } from './recordings.mjs';

const finishes = {
  COMPLETE: 'stop', STOP_SEQUENCE: 'stop', MAX_TOKENS: 'length', TOOL_CALL: 'tool_calls', ERROR_TOXIC: 'content_filter',
};

function messageOf(turn) {
  if (turn.results)
    return turn.results.map(({ id, content }) => ({ role: 'tool', toolCallId: id, content }));
  if (turn.answer) {
    const { text, reasoning, calls } = turn.answer;
    const toolCalls = calls.map(({ id, name, input }) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(input) } }));
    return toolCalls.length > 0 ? { role: 'assistant', toolPlan: reasoning || text, toolCalls } : { role: 'assistant', content: text };
  }
  const image = turn.image && { type: 'image_url', imageUrl: { url: `data:image/png;base64,${turn.image}` } };
  return { role: 'user', content: image ? [{ type: 'text', text: turn.user }, image] : turn.user };
}

function requestOf({ model, turns, system, maxTokens, stop, tools, forced, schema, think }) {
  const offered = (tools ?? []).filter(({ name }) => !forced || name === forced);
  return {
    model,
    messages: [...(system ? [{ role: 'system', content: system }] : []), ...turns.flatMap(messageOf)],
    maxTokens, stopSequences: stop,
    ...(tools && {
      tools: offered.map(({ name, description, schema: parameters }) => ({ type: 'function', function: { name, description, parameters } })),
    }),
    ...(forced && { toolChoice: 'REQUIRED' }),
    ...(schema && { responseFormat: { type: 'json_object', jsonSchema: schema } }),
    ...(think && { thinking: { type: 'enabled', tokenBudget: 2048 } }),
  };
}

function addMessage(answer, message) {
  answer.reasoning += message?.toolPlan ?? '';
  for (const part of [message?.content ?? []].flat()) {
    answer.text += part.text ?? '';
    answer.reasoning += part.thinking ?? '';
  }
  for (const call of [message?.toolCalls ?? []].flat()) {
    if (call.id)
      answer.calls.push({ id: call.id, name: call.function.name, arguments: '' });
    answer.calls.at(-1).arguments += call.function.arguments ?? '';
  }
}

function finished(answer, { finishReason, usage, error }) {
  if (finishReason === 'ERROR')
    throw new Error(error);
  return {
    ...answer, finish: finishes[finishReason], prompt: usage?.tokens?.inputTokens, completion: usage?.tokens?.outputTokens,
    calls: answer.calls.map(({ id, name, arguments: text }) => ({ id, name, input: JSON.parse(text || '{}') })),
  };
}

let cohere;

const client = {
  dialect: 'cohere',
  lacks: ['refusal', 'pdf'],
  forces: '*',
  connect({ url, token: key, fetch }) {
    cohere = new CohereClientV2({ environment: url, token: key, maxRetries: 0, fetch });
  },

  async ask(question, onText = () => {}) {
    const answer = { text: '', reasoning: '', calls: [] };
    const options = { abortSignal: question.signal };
    if (!question.stream) {
      const whole = await cohere.chat(requestOf(question), options);
      addMessage(answer, whole.message);
      return finished(answer, whole);
    }
    const types = [];
    let end;
    for await (const event of await cohere.chatStream(requestOf(question), options)) {
      types.push(event.type);
      if (event.type === 'message-end')
        end = event.delta;
      else
        addMessage(answer, event.delta?.message);
      if (event.type === 'content-delta' && event.delta.message.content.text)
        onText(event.delta.message.content.text);
    }
    assert.deepEqual([types[0], types.at(-1)], ['message-start', 'message-end']);
    return finished(answer, end);
  },

  failure(error) {
    assert.ok(error instanceof CohereError, error.stack);
    const classes = { 400: 'BadRequestError', 401: 'UnauthorizedError', 403: 'ForbiddenError', 404: 'NotFoundError', 429: 'TooManyRequestsError' };
    assert.equal(error.constructor.name, classes[error.statusCode] ?? error.constructor.name);
    return { status: error.statusCode, message: error.body.message, retryAfter: error.rawResponse?.headers.get('retry-after') };
  },
};

matrix(client, (stage) => describe('its own', () => {
  test('dialect passes through byte for byte', async () => {
    const recording = ownCase('cohere', 'reasoning-1');
    const { model, seen } = stage.serve(recording);
    const body = `{ "model" : "${model}", "messages":[{"role":"user","content":"\\u00e9"}],"k":5,"temperature":0.30,"unheard_of":[1.0] }`;
    const response = await fetch(`${stage.gateway.url}/v2/chat`, {
      method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    assert.equal(await response.text(), recording.body.toString());
    assert.equal(seen().raw.toString(), body.replace('cohere/', ''));
    assert.equal(response.headers.get('x-fairlead-losses'), null);
  });

  test('an openai request reaches Cohere in its own words', async () => {
    const recording = ownCase('cohere', 'tool-1');
    const { model, seen } = stage.serve(recording);
    const tool = { type: 'function', function: { name: 'get_tide', parameters: forecast } };
    const answer = await stage.gateway.client().chat.completions.create({
      model, messages: [{ role: 'developer', content: 'Be brief.' }, { role: 'user', content: 'Tide?' }],
      tools: [tool], tool_choice: 'required', top_p: 0.9, max_completion_tokens: 100, stop: 'END', n: 1,
    });
    assert.deepEqual(seen().body, {
      model: recording.model, messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Tide?' }],
      tools: [tool], tool_choice: 'REQUIRED', max_tokens: 100, p: 0.9, stop_sequences: ['END'], stream: false,
    });
    assert.equal(answer.choices[0].finish_reason, 'tool_calls');
    assert.equal(answer.choices[0].message.reasoning_content, read(recording).reasoning);
    assert.equal(answer.choices[0].message.tool_calls[0].function.arguments, '{"port":"Brest"}');
  });

  test('embeddings of every dialect that has them', () => embedEverywhere(stage, async (model, texts) =>
    (await cohere.embed({ model, inputType: 'search_document', embeddingTypes: ['float'], texts })).embeddings.float,
  (error) => error.constructor.name === 'BadRequestError'));
}));
