// SPDX-License-Identifier: GPL-3.0-or-later
// The openai package's chat against every family of providers: the client reads what the recording says, the ledger
// books what the recording says.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import OpenAI from 'openai';

import { inclusive, read } from './dialects.mjs';
import { askEverybody, beRefusedByEverybody, hello, inTime, replay, stageFor, tools } from './matrix.mjs';
import { cost, scaled } from './prices.mjs';
import { families, isAnswer, recordingsFrom } from './recordings.mjs';

let openai;

export function messageOf(turn) {
  if (turn.results)
    return turn.results.map(({ id, content }) => ({ role: 'tool', tool_call_id: id, content }));
  if (turn.answer)
    return turn.answer.message;
  const media = [
    turn.image && { type: 'image_url', image_url: { url: `data:image/png;base64,${turn.image}` } },
    turn.pdf && { type: 'file', file: { filename: 'Chart', file_data: `data:application/pdf;base64,${turn.pdf}` } },
  ].filter(Boolean);
  return { role: 'user', content: media.length > 0 ? [{ type: 'text', text: turn.user }, ...media] : turn.user };
}

const toolOf = ({ name, description, schema }) => ({ type: 'function', function: { name, description, parameters: schema } });

function requestOf({ model, stream, turns, system, maxTokens, stop, tools: offered, forced, schema, think }) {
  return {
    model,
    messages: [...(system ? [{ role: 'system', content: system }] : []), ...turns.flatMap(messageOf)],
    ...(maxTokens && { max_completion_tokens: maxTokens }),
    ...(stop && { stop }),
    ...(offered && { tools: offered.map(toolOf) }),
    ...(forced && { tool_choice: { type: 'function', function: { name: forced } } }),
    ...(schema && { response_format: { type: 'json_schema', json_schema: { name: 'forecast', strict: true, schema } } }),
    ...(think && { reasoning_effort: 'high' }),
    ...(stream && { stream, stream_options: { include_usage: true } }),
  };
}

/// A message put together from its deltas, as users of this package do.
async function gather(stream, onText) {
  const message = { role: 'assistant', content: null };
  const whole = { choices: [{ message, finish_reason: null }], chunks: [] };
  for await (const chunk of stream) {
    whole.chunks.push(chunk);
    whole.usage = chunk.usage ?? whole.usage;
    for (const { delta, finish_reason: finish, index } of chunk.choices) {
      if (index !== 0)
        continue;
      for (const field of ['content', 'reasoning_content', 'reasoning', 'refusal'])
        if (delta[field])
          message[field] = (message[field] ?? '') + delta[field];
      if (delta.reasoning_details)
        message.reasoning_details = [...message.reasoning_details ?? [], ...delta.reasoning_details];
      if (delta.content)
        onText(delta.content);
      for (const { index: place, id, type, function: called, ...rest } of delta.tool_calls ?? []) {
        const known = ((message.tool_calls ??= [])[place] ??= { ...rest, id, type, function: { name: called.name, arguments: '' } });
        known.function.arguments += called.arguments ?? '';
      }
      whole.choices[0].finish_reason = finish ?? whole.choices[0].finish_reason;
    }
  }
  return whole;
}

function answerOf({ choices: [{ message, finish_reason: finish }], usage, chunks }) {
  return {
    chunks, message, finish, usage, text: message.content ?? '', reasoning: message.reasoning_content ?? message.reasoning ?? '',
    refusal: message.refusal ?? '',
    // Free text where the tool is a custom one.
    calls: (message.tool_calls ?? []).map((call) => ({
      id: call.id, name: (call.function ?? call.custom).name, arguments: call.function?.arguments,
      input: call.function && JSON.parse(call.function.arguments),
    })),
    prompt: usage?.prompt_tokens, completion: usage?.completion_tokens,
  };
}

const classes = new Map([
  [400, OpenAI.BadRequestError], [401, OpenAI.AuthenticationError], [403, OpenAI.PermissionDeniedError],
  [404, OpenAI.NotFoundError], [409, OpenAI.ConflictError], [422, OpenAI.UnprocessableEntityError],
  [429, OpenAI.RateLimitError],
]);

const client = {
  dialect: 'openai-chat',
  lacks: [],
  signs: ['anthropic', 'gemini', 'openai-responses', 'bedrock'],

  connect({ url, token, fetch }) {
    openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0, fetch });
  },

  async ask(question, onText = () => {}) {
    const options = { signal: question.signal };
    // The helper for structured output must accept it too.
    const create = question.schema ? openai.chat.completions.parse : openai.chat.completions.create;
    const said = await create.call(openai.chat.completions, requestOf(question), options);
    return answerOf(question.stream ? await gather(said, onText) : said);
  },

  failure(error) {
    assert.ok(error instanceof (classes.get(error.status) ?? OpenAI.APIError), error.stack);
    assert.ok(error.type && 'code' in error.error && 'param' in error.error);
    return { status: error.status, message: error.message, retryAfter: error.headers.get('retry-after') };
  },
};

const stage = stageFor(client);
/// What the ledger must say in the end, by request id.
const accounts = new Map();

function checkUsage(got, wanted) {
  assert.equal(got.total_tokens, wanted.total);
  assert.equal(got.prompt_tokens_details?.cached_tokens ?? 0, wanted.cached);
  assert.equal(got.completion_tokens_details?.reasoning_tokens ?? 0, wanted.reasoning);
}

for (const { provider, dialect } of families) {
  describe(`replay ${provider}`, () => {
    for (const recording of recordingsFrom(provider).filter(isAnswer)) {
      stage.test(recording.name, async () => {
        const got = await replay(stage, client, recording);
        const wanted = read(recording);
        if (dialect === 'openai-chat') {
          assert.deepEqual(got.calls.map((call) => call.arguments), wanted.calls.map((call) => call.arguments));
          assert.equal(got.finish, wanted.finish);
          if (wanted.usage)
            assert.deepEqual(got.usage, wanted.usage);
        } else if (wanted.tokens?.input !== undefined) {
          checkUsage(got.usage, inclusive(wanted.tokens));
        }
        assert.equal(stage.lastHeader('x-fairlead-provider'), provider);
        assert.equal(stage.lastHeader('x-fairlead-model'), recording.model);
        accounts.set(stage.lastHeader('x-fairlead-request-id'), {
          name: recording.name, provider, model: recording.model, streamed: recording.stream,
          // Some streams end without a reason; what they brought says it.
          finish: wanted.finish ?? (wanted.calls.length > 0 ? 'tool_calls' : 'stop'), tokens: wanted.tokens,
          cost: wanted.tokens && cost(provider, recording.model, wanted.tokens),
        });
      });
    }
  });
}

askEverybody(stage, client);
beRefusedByEverybody(stage, client);

for (const { provider } of families) {
  describe(`more of ${provider}`, () => {
    test('the text of numbers and the order of keys', async () => {
      const { model, seen } = stage.use(provider, 'text-1');
      const bounds = '{"type":"number","minimum":-1.50,"maximum":1E+2,"default":12345678901234567890}';
      const body = `{"model":"${model}","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":`
        + `{"name":"f","parameters":{"type":"object","properties":{"zz":${bounds},"aa":{"type":"string"}}}}}]}`;
      assert.equal((await stage.gateway.post(body)).status, 200);
      const raw = seen().raw.toString('utf8');
      for (const literal of ['-1.50', '1E+2', '12345678901234567890'])
        assert.ok(raw.includes(literal), `${literal} was rewritten: ${raw}`);
      assert.ok(raw.indexOf('"zz"') < raw.indexOf('"aa"'), raw);
    });

    test('usage in a stream only when asked for', async () => {
      const { model } = stage.use(provider, 'stream-text-1');
      const request = { model, messages: [messageOf(hello[0])], stream: true };
      const quiet = await gather(await openai.chat.completions.create(request), () => {});
      assert.equal(quiet.usage, undefined);
      assert.ok(quiet.chunks.every((chunk) => chunk.choices.length === 1), 'a chunk without choices came unasked');
      assert.equal(new Set(quiet.chunks.map((chunk) => chunk.id)).size, 1);
      assert.equal(quiet.chunks[0].choices[0].delta.role, 'assistant');
    });

    test("the package's own helper puts a stream together", async () => {
      const { model, wanted } = stage.use(provider, 'stream-parallel-tools-1');
      const request = requestOf({ model, turns: hello, tools });
      const { message } = (await openai.chat.completions.stream(request).finalChatCompletion()).choices[0];
      assert.equal(message.content ?? '', wanted.text);
      assert.deepEqual(
        message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]),
        wanted.calls.map((call) => [call.name, JSON.parse(call.arguments)]));
    });

    test('the client leaves before the answer', async () => {
      const patience = new AbortController();
      const times = {};
      const closed = new Promise((resolve) => {
        stage.upstream.serve('silent', (request, response) => {
          response.once('close', () => resolve(performance.now()));
          times.aborted = performance.now();
          patience.abort();
        });
      });
      const asked = client.ask({ model: `${provider}/silent`, turns: hello, signal: patience.signal });
      await assert.rejects(asked, OpenAI.APIUserAbortError);
      const took = await inTime(closed) - times.aborted;
      assert.ok(took < 1000, `the upstream was still asked ${took} ms after the client had gone`);
      const row = await rowOf(`${provider}/silent`);
      assert.deepEqual([row.status, row.http_status, row.cost_usd], ['cancelled', 499, null]);
    });

    test('who left in the middle of a stream is booked so', async () => {
      const row = await rowOf(`${provider}/endless`);
      assert.deepEqual([row.status, row.http_status], ['cancelled', 499]);
    });
  });
}

/// The row of a model while the server runs: the ledger writes in batches, so wait for it.
async function rowOf(asked) {
  for (const giveUp = Date.now() + 5000; Date.now() < giveUp; await sleep(50)) {
    const row = [...(await stage.gateway.ledger()).values()].find((candidate) => candidate.model_asked === asked);
    if (row)
      return row;
  }
  throw new Error(`no row for ${asked}`);
}

/// A row in the words of this test; tokens nobody reported are nobody's business.
function tell(name, row, withTokens) {
  assert.ok(row, `${name} has no row`);
  const known = Object.entries(row.tokens).filter(([kind, count]) => kind !== 'estimated' && count !== null);
  return {
    name, status: row.status, http: row.http_status, provider: row.provider, model: row.model, app: row.app,
    streamed: row.streamed, finish: row.finish_reason, attempts: row.attempts.length,
    tokens: withTokens ? Object.fromEntries(known) : null,
    cost: row.computed_cost_usd && scaled(row.computed_cost_usd, 9),
  };
}

test('the receipt of one request', async () => {
  const [id, wanted] = [...accounts].find(([, row]) => row.cost);
  const { request, receipt } = await stage.gateway.explain(id);
  assert.equal(request.id, id);
  assert.equal(receipt.matches_booked, true);
  assert.equal(scaled(receipt.total_usd, 9), wanted.cost);
  for (const line of receipt.lines)
    assert.equal(line.tokens, wanted.tokens[line.kind], line.kind);
});

stage.checkInTheEnd();

test('the ledger has every request at its tokens and cost', async () => {
  const rows = await stage.gateway.ledger();
  for (const [id, { name, provider, model, streamed, finish, tokens, cost: price }] of accounts) {
    assert.deepEqual(tell(name, rows.get(id), tokens !== null), {
      name, status: 'ok', http: 200, provider, model, app: 'clients', streamed, finish, attempts: 1, tokens, cost: price,
    });
  }
});
