// SPDX-License-Identifier: GPL-3.0-or-later
// The @anthropic-ai/sdk package against every family of providers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import Anthropic from '@anthropic-ai/sdk';

import { countEverywhere } from './beside.mjs';
import { eventData, read } from './dialects.mjs';
import { failureOf } from './failures.mjs';
import { token } from './gateway.mjs';
import { matrix } from './matrix.mjs';
import { families, ownCase } from './recordings.mjs';

let anthropic;

const hello = [{ role: 'user', content: 'What does the recording say?' }];
const finishes = { end_turn: 'stop', stop_sequence: 'stop', max_tokens: 'length', tool_use: 'tool_calls', refusal: 'content_filter' };

const base64 = (type, media_type, data) => ({ type, source: { type: 'base64', media_type, data } });

function messageOf(turn) {
  if (turn.results)
    return { role: 'user', content: turn.results.map(({ id, content }) => ({ type: 'tool_result', tool_use_id: id, content })) };
  if (turn.answer)
    return { role: 'assistant', content: turn.answer.message.content };
  const media = [
    turn.image && base64('image', 'image/png', turn.image), turn.pdf && base64('document', 'application/pdf', turn.pdf),
  ].filter(Boolean);
  return { role: 'user', content: media.length > 0 ? [{ type: 'text', text: turn.user }, ...media] : turn.user };
}

function requestOf({ model, turns, system, maxTokens, stop, tools, forced, schema, think }) {
  return {
    model, messages: turns.map(messageOf), max_tokens: maxTokens ?? 1024,
    ...(system && { system }),
    ...(stop && { stop_sequences: stop }),
    ...(tools && { tools: tools.map(({ name, description, schema: input_schema }) => ({ name, description, input_schema })) }),
    ...(forced && { tool_choice: { type: 'tool', name: forced } }),
    ...(schema && { output_config: { format: { type: 'json_schema', schema } } }),
    ...(think && { thinking: { type: 'enabled', budget_tokens: 2048 } }),
  };
}

const joined = (message, type, field) => message.content.filter((block) => block.type === type).map((block) => block[field]).join('');

function answerOf(message) {
  const { usage } = message;
  return {
    message, text: joined(message, 'text', 'text'), reasoning: joined(message, 'thinking', 'thinking'),
    refusal: message.stop_details?.explanation ?? '', finish: finishes[message.stop_reason],
    calls: message.content.filter((block) => block.type === 'tool_use').map(({ id, name, input }) => ({ id, name, input })),
    prompt: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    completion: usage.output_tokens,
  };
}

const classes = new Map([
  [400, Anthropic.BadRequestError], [401, Anthropic.AuthenticationError], [403, Anthropic.PermissionDeniedError],
  [404, Anthropic.NotFoundError], [429, Anthropic.RateLimitError], [500, Anthropic.InternalServerError],
]);

const client = {
  dialect: 'anthropic',
  lacks: [],
  refusalEnds: 'content_filter',
  signs: ['anthropic', 'gemini', 'bedrock'],

  connect({ url, token: apiKey, fetch }) {
    anthropic = new Anthropic({ baseURL: url, apiKey, maxRetries: 0, fetch });
  },

  async ask(question, onText) {
    const options = { signal: question.signal };
    if (!question.stream)
      return answerOf(await anthropic.messages.create(requestOf(question), options));
    const stream = anthropic.messages.stream(requestOf(question), options);
    if (onText)
      stream.on('text', (text) => onText(text));
    return answerOf(await stream.finalMessage());
  },

  failure(error) {
    assert.ok(error instanceof (classes.get(error.status) ?? Anthropic.APIError), error.stack);
    assert.equal(error.error.type, 'error');
    assert.ok('request_id' in error.error);
    return { status: error.status, message: error.error.error.message, retryAfter: error.headers.get('retry-after') };
  },
};

matrix(client, (stage) => {
  for (const { provider, dialect } of families) {
    describe(`more of ${provider}`, () => {
      test('a system prompt in the middle, and what only Anthropic knows', async () => {
        const { model, seen } = stage.use(provider, 'text-1');
        const { response } = await anthropic.messages.create({
          model, max_tokens: 321, system: [{ type: 'text', text: 'Answer as a pilot book.' }],
          context_management: { edits: [] }, metadata: { user_id: JSON.stringify({ device: 1 }) },
          messages: [...hello, { role: 'system', content: 'In French from now on.' }],
        }).withResponse();
        const raw = seen().raw.toString('utf8');
        assert.ok(raw.includes('Answer as a pilot book.') && raw.includes('In French from now on.'), raw);
        const losses = response.headers.get('x-fairlead-losses') ?? '';
        assert.equal(losses.includes('context_management'), dialect !== 'anthropic', losses);
      });

      test('the text of numbers and the order of keys', async () => {
        const { model, seen } = stage.use(provider, 'text-1');
        const bounds = '{"type":"number","minimum":-1.50,"maximum":1E+2,"default":12345678901234567890}';
        const body = `{"model":"${model}","max_tokens":9,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":`
          + `{"type":"object","properties":{"zz":${bounds},"aa":{"type":"string"}}}}]}`;
        const response = await fetch(`${stage.gateway.url}/v1/messages?beta=true`, {
          method: 'POST', body, headers: { 'x-api-key': token, 'content-type': 'application/json' },
        });
        assert.equal(response.status, 200);
        const raw = seen().raw.toString('utf8');
        for (const literal of ['-1.50', '1E+2', '12345678901234567890'])
          assert.ok(raw.includes(literal), `${literal} was rewritten: ${raw}`);
        assert.ok(raw.indexOf('"zz"') < raw.indexOf('"aa"'), raw);
        if (dialect === 'anthropic')
          assert.equal(raw, body.replace(`${provider}/`, ''));
      });

      test('the events of a stream', async () => {
        const { model } = stage.use(provider, 'stream-parallel-tools-1');
        const response = await fetch(`${stage.gateway.url}/v1/messages`, {
          method: 'POST', body: JSON.stringify({ model, max_tokens: 9, messages: hello, stream: true }),
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        });
        assert.match(response.headers.get('content-type'), /^text\/event-stream/);
        const body = await response.text();
        const named = [...body.matchAll(/^event: ?(.*)\r?$/gm)].map((match) => match[1]);
        assert.deepEqual(named, eventData(body).map((data) => JSON.parse(data).type), 'every event needs its name');
        assert.equal(named[0], 'message_start');
        assert.deepEqual(named.slice(-2), ['message_delta', 'message_stop']);
      });
    });
  }

  describe('what is passed through', () => {
    test('betas and version of the caller', async () => {
      const { model, seen } = stage.use('anthropic', 'text-1');
      await anthropic.beta.messages.create({
        model, max_tokens: 9, messages: hello, betas: ['context-1m-2025-08-07', 'effort-2025-11-24'],
      });
      const { headers } = seen();
      assert.equal(headers['anthropic-beta'], 'context-1m-2025-08-07,effort-2025-11-24');
      assert.match(headers['anthropic-version'], /^2026-/);
    });

    test('thinking of another provider is kept from Anthropic', async () => {
      const turns = [{ user: 'Hello?' }];
      const answer = await client.ask({ model: stage.use('openai', 'reasoning-1').model, turns });
      assert.equal(answer.message.content[0].type, 'thinking');
      const { model, seen } = stage.use('anthropic', 'text-1');
      await client.ask({ model, turns: [...turns, { answer }, ...turns] });
      assert.deepEqual(seen().body.messages[1].content.map((block) => block.type), ['text']);
    });

    test('a prompt that is too long is recognised', async () => {
      stage.upstream.serve('small', (request, response) => {
        response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({
          error: {
            message: "This model's maximum context length is 128000 tokens. However, your messages resulted in 130123 tokens.",
            type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded',
          },
        }));
      });
      const error = await failureOf(client.ask({ model: 'openai/small', turns: [{ user: 'x' }] }));
      assert.ok(error instanceof Anthropic.BadRequestError);
      assert.match(error.error.error.message, /prompt is too long: 130123 tokens > 128000 maximum/);
    });

    test('a bad request', async () => {
      const error = await failureOf(anthropic.messages.create({ model: 'openai/x', max_tokens: 9, messages: [{ role: 'pirate', content: 'hi' }] }));
      assert.ok(error instanceof Anthropic.BadRequestError);
      assert.match(error.error.error.message, /messages\[0\]\.role/);
      assert.equal(error.error.error.type, 'invalid_request_error');
    });

    test('tokens, counted by those who can and estimated for the others', () => countEverywhere(stage, async (model) =>
      (await anthropic.messages.countTokens({ model, messages: hello, system: 'Be brief.' })).input_tokens));

    test('the models, listed and one', async () => {
      const ids = [];
      for await (const { id, type } of anthropic.models.list({ limit: 1000 })) {
        assert.equal(type, 'model');
        ids.push(id);
      }
      assert.ok(ids.some((id) => id.startsWith('google/')), `${ids.slice(0, 5)}`);
      assert.equal((await anthropic.models.retrieve(ids.at(-1))).id, ids.at(-1));
      await assert.rejects(anthropic.models.retrieve('nobody/knows'), Anthropic.NotFoundError);
    });
  });
});
