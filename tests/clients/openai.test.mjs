// SPDX-License-Identifier: GPL-3.0-or-later
// The openai package against providers of three dialects that replay recorded answers: the client reads what the
// recording says, the ledger books what the recording says.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import OpenAI from 'openai';

import { inclusive, read } from './dialects.mjs';
import { canary, Gateway, providersAt, token } from './gateway.mjs';
import { cost, scaled } from './prices.mjs';
import { families, ownCase, recordings } from './recordings.mjs';
import { ReplayUpstream } from './upstream.mjs';

let upstream;
let gateway;
let openai;
/// What the ledger must say in the end, by request id.
const booked = new Map();

before(async () => {
  upstream = await ReplayUpstream.start(canary);
  gateway = await Gateway.start({ providers: providersAt(upstream) });
  openai = gateway.client();
});
after(async () => {
  gateway.remove();
  await upstream.stop();
});

const hello = [{ role: 'user', content: 'What does the recording say?' }];

/// Runs a request on whichever path and returns the message as it arrived, whole or put together by this test.
async function complete(request) {
  const sent = request.stream ? { ...request, stream_options: { include_usage: true } } : request;
  const { data, response } = await openai.chat.completions.create(sent).withResponse();
  const id = response.headers.get('x-fairlead-request-id');
  assert.match(id, /^req_/);
  return { id, response, ...(request.stream ? await gather(data) : fromWhole(data)) };
}

function fromWhole(body) {
  const choice = body.choices[0];
  const message = choice?.message ?? {};
  return {
    text: message.content ?? '', reasoning: message.reasoning_content ?? message.reasoning ?? '',
    refusal: message.refusal ?? '', finish: choice?.finish_reason ?? null, usage: body.usage, message,
    calls: (message.tool_calls ?? []).map((call) => ({ id: call.id, ...call.function })),
  };
}

async function gather(stream) {
  const answer = { text: '', reasoning: '', refusal: '', finish: null, usage: undefined, calls: [], chunks: [] };
  for await (const chunk of stream) {
    answer.chunks.push(chunk);
    answer.usage = chunk.usage ?? answer.usage;
    for (const { delta, finish_reason: finish, index } of chunk.choices) {
      if (index !== 0)
        continue;
      answer.text += delta.content ?? '';
      answer.reasoning += delta.reasoning_content ?? delta.reasoning ?? '';
      answer.refusal += delta.refusal ?? '';
      for (const call of delta.tool_calls ?? []) {
        const known = (answer.calls[call.index] ??= { id: '', name: '', arguments: '' });
        known.id ||= call.id ?? '';
        known.name ||= call.function?.name ?? '';
        known.arguments += call.function?.arguments ?? '';
      }
      answer.finish = finish ?? answer.finish;
    }
  }
  return answer;
}

function checkCalls(got, wanted, exact) {
  assert.deepEqual(got.map((call) => call.name), wanted.map((call) => call.name));
  got.forEach((call, place) => {
    if (exact)
      assert.equal(call.arguments, wanted[place].arguments);
    else
      assert.deepEqual(JSON.parse(call.arguments), JSON.parse(wanted[place].arguments || '{}'));
    if (wanted[place].id)
      assert.equal(call.id, wanted[place].id);
  });
  assert.equal(new Set(got.map((call) => call.id)).size, got.length, 'ids of tool calls must differ');
}

function checkUsage(got, wanted) {
  assert.equal(got.prompt_tokens, wanted.prompt);
  assert.equal(got.completion_tokens, wanted.completion);
  assert.equal(got.total_tokens, wanted.total);
  assert.equal(got.prompt_tokens_details?.cached_tokens ?? 0, wanted.cached);
  assert.equal(got.completion_tokens_details?.reasoning_tokens ?? 0, wanted.reasoning);
}

function remember(id, recording, answer) {
  booked.set(id, {
    name: recording.name, provider: recording.provider, model: recording.model, streamed: recording.stream,
    // Some streams end without a reason; what they brought says it.
    finish: answer.finish ?? (answer.calls.length > 0 ? 'tool_calls' : 'stop'), tokens: answer.tokens,
    cost: answer.tokens && cost(recording.provider, recording.model, answer.tokens),
  });
}

/// Failures with status 200: faults.test.mjs has those.
const isFault = (recording) => /^midstream|^200-prompt-blocked/.test(recording.behaviour);

for (const { provider } of families) {
  describe(`replay ${provider}`, () => {
    for (const recording of recordings) {
      if (recording.provider !== provider || recording.status !== 200 || isFault(recording))
        continue;
      test(recording.name, async () => {
        upstream.serve(recording.model, recording);
        const wanted = read(recording);
        const got = await complete({ model: `${provider}/${recording.model}`, messages: hello, stream: recording.stream });
        const same = recording.dialect === 'openai-chat';
        assert.equal(upstream.seen(recording.model).stream, recording.stream);
        assert.equal(got.text, wanted.text);
        assert.equal(got.reasoning, wanted.reasoning);
        assert.equal(got.refusal, wanted.refusal);
        assert.equal(got.finish, wanted.finish);
        checkCalls(got.calls, wanted.calls, same);
        if (same && wanted.usage)
          assert.deepEqual(got.usage, wanted.usage);
        else if (wanted.tokens)
          checkUsage(got.usage, inclusive(wanted.tokens));
        assert.equal(got.response.headers.get('x-fairlead-provider'), provider);
        assert.equal(got.response.headers.get('x-fairlead-model'), recording.model);
        remember(got.id, recording, wanted);
      });
    }
  });
}

const tideTool = {
  type: 'function',
  function: {
    name: 'get_tide', description: 'Height of the tide.',
    parameters: {
      type: 'object',
      properties: { port: { type: 'string' }, at: { type: 'string' }, datum: { type: 'string', enum: ['lat', 'msl'] } },
      required: ['port', 'at'],
    },
  },
};
const schema = {
  type: 'object',
  properties: {
    zone: { type: 'string' }, beaufort: { type: 'integer' }, areas: { type: 'array', items: { type: 'string' } },
    'a first by alphabet': { type: 'string' },
  },
  required: ['zone', 'beaufort', 'areas', 'a first by alphabet'],
  additionalProperties: false,
};
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/// Where each dialect keeps what an OpenAI request says.
const places = {
  'openai-chat': {
    tool: (body) => body.tools[0].function.parameters,
    format: (body) => body.response_format.json_schema.schema,
    image: (body) => body.messages[0].content[1].image_url.url,
    imageWanted: `data:image/png;base64,${pixel}`,
    results: (body) => body.messages.slice(2).map((message) => [message.tool_call_id, message.content]),
    system: (body) => body.messages[0].content,
  },
  anthropic: {
    tool: (body) => body.tools[0].input_schema,
    format: (body) => body.output_config.format.schema,
    image: (body) => body.messages[0].content[1],
    imageWanted: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
    results: (body) => body.messages[2].content.map((block) => [block.tool_use_id, text(block.content)]),
    system: (body) => text(body.system),
  },
  gemini: {
    tool: (body) => body.tools[0].functionDeclarations[0].parametersJsonSchema
      ?? body.tools[0].functionDeclarations[0].parameters,
    format: (body) => body.generationConfig.responseJsonSchema ?? body.generationConfig.responseSchema,
    image: (body) => body.contents[0].parts[1],
    imageWanted: { inlineData: { mimeType: 'image/png', data: pixel } },
    results: (body) => body.contents[2].parts.map((part) => part.functionResponse),
    system: (body) => body.systemInstruction.parts.map((part) => part.text).join(''),
  },
};
const text = (content) => (typeof content === 'string' ? content : content.map((block) => block.text).join(''));

for (const { provider, dialect } of families) {
  const place = places[dialect];
  const use = (behaviour) => {
    const recording = ownCase(provider, behaviour);
    upstream.serve(recording.model, recording);
    return { recording, model: `${provider}/${recording.model}`, seen: () => upstream.seen(recording.model).body };
  };

  describe(`ask ${provider}`, () => {
    test('system prompt and settings', async () => {
      const { model, seen } = use('text-1');
      await complete({
        model, max_completion_tokens: 321, temperature: 0.25, stop: ['END'],
        messages: [{ role: 'system', content: 'Answer as a pilot book.' }, ...hello],
      });
      assert.equal(place.system(seen()), 'Answer as a pilot book.');
      const flat = { ...seen(), ...seen().generationConfig };
      assert.equal(flat.max_completion_tokens ?? flat.max_tokens ?? flat.maxOutputTokens, 321);
      assert.equal(flat.temperature, 0.25);
      assert.deepEqual(flat.stop ?? flat.stop_sequences ?? flat.stopSequences, ['END']);
    });

    test('tools, called in parallel, and their results', async () => {
      const { recording, model, seen } = use('parallel-tools-1');
      const tools = [tideTool, { type: 'function', function: { name: 'get_wind', parameters: { type: 'object', properties: {} } } }];
      const first = await complete({ model, messages: hello, tools });
      assert.equal(first.finish, 'tool_calls');
      checkCalls(first.calls, read(recording).calls, dialect === 'openai-chat');
      assert.equal(JSON.stringify(place.tool(seen()).properties), JSON.stringify(tideTool.function.parameters.properties));

      use('text-1');
      const results = first.calls.map((call, index) => ({
        role: 'tool', tool_call_id: call.id, content: JSON.stringify({ answer: index, 'höhe': '4.2 m' }),
      }));
      const second = await complete({ model, tools, messages: [...hello, first.message, ...results] });
      assert.equal(second.finish, 'stop');
      if (dialect === 'gemini') {
        assert.deepEqual(place.results(seen()).map((part) => part.name), ['get_tide', 'get_wind']);
        assert.deepEqual(place.results(seen()).map((part) => part.response.answer), [0, 1]);
        const [call] = seen().contents[1].parts;
        assert.equal(call.thoughtSignature, read(recording).calls[0].signature, 'the signature must come back');
      } else {
        assert.deepEqual(place.results(seen()), results.map((result) => [result.tool_call_id, result.content]));
      }
    });

    test('structured output', async () => {
      const { model, seen } = use('structured-1');
      const got = await openai.chat.completions.parse({
        model, messages: hello,
        response_format: { type: 'json_schema', json_schema: { name: 'forecast', strict: true, schema } },
      });
      assert.deepEqual(JSON.parse(got.choices[0].message.content), { zone: 'Ouessant', beaufort: 7, areas: ['N', 'W'] });
      assert.deepEqual(Object.keys(place.format(seen()).properties), Object.keys(schema.properties));
      assert.deepEqual(place.format(seen()).required, schema.required);
    });

    test('the text of numbers and the order of keys', async () => {
      const { model, recording } = use('text-1');
      const bounds = '{"type":"number","minimum":-1.50,"maximum":1E+2,"default":12345678901234567890}';
      const body = `{"model":"${model}","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":`
        + `{"name":"f","parameters":{"type":"object","properties":{"zz":${bounds},"aa":{"type":"string"}}}}}]}`;
      assert.equal((await gateway.post(body)).status, 200);
      const raw = upstream.seen(recording.model).raw.toString('utf8');
      for (const literal of ['-1.50', '1E+2', '12345678901234567890'])
        assert.ok(raw.includes(literal), `${literal} was rewritten: ${raw}`);
      assert.ok(raw.indexOf('"zz"') < raw.indexOf('"aa"'), raw);
    });

    test('an image', async () => {
      const { model, seen } = use('text-1');
      const got = await complete({
        model,
        messages: [{
          role: 'user',
          content: [
            { type: 'text', text: 'Whose flag is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
          ],
        }],
      });
      assert.deepEqual(place.image(seen()), place.imageWanted);
      assert.equal(got.text, read(ownCase(provider, 'text-1')).text);
    });

    test('usage in a stream only when asked for', async () => {
      const { model } = use('stream-text-1');
      const quiet = await gather(await openai.chat.completions.create({ model, messages: hello, stream: true }));
      assert.equal(quiet.usage, undefined);
      assert.ok(quiet.chunks.every((chunk) => chunk.choices.length === 1), 'a chunk without choices came unasked');
      assert.equal(new Set(quiet.chunks.map((chunk) => chunk.id)).size, 1);
      assert.equal(quiet.chunks[0].choices[0].delta.role, 'assistant');
    });

    test("the package's own helper puts a stream together", async () => {
      const { recording, model } = use('stream-parallel-tools-1');
      const final = await openai.chat.completions.stream({ model, messages: hello, tools: [tideTool] }).finalChatCompletion();
      const wanted = read(recording);
      assert.equal(final.choices[0].message.content ?? '', wanted.text);
      assert.deepEqual(
        final.choices[0].message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]),
        wanted.calls.map((call) => [call.name, JSON.parse(call.arguments)]));
    });

    test('the client leaves before the answer', async () => {
      const patience = new AbortController();
      const times = {};
      const closed = new Promise((resolve) => {
        upstream.serve('silent', (request, response) => {
          response.once('close', () => resolve(performance.now()));
          times.aborted = performance.now();
          patience.abort();
        });
      });
      const asked = openai.chat.completions.create({ model: `${provider}/silent`, messages: hello }, { signal: patience.signal });
      await assert.rejects(asked, OpenAI.APIUserAbortError);
      const took = await inTime(closed) - times.aborted;
      assert.ok(took < 1000, `the upstream was still asked ${took} ms after the client had gone`);
      const row = await rowOf(`${provider}/silent`);
      assert.deepEqual([row.status, row.http_status, row.cost_usd], ['cancelled', 499, null]);
    });

    test('the client leaves in the middle of a stream', async () => {
      const head = firstHalf(ownCase(provider, 'stream-text-1'));
      const closed = new Promise((resolve) => {
        upstream.serve('endless', (request, response) => {
          response.once('close', () => resolve(performance.now()));
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(head);
        });
      });
      const stream = await openai.chat.completions.create({ model: `${provider}/endless`, messages: hello, stream: true });
      for await (const chunk of stream)
        if (chunk.choices[0]?.delta.content)
          break;
      const aborted = performance.now();
      stream.controller.abort();
      const took = await inTime(closed) - aborted;
      assert.ok(took < 1000, `the upstream still wrote ${took} ms after the client had gone`);
      console.log(`# ${provider}: the upstream was closed ${took.toFixed(1)} ms after the abort`);
      const row = await rowOf(`${provider}/endless`);
      assert.equal(row.status, 'cancelled');
      assert.equal(row.http_status, 499);
    });
  });
}

/// Infinitely late if it does not come at all.
const inTime = (event) => Promise.race([event, sleep(2000, Infinity, { ref: false })]);

/// The events of a stream up to the middle, none of them cut.
function firstHalf(recording) {
  const whole = recording.body.toString('utf8');
  const separator = whole.includes('\r\n\r\n') ? '\r\n\r\n' : '\n\n';
  const frames = whole.split(separator);
  return frames.slice(0, Math.ceil(frames.length / 2)).join(separator) + separator;
}

/// The row of a model while the server runs: the ledger writes in batches, so wait for it.
async function rowOf(asked) {
  for (const giveUp = Date.now() + 5000; Date.now() < giveUp; await sleep(50)) {
    const row = [...(await gateway.ledger()).values()].find((candidate) => candidate.model_asked === asked);
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

describe('in the end', () => {
  test('the receipt of one request', async () => {
    const [id, wanted] = [...booked].find(([, row]) => row.cost);
    const { request, receipt } = await gateway.explain(id);
    assert.equal(request.id, id);
    assert.equal(receipt.matches_booked, true);
    assert.equal(scaled(receipt.total_usd, 9), wanted.cost);
    for (const line of receipt.lines)
      assert.equal(line.tokens, wanted.tokens[line.kind], line.kind);
  });

  test('the server ends well and no secret is left behind', async () => {
    await gateway.stop();
  });

  test('the ledger has every request at its tokens and cost', async () => {
    const rows = await gateway.ledger();
    assert.ok(booked.size > 0);
    const told = [...booked].map(([id, wanted]) => tell(wanted.name, rows.get(id), wanted.tokens !== null));
    const expected = [...booked.values()].map(({ name, provider, model, streamed, finish, tokens, cost }) => ({
      name, status: 'ok', http: 200, provider, model, app: 'clients', streamed, finish, attempts: 1, tokens, cost,
    }));
    for (const [index, wanted] of expected.entries())
      assert.deepEqual(told[index], wanted);
  });

  test('providers saw nothing they would refuse', () => {
    assert.deepEqual(upstream.complaints, []);
    const leaked = upstream.requests.filter((request) => JSON.stringify(request.headers).includes(token));
    assert.deepEqual(leaked, [], "the app's token went upstream");
  });
});
