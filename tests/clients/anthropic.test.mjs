// SPDX-License-Identifier: GPL-3.0-or-later
// The @anthropic-ai/sdk package against providers of three dialects that replay recorded answers: the client reads what
// the recording says, whole and streamed, and what it sends arrives in each dialect's own place.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import Anthropic from '@anthropic-ai/sdk';

import { eventData, inclusive, read } from './dialects.mjs';
import { canary, Gateway, providersAt, token } from './gateway.mjs';
import { families, ownCase, recordings } from './recordings.mjs';
import { ReplayUpstream, send } from './upstream.mjs';

let upstream;
let gateway;
let anthropic;
/// Rows the ledger must have in the end: [id, what it must say, about what].
const booked = [];

before(async () => {
  upstream = await ReplayUpstream.start(canary);
  gateway = await Gateway.start({ providers: providersAt(upstream) });
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: token, maxRetries: 0 });
});
after(async () => {
  gateway.remove();
  await upstream.stop();
});

const hello = [{ role: 'user', content: 'What does the recording say?' }];
const stopReasons = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use', content_filter: 'refusal' };

/// Runs a request on whichever path; the message as the package gives it.
async function complete({ stream, ...request }) {
  const sent = { max_tokens: 1024, messages: hello, ...request };
  if (stream) {
    const { data, response } = await anthropic.messages.stream(sent).withResponse();
    return { message: await data.finalMessage(), response };
  }
  const { data, response } = await anthropic.messages.create(sent).withResponse();
  return { message: data, response };
}

const joined = (message, type, field) => message.content.filter((block) => block.type === type).map((block) => block[field]).join('');

function toldBy(message) {
  const { usage } = message;
  return {
    text: joined(message, 'text', 'text'),
    reasoning: joined(message, 'thinking', 'thinking'),
    refusal: message.stop_details?.explanation ?? '',
    calls: message.content.filter((block) => block.type === 'tool_use').map(({ name, input }) => ({ name, input })),
    prompt: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    completion: usage.output_tokens,
  };
}

function toldIn(recording) {
  const answer = read(recording);
  const { prompt, completion } = inclusive(answer.tokens ?? {});
  return {
    text: answer.text, reasoning: answer.reasoning, refusal: answer.refusal,
    calls: answer.calls.map((call) => ({ name: call.name, input: JSON.parse(call.arguments || '{}') })),
    prompt, completion,
  };
}

function stopReasonOf(recording) {
  const { finish, refusal, calls } = read(recording);
  if (refusal)
    return 'refusal';
  return calls.length > 0 && finish !== 'length' ? 'tool_use' : stopReasons[finish ?? 'stop'];
}

/// Failures with status 200 are told apart below.
const isFault = (recording) => /^midstream|^200-prompt-blocked/.test(recording.behaviour);

for (const { provider, dialect } of families) {
  describe(`replay ${provider}`, () => {
    for (const recording of recordings) {
      if (recording.provider !== provider || recording.status !== 200 || isFault(recording))
        continue;
      test(recording.name, async () => {
        upstream.serve(recording.model, recording);
        const { message, response } = await complete({ model: `${provider}/${recording.model}`, stream: recording.stream });
        assert.equal(upstream.seen(recording.model).stream, recording.stream);
        assert.equal(message.type, 'message');
        assert.equal(message.role, 'assistant');
        assert.deepEqual(toldBy(message), toldIn(recording));
        if (dialect !== 'anthropic') {
          assert.match(message.id, /^msg_/);
          assert.equal(message.stop_reason, stopReasonOf(recording));
        } else if (!recording.stream) {
          assert.deepEqual(message, JSON.parse(recording.body));
        }
        const ids = message.content.filter((block) => block.type === 'tool_use').map((block) => block.id);
        assert.equal(new Set(ids).size, ids.length, 'ids of tool calls must differ');
        booked.push([response.headers.get('x-fairlead-request-id'), { status: 'ok', provider }, recording.name]);
      });
    }
  });
}

const schema = {
  type: 'object',
  properties: {
    zone: { type: 'string' }, beaufort: { type: 'integer' }, areas: { type: 'array', items: { type: 'string' } },
    'a first by alphabet': { type: 'string' },
  },
  required: ['zone', 'beaufort', 'areas', 'a first by alphabet'],
  additionalProperties: false,
};
const tideTool = {
  name: 'get_tide', description: 'Height of the tide.',
  input_schema: { type: 'object', properties: { port: { type: 'string' }, at: { type: 'string' } }, required: ['port', 'at'] },
};
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const pdf = 'JVBERi0xLjQKJSVFT0YK';
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } };
const document = { type: 'document', title: 'Chart', source: { type: 'base64', media_type: 'application/pdf', data: pdf } };
const text = (content) => (typeof content === 'string' ? content : content.map((block) => block.text).join(''));

/// Where each dialect keeps what a Messages request says.
const places = {
  'openai-chat': {
    tool: (body) => body.tools[0].function.parameters,
    forced: (body) => body.tool_choice.function.name,
    format: (body) => body.response_format.json_schema.schema,
    media: (body) => body.messages[0].content.slice(1),
    image: { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
    pdf: { type: 'file', file: { filename: 'Chart', file_data: `data:application/pdf;base64,${pdf}` } },
    results: (body) => body.messages.filter((message) => message.role === 'tool').map((message) => message.content),
    systems: (body) => body.messages.filter((message) => message.role === 'system').map((message) => message.content),
    thinking: (body) => body.reasoning_effort,
    thinkingWanted: 'low',
  },
  anthropic: {
    tool: (body) => body.tools[0].input_schema,
    forced: (body) => body.tool_choice.name,
    format: (body) => body.output_config.format.schema,
    media: (body) => body.messages[0].content.slice(1),
    image, pdf: document,
    results: (body) => body.messages[2].content.filter((block) => block.type === 'tool_result').map((block) => block.content),
    systems: (body) => [text(body.system), body.messages[1].content],
    thinking: (body) => body.thinking,
    thinkingWanted: { type: 'enabled', budget_tokens: 2048 },
  },
  gemini: {
    tool: (body) => body.tools[0].functionDeclarations[0].parametersJsonSchema ?? body.tools[0].functionDeclarations[0].parameters,
    forced: (body) => body.toolConfig.functionCallingConfig.allowedFunctionNames[0],
    format: (body) => body.generationConfig.responseJsonSchema ?? body.generationConfig.responseSchema,
    media: (body) => body.contents[0].parts.slice(1),
    image: { inlineData: { mimeType: 'image/png', data: pixel } },
    pdf: { inlineData: { mimeType: 'application/pdf', data: pdf } },
    results: (body) => body.contents[2].parts.map((part) => JSON.stringify(part.functionResponse.response)),
    systems: (body) => body.systemInstruction.parts.map((part) => part.text),
    thinking: (body) => body.generationConfig.thinkingConfig.thinkingBudget,
    thinkingWanted: 2048,
  },
};

for (const { provider, dialect } of families) {
  const place = places[dialect];
  const use = (behaviour) => {
    const recording = ownCase(provider, behaviour);
    upstream.serve(recording.model, recording);
    return { recording, model: `${provider}/${recording.model}`, seen: () => upstream.seen(recording.model).body };
  };

  describe(`ask ${provider}`, () => {
    test('system prompts, one in the middle, and settings', async () => {
      const { model, seen } = use('text-1');
      const { response } = await complete({
        model, max_tokens: 321, stop_sequences: ['END'], system: [{ type: 'text', text: 'Answer as a pilot book.' }],
        context_management: { edits: [] }, metadata: { user_id: JSON.stringify({ device: 1 }) },
        messages: [...hello, { role: 'system', content: 'In French from now on.' }],
      });
      assert.deepEqual(place.systems(seen()), ['Answer as a pilot book.', 'In French from now on.']);
      const flat = { ...seen(), ...seen().generationConfig };
      assert.equal(flat.max_completion_tokens ?? flat.max_tokens ?? flat.maxOutputTokens, 321);
      assert.deepEqual(flat.stop ?? flat.stop_sequences ?? flat.stopSequences, ['END']);
      const losses = response.headers.get('x-fairlead-losses') ?? '';
      for (const field of ['context_management', 'metadata.user_id'])
        assert.equal(losses.includes(field), dialect !== 'anthropic', losses);
    });

    test('a tool it must use', async () => {
      const { model, seen } = use('tool-1');
      await complete({ model, tools: [tideTool], tool_choice: { type: 'tool', name: 'get_tide' } });
      assert.equal(place.forced(seen()), 'get_tide');
    });

    test('tools, called in parallel, and their results', async () => {
      const { recording, model, seen } = use('parallel-tools-1');
      const tools = [tideTool, { name: 'get_wind', input_schema: { type: 'object', properties: {} } }];
      const first = (await complete({ model, tools })).message;
      assert.equal(first.stop_reason, 'tool_use');
      assert.deepEqual(toldBy(first).calls, toldIn(recording).calls);
      assert.equal(JSON.stringify(place.tool(seen()).properties), JSON.stringify(tideTool.input_schema.properties));

      use('text-1');
      const results = first.content.filter((block) => block.type === 'tool_use').map((call, index) => ({
        type: 'tool_result', tool_use_id: call.id, content: JSON.stringify({ answer: index, 'höhe': '4.2 m' }),
      }));
      const { message } = await complete({
        model, tools, messages: [...hello, { role: 'assistant', content: first.content }, { role: 'user', content: results }],
      });
      assert.equal(message.stop_reason, 'end_turn');
      assert.deepEqual(place.results(seen()), results.map((result) => result.content));
      if (dialect === 'gemini') {
        const calls = seen().contents[1].parts.filter((part) => part.functionCall);
        assert.equal(calls[0].thoughtSignature, read(recording).calls[0].signature, 'the signature must come back');
      }
    });

    test('structured output', async () => {
      const { model, seen } = use('structured-1');
      const { message } = await complete({ model, output_config: { format: { type: 'json_schema', schema } } });
      assert.deepEqual(JSON.parse(toldBy(message).text), { zone: 'Ouessant', beaufort: 7, areas: ['N', 'W'] });
      assert.deepEqual(Object.keys(place.format(seen()).properties), Object.keys(schema.properties));
    });

    test('an image and a PDF', async () => {
      const { model, seen } = use('text-1');
      const content = [{ type: 'text', text: 'Whose flag is this?' }, image, document];
      const { message } = await complete({ model, messages: [{ role: 'user', content }] });
      assert.deepEqual(place.media(seen()), [place.image, place.pdf]);
      assert.equal(toldBy(message).text, read(ownCase(provider, 'text-1')).text);
    });

    test('thinking', async () => {
      const { recording, model, seen } = use('stream-reasoning-1');
      const { message } = await complete({
        model, stream: true, max_tokens: 4096, thinking: { type: 'enabled', budget_tokens: 2048 },
      });
      assert.equal(toldBy(message).reasoning, read(recording).reasoning);
      assert.equal(message.content[0].type, 'thinking');
      assert.deepEqual(place.thinking(seen()), place.thinkingWanted);
      // What was thought goes back to whoever thought it, and to nobody else.
      use('text-1');
      await complete({ model: `${provider}/${ownCase(provider, 'text-1').model}`,
        messages: [...hello, { role: 'assistant', content: message.content }, ...hello] });
    });

    test('the text of numbers and the order of keys', async () => {
      const { model, recording } = use('text-1');
      const bounds = '{"type":"number","minimum":-1.50,"maximum":1E+2,"default":12345678901234567890}';
      const body = `{"model":"${model}","max_tokens":9,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":`
        + `{"type":"object","properties":{"zz":${bounds},"aa":{"type":"string"}}}}]}`;
      const response = await fetch(`${gateway.url}/v1/messages?beta=true`, {
        method: 'POST', body, headers: { 'x-api-key': token, 'content-type': 'application/json' },
      });
      assert.equal(response.status, 200);
      const raw = upstream.seen(recording.model).raw.toString('utf8');
      for (const literal of ['-1.50', '1E+2', '12345678901234567890'])
        assert.ok(raw.includes(literal), `${literal} was rewritten: ${raw}`);
      assert.ok(raw.indexOf('"zz"') < raw.indexOf('"aa"'), raw);
      if (dialect === 'anthropic')
        assert.equal(raw, body.replace(`${provider}/`, ''));
    });

    test('the events of a stream', async () => {
      const { model } = use('stream-parallel-tools-1');
      const response = await fetch(`${gateway.url}/v1/messages`, {
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

    test('the client leaves in the middle of a stream', async () => {
      const head = opening(provider);
      const closed = new Promise((resolve) => {
        upstream.serve('endless', (request, response) => {
          response.once('close', () => resolve(performance.now()));
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(head);
        });
      });
      const stream = anthropic.messages.stream({ model: `${provider}/endless`, max_tokens: 9, messages: hello });
      stream.on('error', () => {});
      for await (const event of stream)
        if (event.type === 'content_block_delta')
          break;
      const aborted = performance.now();
      stream.abort();
      const took = await Promise.race([closed, sleep(2000, Infinity, { ref: false })]) - aborted;
      assert.ok(took < 1000, `the upstream still wrote ${took} ms after the client had gone`);
    });

    test('a stream that breaks', async () => {
      const failures = {
        'is cut': async (response) => response.end(),
        'is reset': async (response, socket) => { await sleep(30); socket.resetAndDestroy(); },
        'tells an error': async (response) => response.end(overloadedEvent(dialect)),
      };
      for (const [name, fail] of Object.entries(failures)) {
        const model = `broken-${name.replaceAll(' ', '-')}`;
        upstream.serve(model, async (request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          await send(response, opening(provider));
          await fail(response, request.socket);
        });
        let said = '';
        let id;
        const error = await failureOf(async () => {
          const { data, response } = await anthropic.messages
            .create({ model: `${provider}/${model}`, max_tokens: 9, messages: hello, stream: true }).withResponse();
          id = response.headers.get('x-fairlead-request-id');
          for await (const event of data) {
            assert.notEqual(event.type, 'message_stop', 'a broken stream was ended as if whole');
            said += event.delta?.text ?? '';
          }
        });
        assert.ok(error instanceof Anthropic.APIError, `${name}: ${error.stack}`);
        assert.ok(error.error.error.message.length > 5, error.message);
        assert.ok(said.length > 0 && read(ownCase(provider, 'stream-text-1')).text.startsWith(said), said);
        booked.push([id, { status: 'incomplete', http_status: 200 }, `${provider}: ${name}`]);
      }
    });
  });

  describe(`refusals of ${provider}`, () => {
    const refusals = recordings.filter((recording) => recording.provider === provider && recording.status >= 400);
    for (const [index, recording] of refusals.entries()) {
      test(recording.name, async () => {
        const model = `refusal-${index}`;
        upstream.serve(model, recording);
        const error = await failureOf(() => complete({ model: `${provider}/${model}` }));
        const status = clientStatus(recording);
        assert.equal(error.status, status, error.message);
        assert.ok(error instanceof (classes.get(status) ?? Anthropic.APIError), error.stack);
        assert.equal(error.error.type, 'error');
        assert.ok('request_id' in error.error);
        const words = wordsOf(recording);
        assert.ok(error.error.error.message.includes(words), `${error.message} lacks: ${words}`);
        if (recording.headers['retry-after'])
          assert.equal(error.headers.get('retry-after'), recording.headers['retry-after']);
        booked.push([error.headers.get('x-fairlead-request-id'), { status: 'failed', http_status: status }, recording.name]);
      });
    }
  });
}

/// The events of a recorded stream up to the middle, with text among them and none of them cut.
function opening(provider) {
  const whole = ownCase(provider, 'stream-text-1').body.toString('utf8');
  const separator = whole.includes('\r\n\r\n') ? '\r\n\r\n' : '\n\n';
  const frames = whole.split(separator);
  return frames.slice(0, Math.ceil(frames.length / 2)).join(separator) + separator;
}

function overloadedEvent(dialect) {
  const message = 'The server is overloaded right now.';
  const body = {
    'openai-chat': { error: { message, type: 'server_error', param: null, code: null } },
    anthropic: { type: 'error', error: { type: 'overloaded_error', message } },
    gemini: { error: { code: 503, message, status: 'UNAVAILABLE' } },
  }[dialect];
  return `${dialect === 'anthropic' ? 'event: error\n' : ''}data: ${JSON.stringify(body)}\n\n`;
}

async function failureOf(run) {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'a failure was passed off as an answer' });
}

const classes = new Map([
  [400, Anthropic.BadRequestError], [401, Anthropic.AuthenticationError], [403, Anthropic.PermissionDeniedError],
  [404, Anthropic.NotFoundError], [429, Anthropic.RateLimitError], [500, Anthropic.InternalServerError],
]);

/// The status an Anthropic client is told for a recorded refusal.
function clientStatus(recording) {
  const body = recording.body.toString('utf8');
  if (body.includes('API_KEY_INVALID'))
    return 401;
  if (body.includes('insufficient_quota'))
    return 402;
  return recording.status === 503 ? 529 : recording.status;
}

function wordsOf(recording) {
  try {
    return JSON.parse(recording.body).error.message ?? '';
  } catch {
    return '';
  }
}

describe('what is passed through', () => {
  test('betas and version of the caller', async () => {
    const { model } = ownCase('anthropic', 'text-1');
    upstream.serve(model, ownCase('anthropic', 'text-1'));
    await anthropic.beta.messages.create({
      model: `anthropic/${model}`, max_tokens: 9, messages: hello, betas: ['context-1m-2025-08-07', 'effort-2025-11-24'],
    });
    const { headers } = upstream.seen(model);
    assert.equal(headers['anthropic-beta'], 'context-1m-2025-08-07,effort-2025-11-24');
    assert.match(headers['anthropic-version'], /^2026-/);
  });

  test('thinking of another provider is kept from Anthropic', async () => {
    const from = ownCase('openai', 'reasoning-1');
    upstream.serve(from.model, from);
    const { message } = await complete({ model: `openai/${from.model}` });
    assert.equal(message.content[0].type, 'thinking');
    const to = ownCase('anthropic', 'text-1');
    upstream.serve(to.model, to);
    await complete({
      model: `anthropic/${to.model}`, messages: [...hello, { role: 'assistant', content: message.content }, ...hello],
    });
    const kinds = upstream.seen(to.model).body.messages[1].content.map((block) => block.type);
    assert.deepEqual(kinds, ['text']);
  });

  test('a prompt that is too long is recognised', async () => {
    upstream.serve('small', (request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({
        error: {
          message: "This model's maximum context length is 128000 tokens. However, your messages resulted in 130123 tokens.",
          type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded',
        },
      }));
    });
    const error = await failureOf(() => complete({ model: 'openai/small' }));
    assert.ok(error instanceof Anthropic.BadRequestError);
    assert.match(error.error.error.message, /prompt is too long: 130123 tokens > 128000 maximum/);
  });

  test('a bad request', async () => {
    const error = await failureOf(() => complete({ model: 'openai/x', messages: [{ role: 'pirate', content: 'hi' }] }));
    assert.ok(error instanceof Anthropic.BadRequestError);
    assert.match(error.error.error.message, /messages\[0\]\.role/);
    assert.equal(error.error.error.type, 'invalid_request_error');
  });

  test('a token of nobody', async () => {
    const stranger = new Anthropic({ baseURL: gateway.url, apiKey: 'sk-somebody-else', maxRetries: 0 });
    const error = await failureOf(() => stranger.messages.create({ model: 'openai/x', max_tokens: 9, messages: hello }));
    assert.ok(error instanceof Anthropic.AuthenticationError, error.stack);
    assert.equal(error.error.error.type, 'authentication_error');
  });
});

describe('in the end', () => {
  test('the server ends well and no secret is left behind', async () => {
    await gateway.stop();
  });

  test('the ledger has every request', async () => {
    const rows = await gateway.ledger();
    assert.ok(booked.length > 0);
    for (const [id, wanted, about] of booked) {
      const row = rows.get(id);
      assert.ok(row, `${about} has no row`);
      const got = Object.fromEntries(Object.keys(wanted).map((key) => [key, row[key]]));
      assert.deepEqual({ about, ...got }, { about, ...wanted });
    }
  });

  test('providers saw nothing they would refuse', () => {
    assert.deepEqual(upstream.complaints, []);
    const leaked = upstream.requests.filter((request) => JSON.stringify(request.headers).includes(token));
    assert.deepEqual(leaked, [], "the app's token went upstream");
  });
});
