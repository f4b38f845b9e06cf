// SPDX-License-Identifier: GPL-3.0-or-later
// The legacy completions of the openai package, answered by chats of every dialect.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import OpenAI from 'openai';

import { inclusive, read } from './dialects.mjs';
import { canary, Gateway, providersAt } from './gateway.mjs';
import { places } from './places.mjs';
import { families, opening, ownCase } from './recordings.mjs';
import { ReplayUpstream, send } from './upstream.mjs';

let upstream;
let gateway;
let openai;

before(async () => {
  upstream = await ReplayUpstream.start(canary);
  gateway = await Gateway.start({ providers: providersAt(upstream) });
  openai = gateway.client();
});
after(async () => {
  gateway.remove();
  await upstream.stop();
});

const prompt = 'Once upon a tide';

for (const { provider, dialect } of families) {
  const use = (behaviour) => {
    const recording = ownCase(provider, behaviour);
    upstream.serve(recording.model, recording);
    return { model: `${provider}/${recording.model}`, wanted: read(recording), seen: () => upstream.seen(recording.model).body };
  };

  describe(provider, () => {
    test('whole', async () => {
      const { model, wanted, seen } = use('text-1');
      const { data: got, response } = await openai.completions.create({ model, prompt, max_tokens: 321 }).withResponse();
      assert.equal(got.object, 'text_completion');
      assert.equal(got.choices[0].text, wanted.text);
      assert.equal(got.choices[0].finish_reason, 'stop');
      assert.equal(got.choices[0].logprobs, null);
      assert.equal(got.usage.completion_tokens, inclusive(wanted.tokens).completion);
      assert.match(response.headers.get('x-fairlead-losses') ?? '', /prompt/);
      assert.deepEqual(places[dialect].prompts(seen()), [prompt]);
    });

    test('streamed, with its echo', async () => {
      const { model, wanted } = use('stream-text-1');
      const chunks = [];
      const request = { model, prompt: [prompt], echo: true, stream: true, stream_options: { include_usage: true } };
      for await (const chunk of await openai.completions.create(request))
        chunks.push(chunk);
      assert.ok(chunks.every((chunk) => chunk.object === 'text_completion' && chunk.id === chunks[0].id));
      assert.equal(chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.text)).join(''), prompt + wanted.text);
      assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop');
      assert.equal(chunks.at(-1).usage.completion_tokens, inclusive(wanted.tokens).completion);
    });

    test('a stream that ends too early', async () => {
      const recording = ownCase(provider, 'stream-text-1');
      const half = opening(provider);
      upstream.serve('half', async (request, response) => {
        response.writeHead(200, recording.headers);
        await send(response, half);
        response.end();
      });
      let text = '';
      await assert.rejects(async () => {
        for await (const chunk of await openai.completions.create({ model: `${provider}/half`, prompt, stream: true }))
          text += chunk.choices[0].text;
      }, OpenAI.APIError);
      assert.ok(text.length > 0 && read(recording).text.startsWith(text));
    });
  });
}

test('what cannot be done is said', async () => {
  const model = 'openai/x';
  for (const [several, word] of [[['a', 'b'], 'one prompt'], [[1, 2], 'token ids'], [[[1, 2]], 'token ids'], ['', 'prompt']])
    await assert.rejects(
      openai.completions.create({ model, prompt: several }),
      (error) => error instanceof OpenAI.BadRequestError && error.message.includes(word));
  await assert.rejects(openai.completions.create({ model: 'no-such-model', prompt }), OpenAI.NotFoundError);
});

test('in the end the server ends well, and providers saw nothing they would refuse', async () => {
  await gateway.stop();
  assert.deepEqual(upstream.complaints, []);
});
