// SPDX-License-Identifier: GPL-3.0-or-later
// What clients ask for beside answers: counts of tokens and embeddings, of every family of providers.
import assert from 'node:assert/strict';

import { families } from './recordings.mjs';

const json = (response, body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/// What those say who can count; the others are estimated for, and not asked.
const counts = {
  'openai-responses': { object: 'response.input_tokens', input_tokens: 31 }, anthropic: { input_tokens: 31 }, gemini: { totalTokens: 31 },
  bedrock: { inputTokens: 31 },
};

/// `count` gives the tokens of a short request to a model.
export async function countEverywhere(stage, count) {
  for (const { provider, dialect } of families) {
    const before = stage.upstream.requests.length;
    stage.upstream.serve('counted', (request, response) => json(response, counts[dialect]));
    const tokens = await count(`${provider}/counted`);
    if (counts[dialect])
      assert.equal(tokens, 31, provider);
    else
      assert.ok(tokens > 1 && tokens < 100, `${provider}: ${tokens}`);
    assert.equal(stage.upstream.requests.length - before, counts[dialect] ? 1 : 0, provider);
  }
}

const vectors = { a: [0.5, -0.25], b: [0.125, 1] };
const of = (texts) => [texts].flat().map((text) => vectors[text]);

const openAi = ({ input }) => ({
  object: 'list', data: of(input).map((embedding, index) => ({ object: 'embedding', index, embedding })), model: 'v',
  usage: { prompt_tokens: 2, total_tokens: 2 },
});
const embeddings = {
  'openai-chat': openAi,
  'openai-responses': openAi,
  gemini: ({ requests, content }) => (content ? { embedding: { values: vectors[content.parts[0].text] } }
    : { embeddings: requests.map((request) => ({ values: vectors[request.content.parts[0].text] })) }),
  ollama: ({ input, prompt }) => (prompt ? { embedding: vectors[prompt] } : { model: 'v', embeddings: of(input), prompt_eval_count: 2 }),
  cohere: ({ texts }) => ({
    id: 'c0ffee00-own5', embeddings: { float: of(texts) }, texts, meta: { api_version: { version: '2' }, billed_units: { input_tokens: 2 } },
  }),
};

/// `embed` gives the vectors of some texts; providers without embeddings must be refused as `refusal` wants it.
export async function embedEverywhere(stage, embed, refusal) {
  for (const { provider, dialect } of families) {
    const model = `${provider}/vectors`;
    if (!embeddings[dialect]) {
      await assert.rejects(embed(model, ['a']), (error) => refusal(error) && /embeddings/.test(error.message));
      continue;
    }
    stage.upstream.serve('vectors', (request, response, { body }) => json(response, embeddings[dialect](body)));
    for (const texts of [['a', 'b'], ['a']])
      assert.deepEqual(await embed(model, texts), of(texts), provider);
  }
}
