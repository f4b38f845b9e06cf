// SPDX-License-Identifier: GPL-3.0-or-later
// The Vercel AI SDK by each of its providers, against every family of providers behind the proxy. AI_DOOR names one of
// them; without it, all have their turn.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createAnthropic } from '@ai-sdk/anthropic';
import { createCohere } from '@ai-sdk/cohere';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embedMany, generateObject, generateText, isStepCount, jsonSchema, Output, streamObject, streamText, tool } from 'ai';

import { embedEverywhere } from './beside.mjs';
import { read } from './dialects.mjs';
import { forecast, matrix, tools as someTools } from './matrix.mjs';
import { places } from './places.mjs';
import { families, ownCase } from './recordings.mjs';

const messageIn = (body) => body.error?.message ?? body.message;

/// Each provider of the SDK, and what it makes of its dialect.
const doors = {
  'openai-responses': {
    dialect: 'openai-responses', lacks: ['stop'], refusalEnds: 'content_filter',
    // It does not know that our models reason.
    thinking: { providerOptions: { openai: { forceReasoning: true } } },
    model: (options, id) => createOpenAI({ ...options, baseURL: `${options.url}/v1` }).responses(id),
    embedding: (options, id) => createOpenAI({ ...options, baseURL: `${options.url}/v1` }).embedding(id),
  },
  'openai-chat': {
    // It shows no reasoning of chats.
    dialect: 'openai-chat', lacks: ['reasoning'], refusalEnds: 'content_filter',
    model: (options, id) => createOpenAI({ ...options, baseURL: `${options.url}/v1` }).chat(id),
  },
  'openai-compatible': {
    dialect: 'openai-chat', lacks: [], refusalEnds: 'content_filter',
    model: (options, id) => createOpenAICompatible({
      ...options, name: 'fairlead', baseURL: `${options.url}/v1`, supportsStructuredOutputs: true, includeUsage: true,
    }).chatModel(id),
    embedding: (options, id) => createOpenAICompatible({ ...options, name: 'fairlead', baseURL: `${options.url}/v1` }).embeddingModel(id),
  },
  anthropic: {
    // Objects come from a tool it forces, and nobody is shown why a model refused.
    dialect: 'anthropic', lacks: ['schema'], refusalEnds: 'content_filter', hidesRefusals: true, model: (options, id) => createAnthropic({ ...options, baseURL: `${options.url}/v1` })(id),
  },
  google: {
    // It wraps the results of tools.
    dialect: 'gemini', lacks: [], resultSent: ({ name, content }) => JSON.stringify({ name, content }), model: (options, id) => createGoogleGenerativeAI({ ...options, baseURL: `${options.url}/v1beta` })(id),
    embedding: (options, id) => createGoogleGenerativeAI({ ...options, baseURL: `${options.url}/v1beta` }).embedding(id),
  },
  cohere: {
    // It shows no plan, and takes no citation but a document's.
    dialect: 'cohere', lacks: ['reasoning', 'forced'], skips: (recording) => recording.body.includes('"tool_output"'), model: (options, id) => createCohere({ ...options, baseURL: `${options.url}/v2` })(id),
    embedding: (options, id) => createCohere({ ...options, baseURL: `${options.url}/v2` }).embedding(id),
  },
};

const finishes = { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls', 'content-filter': 'content_filter' };

function messageOf(turn) {
  if (turn.results)
    return {
      role: 'tool',
      content: turn.results.map(({ id, name, content }) => ({
        type: 'tool-result', toolCallId: id, toolName: name, output: { type: 'text', value: content },
      })),
    };
  if (turn.answer)
    return turn.answer.messages;
  const media = [
    turn.image && { type: 'file', data: turn.image, mediaType: 'image/png' },
    turn.pdf && { type: 'file', data: turn.pdf, mediaType: 'application/pdf', filename: 'Chart' },
  ].filter(Boolean);
  return { role: 'user', content: media.length > 0 ? [{ type: 'text', text: turn.user }, ...media] : turn.user };
}

const toolsOf = (tools, execute) => Object.fromEntries(tools.map(({ name, description, schema }) =>
  [name, tool({ description, inputSchema: jsonSchema(schema), ...(execute && { execute: (input) => execute(name, input) }) })]));

function clientFor(door) {
  let options;
  const requestOf = ({ model, turns, system, maxTokens, stop, tools, forced, schema, think, signal }) => ({
    model: door.model(options, model), messages: turns.flatMap(messageOf), maxRetries: 0, abortSignal: signal,
    ...(system && { instructions: system }),
    ...(maxTokens && { maxOutputTokens: maxTokens }),
    ...(stop && { stopSequences: stop }),
    ...(tools && { tools: toolsOf(tools) }),
    ...(forced && { toolChoice: { type: 'tool', toolName: forced } }),
    ...(schema && { output: Output.object({ schema: jsonSchema(schema) }) }),
    ...(think && { reasoning: 'high', ...door.thinking }),
  });

  return {
    ...door,
    lacks: ['refusal', 'pdf', ...door.lacks],
    // What else is recorded the SDK tells in its own way: tools of the provider's as calls, other citations not at all.
    skips: (recording) => !recording.name.startsWith('own ') || door.skips?.(recording),
    connect({ url, token: apiKey, fetch }) {
      options = { url, apiKey, fetch };
    },
    embeds: door.embedding !== undefined,
    embedding: (id) => door.embedding(options, id),
    model: (id) => door.model(options, id),

    async ask(question, onText = () => {}) {
      const asked = requestOf(question);
      const result = question.stream ? streamText({ ...asked, onError: () => {} }) : await generateText(asked);
      if (question.stream) {
        for await (const part of result.fullStream) {
          if (part.type === 'text-delta')
            onText(part.text);
          if (part.type === 'error')
            throw part.error;
        }
      }
      const [text, reasoning, calls, finish, usage, messages] = await Promise.all(
        ['text', 'reasoningText', 'toolCalls', 'finishReason', 'usage', 'responseMessages'].map((name) => result[name]));
      if (finish === 'error')
        throw new Error('The answer ended in an error.');
      return {
        text, reasoning: reasoning ?? '', finish: finishes[finish], prompt: usage.inputTokens, completion: usage.outputTokens, messages,
        calls: calls.map(({ toolCallId: id, toolName: name, input }) => ({ id, name, input })),
      };
    },

    failure(error) {
      assert.ok(APICallError.isInstance(error), error.stack);
      return {
        status: error.statusCode, message: messageIn(JSON.parse(error.responseBody)), retryAfter: error.responseHeaders['retry-after'],
      };
    },
  };
}

function more(stage, client, name) {
  for (const { provider, dialect } of families) {
    describe(`more of ${provider}`, () => {
      test('a loop of tools', async () => {
        const { model, seen, wanted } = stage.use(provider, 'parallel-tools-1');
        const ran = [];
        const result = await generateText({
          model: client.model(model), prompt: 'How is the sea?', maxRetries: 0, stopWhen: isStepCount(5),
          tools: toolsOf(someTools, (called, input) => {
            ran.push({ name: called, input });
            stage.upstream.serve(model.slice(provider.length + 1), ownCase(provider, 'text-1'));
            return { 'höhe': '4.2 m' };
          }),
        });
        assert.deepEqual(ran, wanted.calls.map((call) => ({ name: call.name, input: JSON.parse(call.arguments) })));
        assert.equal(result.steps.length, 2);
        assert.equal(result.text, read(ownCase(provider, 'text-1')).text);
        const results = places[dialect].results(seen().body).map(([, content]) => content);
        assert.equal(results.length, 2);
        assert.ok(results.every((content) => content.includes('4.2 m')), `${results}`);
      });

      test('an object, whole', async () => {
        const { model, wanted } = stage.use(provider, 'structured-1');
        const { object } = await generateObject({ model: client.model(model), prompt: 'Forecast?', schema: jsonSchema(forecast), maxRetries: 0 });
        assert.deepEqual(object, JSON.parse(wanted.text));
      });

      test('an object, streamed', async () => {
        const { model } = stage.use(provider, 'stream-text-1');
        // Text that is no object must not be passed off as one.
        const result = streamObject({
          model: client.model(model), prompt: 'Forecast?', schema: jsonSchema(forecast), maxRetries: 0, onError: () => {},
        });
        await assert.rejects(result.object);
      });
    });
  }

  if (client.embeds)
    test(`embeddings by ${name}`, async () => {
      await embedEverywhere(stage, async (model, values) =>
        (await embedMany({ model: client.embedding(model), values, maxRetries: 0 })).embeddings,
      (error) => error.statusCode === 400);
    });
}

const asked = process.env.AI_DOOR ? [process.env.AI_DOOR] : Object.keys(doors);
for (const name of asked) {
  describe(name, () => {
    const client = clientFor(doors[name]);
    matrix(client, (stage) => more(stage, client, name));
  });
}
