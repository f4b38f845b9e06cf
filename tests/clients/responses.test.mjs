// SPDX-License-Identifier: GPL-3.0-or-later
// The openai package's Responses API against every family of providers: whatever the provider speaks, the client gets
// whole Response objects, the full sequence of events, and a memory.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import OpenAI from 'openai';

import { countEverywhere } from './beside.mjs';
import { eventData, inclusive, read, readResponse } from './dialects.mjs';
import { token } from './gateway.mjs';
import { askEverybody, beRefusedByEverybody, hello, replay, stageFor, tools } from './matrix.mjs';
import { places } from './places.mjs';
import { families, isAnswer, opening, ownCase, recordingsFrom } from './recordings.mjs';
import { send } from './upstream.mjs';

let openai;

function itemsOf(turn) {
  if (turn.results)
    return turn.results.map(({ id, content }) => ({ type: 'function_call_output', call_id: id, output: content }));
  if (turn.answer)
    return turn.answer.response.output;
  const media = [
    turn.image && { type: 'input_image', image_url: `data:image/png;base64,${turn.image}`, detail: 'auto' },
    turn.pdf && { type: 'input_file', filename: 'Chart', file_data: `data:application/pdf;base64,${turn.pdf}` },
  ].filter(Boolean);
  return { role: 'user', content: media.length > 0 ? [{ type: 'input_text', text: turn.user }, ...media] : turn.user };
}

const toolOf = ({ name, description, schema: parameters }) => ({ type: 'function', name, description, strict: false, parameters });

function requestOf({ model, stream, turns, system, maxTokens, tools: offered, forced, schema, think }) {
  return {
    model, stream, input: turns.flatMap(itemsOf), store: false, include: ['reasoning.encrypted_content'],
    ...(system && { instructions: system }),
    ...(maxTokens && { max_output_tokens: maxTokens }),
    ...(offered && { tools: offered.map(toolOf) }),
    ...(forced && { tool_choice: { type: 'function', name: forced } }),
    ...(schema && { text: { format: { type: 'json_schema', name: 'forecast', strict: true, schema } } }),
    ...(think && { reasoning: { effort: 'high' } }),
  };
}

/// A stream's events and the response they end in.
async function gather(stream, onText = () => {}) {
  const events = [];
  let text = '';
  for await (const event of stream) {
    events.push(event);
    if (event.type !== 'response.output_text.delta')
      continue;
    text += event.delta;
    onText(event.delta);
  }
  // A fixture holds several answers in one stream; the first is the one asked for.
  const end = events.find((event) => /^response\.(completed|incomplete|failed)$/.test(event.type));
  assert.ok(end, `a stream without end: ${events.at(-1)?.type}`);
  return { events, streamed: text, response: end.response };
}

function answerOf({ response, ...rest }) {
  const { calls, ...answer } = readResponse(response);
  return {
    ...rest, ...answer, response,
    calls: calls.map(({ id, name, arguments: text }) => ({ id, name, input: JSON.parse(text || '{}') })),
    prompt: response.usage?.input_tokens, completion: response.usage?.output_tokens,
  };
}

const client = {
  dialect: 'openai-responses',
  lacks: ['stop'],
  // Free text is no JSON.
  skips: (recording) => /"type" ?: ?"custom(_tool_call)?"/.test(recording.body.toString('utf8')),
  signs: ['anthropic', 'gemini', 'openai-responses', 'bedrock'],

  connect({ url, token: apiKey, fetch }) {
    openai = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0, fetch });
  },

  async ask(question, onText) {
    const options = { signal: question.signal };
    const create = question.schema ? openai.responses.parse : openai.responses.create;
    const said = await create.call(openai.responses, requestOf(question), options);
    return answerOf(question.stream ? await gather(said, onText) : { response: said });
  },

  failure(error) {
    assert.ok(error instanceof OpenAI.APIError, error.stack);
    return { status: error.status, message: error.message, retryAfter: error.headers.get('retry-after') };
  },
};

const stage = stageFor(client);

function checkSequence(events) {
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((event, place) => place));
  assert.deepEqual(events.slice(0, 2).map((event) => event.type), ['response.created', 'response.in_progress']);
  const added = events.filter((event) => event.type === 'response.output_item.added');
  const done = events.filter((event) => event.type === 'response.output_item.done');
  assert.deepEqual(added.map((event) => event.output_index), added.map((event, place) => place));
  assert.deepEqual(new Set(done.map((event) => event.item.id)), new Set(added.map((event) => event.item.id)));
  assert.equal(new Set(added.map((event) => event.item.id)).size, added.length);
}

for (const { provider, dialect } of families) {
  describe(`replay ${provider}`, () => {
    for (const recording of recordingsFrom(provider).filter(isAnswer)) {
      if (client.skips(recording))
        continue;
      stage.test(recording.name, async () => {
        const got = await replay(stage, client, recording);
        if (dialect === 'openai-responses')
          return;
        const wanted = read(recording);
        if (recording.stream) {
          checkSequence(got.events);
          assert.equal(got.streamed, wanted.text);
        } else {
          assert.equal(got.response.output_text, wanted.text);
        }
        if (wanted.tokens?.input !== undefined) {
          const { cached, reasoning, total } = inclusive(wanted.tokens);
          const { usage } = got.response;
          assert.deepEqual(
            [usage.input_tokens_details?.cached_tokens ?? 0, usage.output_tokens_details?.reasoning_tokens ?? 0, usage.total_tokens],
            [cached, reasoning, total]);
        }
        assert.match(got.response.id, /^resp_/);
        assert.equal(got.response.model, recording.model);
        assert.equal(got.response.object, 'response');
      });
    }
  });
}

askEverybody(stage, client);
beRefusedByEverybody(stage, client);

const words = (content) => (typeof content === 'string' ? content : content.map((part) => part.text).join(''));

for (const { provider, dialect } of families) {
  const place = places[dialect];
  const use = (behaviour) => stage.use(provider, behaviour);

  describe(`more of ${provider}`, () => {
    test('what was asked is echoed', async () => {
      const { model } = use('text-1');
      const settings = { instructions: 'Answer as a pilot book.', max_output_tokens: 321, temperature: 0.25, metadata: { voyage: '7' } };
      const response = await openai.responses.create({ model, input: 'Hello?', ...settings });
      if (dialect !== 'openai-responses')
        assert.deepEqual(Object.fromEntries(Object.keys(settings).map((name) => [name, response[name]])), settings);
    });

    test('results of tools by previous_response_id', async () => {
      const { model, seen } = use('parallel-tools-1');
      const first = answerOf({ response: await openai.responses.create({ model, input: 'How is the sea?', tools: tools.map(toolOf) }) });
      use('text-1');
      const input = first.calls.map(({ id }, index) => ({ type: 'function_call_output', call_id: id, output: JSON.stringify({ answer: index }) }));
      await openai.responses.create({ model, tools: tools.map(toolOf), previous_response_id: first.response.id, input });
      assert.deepEqual(place.results(seen().body).map(([, content]) => content), input.map(({ output }) => output));
    });

    test('previous_response_id, retrieve, input items, delete', async () => {
      const { model, wanted } = use('stream-text-1');
      const { response } = await gather(await openai.responses.create({ model, input: 'Hello?', stream: true }));
      const { seen, wanted: wantedNext } = use('text-1');
      const second = await openai.responses.create({ model, input: 'And?', previous_response_id: response.id });
      if (dialect === 'openai-responses') {
        assert.equal(seen().body.previous_response_id, response.id);
        return; // the replayed ids are all the same
      }
      const raw = seen().raw.toString('utf8');
      assert.ok(raw.includes('Hello?') && raw.includes('And?') && raw.includes(JSON.stringify(wanted.text).slice(1, -1)), raw);
      const stored = await openai.responses.retrieve(second.id);
      assert.equal(readResponse(stored).text, wantedNext.text);
      assert.equal(stored.previous_response_id, response.id);
      const items = await openai.responses.inputItems.list(second.id, { order: 'asc' });
      assert.deepEqual(items.data.map((item) => item.role), ['user', 'assistant', 'user']);
      assert.equal(words(items.data[1].content), wanted.text);
      await openai.responses.delete(second.id);
      await assert.rejects(openai.responses.retrieve(second.id), OpenAI.NotFoundError);
    });

    test('the text of numbers and the order of keys', async () => {
      const { model, seen } = use('text-1');
      const bounds = '{"type":"number","minimum":-1.50,"maximum":1E+2,"default":12345678901234567890}';
      const body = `{"model":"${model}","input":"x","tools":[{"type":"function","name":"f","parameters":`
        + `{"type":"object","properties":{"zz":${bounds},"aa":{"type":"string"}}}}]}`;
      const answer = await fetch(`${stage.gateway.url}/v1/responses`, {
        method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
      assert.equal(answer.status, 200);
      const raw = seen().raw.toString('utf8');
      for (const literal of ['-1.50', '1E+2', '12345678901234567890'])
        assert.ok(raw.includes(literal), `${literal} was rewritten: ${raw}`);
      assert.ok(raw.indexOf('"zz"') < raw.indexOf('"aa"'), raw);
      if (dialect === 'openai-responses')
        assert.equal(raw, body.replace(`${provider}/`, ''));
    });

    test("the package's own helper puts a stream together", async () => {
      const { model, wanted } = use('stream-parallel-tools-1');
      const final = answerOf({ response: await openai.responses.stream(requestOf({ model, turns: hello, tools })).finalResponse() });
      assert.equal(final.text, wanted.text);
      assert.deepEqual(final.calls.map(({ name, input }) => [name, input]), wanted.calls.map((call) => [call.name, JSON.parse(call.arguments)]));
    });

    test('how a stream that breaks ends', async () => {
      stage.upstream.serve('cut', async (request, response) => {
        response.writeHead(200, ownCase(provider, 'stream-text-1').headers);
        await send(response, opening(provider));
        response.end();
      });
      const request = { model: `${provider}/cut`, input: 'Hello?', stream: true };
      await assert.rejects(
        openai.responses.create(request).then(gather),
        (error) => error instanceof OpenAI.APIError && error.code === 'server_error');
      const answer = await fetch(`${stage.gateway.url}/v1/responses`, {
        method: 'POST', body: JSON.stringify(request),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
      const events = eventData(await answer.text()).map((data) => JSON.parse(data));
      assert.equal(events.at(-1).type, 'response.failed');
      assert.equal(events.at(-1).response.status, 'failed');
      assert.equal(events.at(-1).response.error.code, 'server_error');
      assert.ok(!events.some((event) => event.type === 'response.completed'));
    });
  });
}

describe('what only this dialect has', () => {
  const chat = () => {
    const recording = ownCase('openai', 'text-1');
    return { model: `openai/${recording.model}`, name: recording.model, recording };
  };

  test('custom tools become functions and come back', async () => {
    const { model, name } = chat();
    stage.upstream.serve(name, {
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
    const [tool] = stage.upstream.seen(name).body.tools;
    assert.deepEqual(tool.function.parameters.required, ['input']);

    stage.upstream.serve(name, chat().recording);
    await openai.responses.create({
      model, previous_response_id: response.id,
      input: [{ type: 'custom_tool_call_output', call_id: 'call_1', output: 'Done.' }],
    });
    assert.deepEqual(
      stage.upstream.seen(name).body.messages.slice(1).map((message) => message.tool_calls?.[0].function.arguments ?? message.content),
      ['{"input":"*** Begin\\n*** End"}', 'Done.']);
  });

  test('an unknown previous response', async () => {
    const { model } = chat();
    const error = await openai.responses.create({ model, input: 'x', previous_response_id: 'resp_none' }).catch((e) => e);
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'previous_response_not_found');
    assert.equal(error.param, 'previous_response_id');
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

test('tokens, counted by those who can and estimated for the others', () => countEverywhere(stage, async (model) => {
  const counted = await openai.responses.inputTokens.count({ model, input: 'Hello?' });
  assert.equal(counted.object, 'response.input_tokens');
  return counted.input_tokens;
}));

stage.checkInTheEnd();
