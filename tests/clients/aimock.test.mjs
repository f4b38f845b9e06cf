// SPDX-License-Identifier: GPL-3.0-or-later
// A second opinion: @copilotkit/aimock, a third party's mock of the providers, stands behind the proxy in each dialect,
// and reads what the proxy sends with its own eyes. In front is the openai package.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';

import OpenAI from 'openai';

import { crc32 } from './eventstream.mjs';
import { Gateway, providersAt } from './gateway.mjs';
import { forecast, tools } from './matrix.mjs';
import { families } from './recordings.mjs';

// Debian 12's Node has no such function yet, and aimock wants it for Bedrock's frames.
zlib.crc32 ??= crc32;
const { LLMock } = createRequire(import.meta.url)('@copilotkit/aimock');

const words = 'Grüße aus Bérgen: the quay is 48 m long. 綱を張る。 ⚓👩🏽‍🔧';
const thoughts = 'The line runs over the fairlead.';
const calls = [{ name: 'get_tide', input: { port: 'Brest', at: '2026-11-22T06:00:00Z' } }, { name: 'get_wind', input: { port: 'Brest' } }];
const vector = [0.5, -0.25, 0.125];

let mock;
let gateway;
let openai;

before(async () => {
  mock = new LLMock({ port: 0, logLevel: 'silent' });
  mock.on({ userMessage: 'sea', hasToolResult: true }, { content: words });
  mock.on({ userMessage: 'sea' }, { toolCalls: calls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })) });
  mock.onMessage('why', { content: words, reasoning: thoughts });
  mock.onMessage('forecast', { content: '{"zone":"Ouessant"}' });
  mock.onMessage('refuse', { error: { message: 'Slow down.', type: 'rate_limit_error' }, status: 429 });
  mock.onMessage('hello', { content: words });
  mock.onEmbedding(/./, { embedding: vector });
  await mock.start();
  gateway = await Gateway.start({ providers: providersAt({ url: mock.url }) });
  openai = gateway.client();
});
after(async () => {
  await gateway.stop();
  gateway.remove();
  await mock.stop();
});

async function complete(request) {
  if (!request.stream)
    return (await openai.chat.completions.create(request)).choices[0];
  const stream = openai.chat.completions.stream(request);
  let reasoning = '';
  stream.on('chunk', (chunk) => { reasoning += chunk.choices[0]?.delta.reasoning_content ?? ''; });
  const choice = (await stream.finalChatCompletion()).choices[0];
  // The package's helper keeps the newest piece only.
  return reasoning ? { ...choice, message: { ...choice.message, reasoning_content: reasoning } } : choice;
}

const callsOf = ({ message }) => message.tool_calls.map((call) => ({ name: call.function.name, input: JSON.parse(call.function.arguments) }));
const offered = tools.map(({ name, description, schema: parameters }) => ({ type: 'function', function: { name, description, parameters } }));
const textOf = (content) => (typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join(''));
/// What aimock understood, in the words of OpenAI's chat.
const understood = () => mock.getLastRequest().body;

for (const { provider, dialect } of families) {
  const model = `${provider}/any-model`;
  for (const stream of [false, true]) {
    describe(`${dialect}${stream ? ', streamed' : ''}`, () => {
      test('text, and what it was asked', async () => {
        const { message, finish_reason: finish } = await complete({
          model, stream, max_completion_tokens: 321, messages: [{ role: 'system', content: 'Answer as a pilot book.' }, { role: 'user', content: 'hello' }],
        });
        assert.equal(message.content, words);
        assert.equal(finish, 'stop');
        const said = understood().messages.map(({ role, content }) => [role === 'developer' ? 'system' : role, textOf(content)]);
        assert.deepEqual(said, [['system', 'Answer as a pilot book.'], ['user', 'hello']]);
      });

      test('tools and their results', async () => {
        const messages = [{ role: 'user', content: 'How is the sea?' }];
        const first = await complete({ model, stream, messages, tools: offered });
        assert.equal(first.finish_reason, 'tool_calls');
        assert.deepEqual(callsOf(first), calls);
        assert.deepEqual(understood().tools.map((one) => one.function.name), ['get_tide', 'get_wind']);

        const results = first.message.tool_calls.map(({ id }, index) => ({ role: 'tool', tool_call_id: id, content: `{"answer":${index}}` }));
        const second = await complete({ model, stream, messages: [...messages, first.message, ...results], tools: offered });
        assert.equal(second.message.content, words);
        const arrived = understood().messages.filter(({ role }) => role === 'tool').map(({ content }) => textOf(content));
        assert.deepEqual(arrived.map((content) => JSON.parse(content).answer), [0, 1]);
      });

      // Where it differs from the providers: Ollama's field has another name, Cohere's is no text.
      test('reasoning', { skip: ['ollama', 'cohere'].includes(dialect) }, async () => {
        const { message } = await complete({ model, stream, messages: [{ role: 'user', content: 'why' }], reasoning_effort: 'low' });
        assert.equal(message.content, words);
        assert.equal(message.reasoning_content, thoughts);
      });
    });
  }

  describe(`${dialect}, more`, () => {
    test('a schema', async () => {
      const { message } = await complete({
        model, messages: [{ role: 'user', content: 'forecast' }],
        response_format: { type: 'json_schema', json_schema: { name: 'forecast', strict: true, schema: forecast } },
      });
      assert.equal(message.content, '{"zone":"Ouessant"}');
    });

    test('embeddings', async () => {
      const asked = openai.embeddings.create({ model, input: 'hello', encoding_format: 'float' });
      if (dialect === 'anthropic' || dialect === 'bedrock') {
        await assert.rejects(asked, OpenAI.BadRequestError);
        return;
      }
      assert.deepEqual((await asked).data[0].embedding, vector);
    });
  });
}

test('refusals, each after a second try', () => Promise.all(families.map(({ provider }) => assert.rejects(
  openai.chat.completions.create({ model: `${provider}/any-model`, messages: [{ role: 'user', content: 'refuse' }] }),
  (error) => error instanceof OpenAI.RateLimitError && error.message.includes('Slow down.')))));
