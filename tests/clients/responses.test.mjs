// SPDX-License-Identifier: GPL-3.0-or-later
// The openai package's Responses API against providers of four dialects that replay recorded answers: whatever the
// provider speaks, the client gets whole Response objects, the full sequence of events, and a memory.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import OpenAI from 'openai';

import { eventData, inclusive, read, readResponse } from './dialects.mjs';
import { canary, Gateway, providersAt, token } from './gateway.mjs';
import { families, ownCase, recordings, responsesRecordings } from './recordings.mjs';
import { ReplayUpstream, send } from './upstream.mjs';

let upstream;
let gateway;
let openai;

before(async () => {
  upstream = await ReplayUpstream.start(canary);
  const lab = {
    id: 'lab', wire: 'openai-responses', base_url: `${upstream.url}/v1`, keys: [{ env: 'PROVIDER_KEY' }], models: ['any'],
  };
  gateway = await Gateway.start({ providers: [...providersAt(upstream), lab] });
  openai = gateway.client();
});
after(async () => {
  gateway.remove();
  await upstream.stop();
});

const providers = [...families, { dialect: 'openai-responses', provider: 'lab' }];

/// A stream's events, checked for what every client relies on, and the response they end in.
async function gather(stream) {
  const events = [];
  let text = '';
  for await (const event of stream) {
    events.push(event);
    if (event.type === 'response.output_text.delta')
      text += event.delta;
  }
  // A fixture holds several answers in one stream; the first is the one asked for.
  const end = events.find((event) => /^response\.(completed|incomplete|failed)$/.test(event.type));
  assert.ok(end, `a stream without end: ${events.at(-1)?.type}`);
  return { events, text, response: end.response };
}

function checkSequence(events) {
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((event, place) => place));
  assert.deepEqual(events.slice(0, 2).map((event) => event.type), ['response.created', 'response.in_progress']);
  const added = events.filter((event) => event.type === 'response.output_item.added');
  const done = events.filter((event) => event.type === 'response.output_item.done');
  assert.deepEqual(added.map((event) => event.output_index), added.map((event, place) => place));
  assert.deepEqual(new Set(done.map((event) => event.item.id)), new Set(added.map((event) => event.item.id)));
  assert.equal(new Set(added.map((event) => event.item.id)).size, added.length);
}

function checkCalls(got, wanted) {
  assert.deepEqual(got.map((call) => call.name), wanted.map((call) => call.name));
  got.forEach((call, place) => {
    assert.deepEqual(JSON.parse(call.arguments), JSON.parse(wanted[place].arguments || '{}'));
    if (wanted[place].id)
      assert.equal(call.id, wanted[place].id);
  });
}

function checkUsage(got, tokens) {
  const wanted = inclusive(tokens);
  assert.equal(got.input_tokens, wanted.prompt);
  assert.equal(got.output_tokens, wanted.completion);
  assert.equal(got.total_tokens, wanted.total);
  assert.equal(got.input_tokens_details?.cached_tokens ?? 0, wanted.cached);
  assert.equal(got.output_tokens_details?.reasoning_tokens ?? 0, wanted.reasoning);
}

/// Failures with status 200 have their own tests.
const isFault = (recording) => /^midstream|^200-prompt-blocked|error-/.test(recording.behaviour);
const all = [...recordings, ...responsesRecordings].filter(
  (recording) => recording.status === 200 && !isFault(recording));

for (const { provider, dialect } of providers) {
  describe(`replay ${provider}`, () => {
    for (const recording of all.filter((candidate) => candidate.provider === provider)) {
      test(recording.name, async () => {
        upstream.serve(recording.model, recording);
        const wanted = read(recording);
        const model = `${provider}/${recording.model}`;
        let response;
        if (recording.stream) {
          const got = await gather(await openai.responses.create({ model, input: 'Hello?', stream: true }));
          response = got.response;
          if (dialect !== 'openai-responses') {
            checkSequence(got.events);
            assert.equal(got.text, wanted.text);
          }
        } else {
          response = await openai.responses.create({ model, input: 'Hello?' });
          assert.equal(response.output_text, wanted.text);
        }
        const got = readResponse(response);
        assert.equal(got.text, wanted.text);
        assert.equal(got.reasoning, wanted.reasoning);
        assert.equal(got.refusal, wanted.refusal);
        checkCalls(got.calls, wanted.calls);
        if (wanted.tokens && Object.keys(wanted.tokens).length > 0)
          checkUsage(response.usage, wanted.tokens);
        if (dialect === 'openai-responses')
          return;
        assert.equal(got.finish, wanted.finish ?? got.finish);
        assert.match(response.id, /^resp_/);
        assert.equal(response.model, recording.model);
        assert.equal(response.object, 'response');
      });
    }
  });
}

const tideTool = {
  type: 'function', name: 'get_tide', description: 'Height of the tide.', strict: false,
  parameters: {
    type: 'object',
    properties: { port: { type: 'string' }, at: { type: 'string' }, datum: { type: 'string', enum: ['lat', 'msl'] } },
    required: ['port', 'at'],
  },
};
const windTool = { type: 'function', name: 'get_wind', strict: false, parameters: { type: 'object', properties: {} } };
const schema = {
  type: 'object',
  properties: { zone: { type: 'string' }, beaufort: { type: 'integer' }, areas: { type: 'array', items: { type: 'string' } } },
  required: ['zone', 'beaufort', 'areas'],
  additionalProperties: false,
};
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const imageUrl = `data:image/png;base64,${pixel}`;

const words = (content) => (typeof content === 'string' ? content : content.map((part) => part.text).join(''));
/// Where each dialect keeps what a request says.
const places = {
  'openai-chat': {
    system: (body) => body.messages[0].content,
    tool: (body) => body.tools[0].function.parameters,
    format: (body) => body.response_format.json_schema.schema,
    image: (body) => body.messages[0].content[1].image_url.url,
    imageWanted: imageUrl,
    turns: (body) => body.messages.map((message) => message.role),
    results: (body) => body.messages.filter((message) => message.role === 'tool').map((message) => message.content),
  },
  anthropic: {
    system: (body) => words(body.system),
    tool: (body) => body.tools[0].input_schema,
    format: (body) => body.output_config.format.schema,
    image: (body) => body.messages[0].content[1].source.data,
    imageWanted: pixel,
    turns: (body) => body.messages.map((message) => message.role),
    results: (body) => body.messages[2].content.map((block) => words(block.content)),
  },
  gemini: {
    system: (body) => words(body.systemInstruction.parts),
    tool: (body) => body.tools[0].functionDeclarations[0].parametersJsonSchema,
    format: (body) => body.generationConfig.responseJsonSchema,
    image: (body) => body.contents[0].parts[1].inlineData.data,
    imageWanted: pixel,
    turns: (body) => body.contents.map((content) => (content.role === 'model' ? 'assistant' : content.role)),
    results: (body) => body.contents[2].parts.map((part) => JSON.stringify(part.functionResponse.response)),
  },
  'openai-responses': {
    system: (body) => body.instructions,
    tool: (body) => body.tools[0].parameters,
    format: (body) => body.text.format.schema,
    image: (body) => body.input[0].content[1].image_url,
    imageWanted: imageUrl,
    turns: (body) => (body.previous_response_id ? ['user', 'assistant', 'user'] : []),
    results: (body) => body.input.map((item) => item.output),
  },
};

for (const { provider, dialect } of providers) {
  const place = places[dialect];
  const use = (behaviour) => {
    const recording = ownCase(provider, behaviour);
    upstream.serve(recording.model, recording);
    return { recording, model: `${provider}/${recording.model}`, seen: () => upstream.seen(recording.model).body };
  };

  describe(`ask ${provider}`, () => {
    test('instructions and settings, and their echo', async () => {
      const { model, seen, recording } = use('text-1');
      const response = await openai.responses.create({
        model, instructions: 'Answer as a pilot book.', input: 'Hello?', max_output_tokens: 321, temperature: 0.25,
        metadata: { voyage: '7' },
      });
      assert.equal(place.system(seen()), 'Answer as a pilot book.');
      const flat = { ...seen(), ...seen().generationConfig };
      assert.equal(flat.max_output_tokens ?? flat.max_completion_tokens ?? flat.max_tokens ?? flat.maxOutputTokens, 321);
      assert.equal(flat.temperature, 0.25);
      assert.equal(response.output_text, read(recording).text);
      if (dialect !== 'openai-responses') {
        assert.equal(response.instructions, 'Answer as a pilot book.');
        assert.equal(response.max_output_tokens, 321);
        assert.equal(response.temperature, 0.25);
        assert.deepEqual(response.metadata, { voyage: '7' });
      }
    });

    test('tools in parallel, their results by previous_response_id', async () => {
      const { recording, model, seen } = use('parallel-tools-1');
      const tools = [tideTool, windTool];
      const first = await openai.responses.create({ model, input: 'How is the sea?', tools });
      const calls = first.output.filter((item) => item.type === 'function_call');
      checkCalls(readResponse(first).calls, read(recording).calls);
      assert.equal(new Set(calls.map((call) => call.call_id)).size, calls.length);
      assert.equal(JSON.stringify(place.tool(seen()).properties), JSON.stringify(tideTool.parameters.properties));

      use('text-1');
      const results = calls.map((call, index) => ({
        type: 'function_call_output', call_id: call.call_id, output: JSON.stringify({ answer: index, 'höhe': '4.2 m' }),
      }));
      await openai.responses.create({ model, tools, previous_response_id: first.id, input: results });
      assert.deepEqual(place.results(seen()), results.map((result) => result.output));
      if (dialect === 'gemini') {
        const call = seen().contents[1].parts.find((part) => part.functionCall);
        assert.equal(call.thoughtSignature, read(recording).calls[0].signature, 'the signature must come back');
      }
    });

    test('a conversation that the client keeps itself', async () => {
      const { model, seen } = use('reasoning-1');
      const first = await openai.responses.create({
        model, input: 'Hello?', store: false, include: ['reasoning.encrypted_content'],
      });
      await openai.responses.create({
        model, store: false, input: [{ role: 'user', content: 'Hello?' }, ...first.output, { role: 'user', content: 'And?' }],
      });
      if (dialect === 'anthropic') {
        const thinking = seen().messages[1].content.find((block) => block.type === 'thinking');
        assert.ok(thinking?.signature, 'the signature must come back');
      }
      if (dialect !== 'openai-responses')
        assert.deepEqual(place.turns(seen()), ['user', 'assistant', 'user']);
    });

    test('previous_response_id, retrieve, input items, delete', async () => {
      const { recording, model, seen } = use('stream-text-1');
      const { response } = await gather(await openai.responses.create({ model, input: 'Hello?', stream: true }));
      use('text-1');
      const second = await openai.responses.create({ model, input: 'And?', previous_response_id: response.id });
      assert.deepEqual(place.turns(seen()), ['user', 'assistant', 'user']);
      if (dialect === 'openai-responses')
        return; // the replayed ids are all the same
      const stored = await openai.responses.retrieve(second.id);
      assert.equal(stored.output_text ?? readResponse(stored).text, read(ownCase(provider, 'text-1')).text);
      assert.equal(stored.previous_response_id, response.id);
      const items = await openai.responses.inputItems.list(second.id, { order: 'asc' });
      assert.deepEqual(items.data.map((item) => item.role), ['user', 'assistant', 'user']);
      assert.equal(words(items.data[1].content), read(recording).text);
      await openai.responses.delete(second.id);
      await assert.rejects(openai.responses.retrieve(second.id), OpenAI.NotFoundError);
    });

    test('structured output', async () => {
      const { model, seen } = use('structured-1');
      const response = await openai.responses.parse({
        model, input: 'Forecast?', text: { format: { type: 'json_schema', name: 'forecast', strict: true, schema } },
      });
      assert.deepEqual(JSON.parse(response.output_text), { zone: 'Ouessant', beaufort: 7, areas: ['N', 'W'] });
      assert.deepEqual(Object.keys(place.format(seen()).properties), Object.keys(schema.properties));
    });

    test('the text of numbers and the order of keys', async () => {
      const { model, recording } = use('text-1');
      const bounds = '{"type":"number","minimum":-1.50,"maximum":1E+2,"default":12345678901234567890}';
      const body = `{"model":"${model}","input":"x","tools":[{"type":"function","name":"f","parameters":`
        + `{"type":"object","properties":{"zz":${bounds},"aa":{"type":"string"}}}}]}`;
      const answer = await fetch(`${gateway.url}/v1/responses`, {
        method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
      assert.equal(answer.status, 200);
      const raw = upstream.seen(recording.model).raw.toString('utf8');
      for (const literal of ['-1.50', '1E+2', '12345678901234567890'])
        assert.ok(raw.includes(literal), `${literal} was rewritten: ${raw}`);
      assert.ok(raw.indexOf('"zz"') < raw.indexOf('"aa"'), raw);
      if (dialect === 'openai-responses')
        assert.equal(raw, body.replace(model, recording.model));
    });

    test('an image', async () => {
      const { model, seen } = use('text-1');
      await openai.responses.create({
        model,
        input: [{
          role: 'user',
          content: [
            { type: 'input_text', text: 'Whose flag is this?' },
            { type: 'input_image', image_url: imageUrl, detail: 'auto' },
          ],
        }],
      });
      assert.equal(place.image(seen()), place.imageWanted);
    });

    test("the package's own helper puts a stream together", async () => {
      const { recording, model } = use('stream-parallel-tools-1');
      const stream = openai.responses.stream({ model, input: 'How is the sea?', tools: [tideTool, windTool] });
      const final = readResponse(await stream.finalResponse());
      assert.equal(final.text, read(recording).text);
      checkCalls(final.calls, read(recording).calls);
    });

    test('a stream that breaks fails', async () => {
      const whole = ownCase(provider, 'stream-text-1').body.toString('utf8');
      const separator = whole.includes('\r\n\r\n') ? '\r\n\r\n' : '\n\n';
      const frames = whole.split(separator);
      const head = frames.slice(0, Math.ceil(frames.length / 2)).join(separator) + separator;
      upstream.serve('cut', async (request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        await send(response, head);
        response.end();
      });
      const request = { model: `${provider}/cut`, input: 'Hello?', stream: true };
      await assert.rejects(
        openai.responses.create(request).then(gather),
        (error) => error instanceof OpenAI.APIError && error.code === 'server_error');

      const answer = await fetch(`${gateway.url}/v1/responses`, {
        method: 'POST', body: JSON.stringify(request),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
      const events = eventData(await answer.text()).map((data) => JSON.parse(data));
      assert.equal(events.at(-1).type, 'response.failed');
      assert.equal(events.at(-1).response.status, 'failed');
      assert.equal(events.at(-1).response.error.code, 'server_error');
      assert.ok(!events.some((event) => event.type === 'response.completed'));
    });

    test('the client leaves in the middle of a stream', async () => {
      const head = ownCase(provider, 'stream-text-1').body.toString('utf8').split(/(?<=\n\n|\r\n\r\n)/).slice(0, -2).join('');
      const closed = new Promise((resolve) => {
        upstream.serve('endless', (request, response) => {
          response.once('close', () => resolve(performance.now()));
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(head);
        });
      });
      const stream = await openai.responses.create({ model: `${provider}/endless`, input: 'Hello?', stream: true });
      for await (const event of stream)
        if (event.type === 'response.output_text.delta')
          break;
      const aborted = performance.now();
      stream.controller.abort();
      const took = await Promise.race([closed, sleep(2000, Infinity, { ref: false })]) - aborted;
      assert.ok(took < 1000, `the upstream still wrote ${took} ms after the client had gone`);
    });

    test('errors', async () => {
      const recording = ownCase(provider, 'error-400-1');
      upstream.serve('refused', recording);
      for (const stream of [false, true]) {
        const error = await openai.responses.create({ model: `${provider}/refused`, input: 'Hello?', stream }).catch((e) => e);
        assert.ok(error instanceof OpenAI.APIError, String(error));
        assert.ok([400, 401].includes(error.status), `status ${error.status}`);
        assert.ok(error.message.includes(JSON.parse(recording.body).error.message));
        assert.match(error.headers.get('x-fairlead-request-id'), /^req_/);
      }
    });
  });
}

/// The other way round: tools that speak Chat, and a provider that speaks Responses.
describe('replay lab to Chat', () => {
  const gatherChat = async (stream) => {
    const answer = { text: '', reasoning: '', refusal: '', calls: [], usage: null };
    for await (const chunk of stream) {
      answer.usage = chunk.usage ?? answer.usage;
      const delta = chunk.choices[0]?.delta ?? {};
      answer.text += delta.content ?? '';
      answer.reasoning += delta.reasoning_content ?? '';
      answer.refusal += delta.refusal ?? '';
      for (const call of delta.tool_calls ?? []) {
        const known = (answer.calls[call.index] ??= { id: call.id, name: '', arguments: '' });
        known.name ||= call.function?.name ?? '';
        known.arguments += call.function?.arguments ?? '';
      }
    }
    return answer;
  };
  const fromMessage = ({ choices: [{ message }], usage }) => ({
    text: message.content ?? '', reasoning: message.reasoning_content ?? '', refusal: message.refusal ?? '', usage,
    calls: (message.tool_calls ?? []).map((call) => ({ id: call.id, ...call.function })),
  });

  for (const recording of all.filter((candidate) => candidate.provider === 'lab')) {
    test(recording.name, async () => {
      upstream.serve(recording.model, recording);
      const request = {
        model: `lab/${recording.model}`, messages: [{ role: 'user', content: 'Hello?' }],
        ...(recording.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
      };
      const answer = await openai.chat.completions.create(request);
      const got = recording.stream ? await gatherChat(answer) : fromMessage(answer);
      const wanted = read(recording);
      assert.equal(got.text, wanted.text);
      assert.equal(got.reasoning, wanted.reasoning);
      assert.equal(got.refusal, wanted.refusal);
      checkCalls(got.calls, wanted.calls);
      if (wanted.tokens) {
        const { prompt, completion, total } = inclusive(wanted.tokens);
        assert.deepEqual([got.usage.prompt_tokens, got.usage.completion_tokens, got.usage.total_tokens], [prompt, completion, total]);
      }
      const { body } = upstream.seen(recording.model);
      assert.equal(body.store, false);
      assert.deepEqual(body.input, [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello?' }] }]);
    });
  }

  test('encrypted reasoning comes back in its place', async () => {
    const recording = ownCase('lab', 'reasoning-1');
    upstream.serve(recording.model, recording);
    const model = `lab/${recording.model}`;
    const messages = [{ role: 'user', content: 'Hello?' }];
    const { choices: [{ message }] } = await openai.chat.completions.create({ model, messages });
    await openai.chat.completions.create({ model, messages: [...messages, message, { role: 'user', content: 'And?' }] });
    const { input } = upstream.seen(recording.model).body;
    assert.deepEqual(input.map((item) => item.type), ['message', 'reasoning', 'message', 'message']);
    assert.equal(input[1].encrypted_content, 'gAAAAABown==');
    assert.equal(input[1].id, 'rs_own1');
  });
});

describe('what only this dialect has', () => {
  const chat = () => {
    const recording = ownCase('openai', 'text-1');
    return { model: `openai/${recording.model}`, name: recording.model, recording };
  };

  test('custom tools become functions and come back', async () => {
    const { model, name } = chat();
    upstream.serve(name, {
      ...ownCase('openai', 'tool-1'),
      body: Buffer.from(JSON.stringify({
        id: 'chatcmpl-custom', object: 'chat.completion', created: 1, model: name,
        choices: [{
          index: 0, finish_reason: 'tool_calls',
          message: {
            role: 'assistant', content: null,
            tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'apply_patch', arguments: '{"input":"*** Begin\\n*** End"}' } }],
          },
        }],
      })),
    });
    const response = await openai.responses.create({
      model, input: 'Patch it.', tools: [{ type: 'custom', name: 'apply_patch', description: 'Edits files.' }],
    });
    const [call] = response.output;
    assert.deepEqual(
      [call.type, call.name, call.input, call.call_id], ['custom_tool_call', 'apply_patch', '*** Begin\n*** End', 'call_1']);
    const [tool] = upstream.seen(name).body.tools;
    assert.deepEqual(tool.function.parameters.required, ['input']);

    upstream.serve(name, chat().recording);
    await openai.responses.create({
      model, previous_response_id: response.id,
      input: [{ type: 'custom_tool_call_output', call_id: 'call_1', output: 'Done.' }],
    });
    assert.deepEqual(
      upstream.seen(name).body.messages.slice(1).map((message) => message.tool_calls?.[0].function.arguments ?? message.content),
      ['{"input":"*** Begin\\n*** End"}', 'Done.']);
  });

  test('an unknown previous response', async () => {
    const { model } = chat();
    const error = await openai.responses.create({ model, input: 'x', previous_response_id: 'resp_none' }).catch((e) => e);
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'previous_response_not_found');
    assert.equal(error.param, 'previous_response_id');
  });

  test('an unknown model', async () => {
    const error = await openai.responses.create({ model: 'nobody/knows', input: 'x' }).catch((e) => e);
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    assert.equal(error.code, 'model_not_found');
  });

  test('a request that is none', async () => {
    const { model } = chat();
    for (const request of [{ model }, { model, input: [{ role: 'robot', content: 'x' }] }, { input: 'x' }]) {
      const error = await openai.responses.create(request).catch((e) => e);
      assert.ok(error instanceof OpenAI.BadRequestError, String(error));
      assert.equal(error.type, 'invalid_request_error');
    }
  });
});

describe('in the end', () => {
  test('the server ends well and no secret is left behind', async () => {
    await gateway.stop();
  });

  test('every request has a row', async () => {
    const rows = [...(await gateway.ledger()).values()];
    assert.ok(rows.length > 40);
    assert.deepEqual([...new Set(rows.map((row) => row.dialect))].sort(), ['openai-chat', 'openai-responses']);
  });

  test('providers saw nothing they would refuse', () => {
    assert.deepEqual(upstream.complaints, []);
    const leaked = upstream.requests.filter((request) => JSON.stringify(request.headers).includes(token));
    assert.deepEqual(leaked, [], "the app's token went upstream");
  });
});
