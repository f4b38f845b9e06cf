// SPDX-License-Identifier: GPL-3.0-or-later
// What coding agents and chat tools rely on beside their libraries, asked as they ask it, without a library.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';

import { eventData, read } from './dialects.mjs';
import { overloadedInStream } from './failures.mjs';
import { canary, Gateway, providersAt, token } from './gateway.mjs';
import { opening, ownCase } from './recordings.mjs';
import { ReplayUpstream, send } from './upstream.mjs';

let upstream;
let gateway;

before(async () => {
  upstream = await ReplayUpstream.start(canary);
  gateway = await Gateway.start({
    providers: providersAt(upstream), routes: [{ model: 'smart', targets: ['openai/gpt-4o-mini-2024-07-18'] }],
  });
});
after(async () => {
  await gateway.stop();
  gateway.remove();
  assert.deepEqual(upstream.complaints, []);
  await upstream.stop();
});

const bearer = { authorization: `Bearer ${token}` };
const post = (path, body, headers = bearer) => fetch(`${gateway.url}${path}`, {
  method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers },
});
const get = (path, headers = bearer) => fetch(`${gateway.url}${path}`, { headers });

function use(provider, behaviour) {
  const recording = ownCase(provider, behaviour);
  upstream.serve(recording.model, recording);
  return { model: `${provider}/${recording.model}`, wanted: read(recording), seen: () => upstream.seen(recording.model).body };
}

/// The doors for chats: where, and a body that says hello.
const hello = [{ role: 'user', content: 'Hello?' }];
const doors = {
  'openai-chat': (model, stream) => ['/v1/chat/completions', { model, stream, messages: hello }],
  'openai-responses': (model, stream) => ['/v1/responses', { model, stream, input: 'Hello?' }],
  anthropic: (model, stream) => ['/v1/messages?beta=true', { model, stream, max_tokens: 9, messages: hello }],
  gemini: (model, stream) => [
    `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`, { contents: [{ role: 'user', parts: [{ text: 'Hello?' }] }] },
  ],
  ollama: (model, stream) => ['/api/chat', { model, stream, messages: hello }],
  cohere: (model, stream) => ['/v2/chat', { model, stream, messages: hello }],
};

describe('doors', () => {
  test('Gemini under /v1 and /v1beta, Ollama, counts', async () => {
    const { model } = use('openai', 'text-1');
    const contents = [{ parts: [{ text: 'Hello?' }] }];
    for (const version of ['v1', 'v1beta']) {
      assert.equal((await post(`/${version}/models/${model}:generateContent`, { contents })).status, 200);
      assert.equal((await post(`/${version}/models/${model}:countTokens`, { contents })).status, 200);
    }
    use('openai', 'stream-text-1');
    for (const version of ['v1', 'v1beta'])
      assert.equal((await post(`/${version}/models/${model}:streamGenerateContent?alt=sse`, { contents })).status, 200);
    for (const path of ['/api/tags', '/api/version', '/api/ps', '/v1/models', '/v1/models/smart', '/v1beta/models'])
      assert.equal((await get(path)).status, 200, path);
    assert.equal((await post('/api/show', { model: 'smart' })).status, 200);
    assert.equal((await post('/v1/messages/count_tokens?beta=true', { model, messages: hello })).status, 200);
    assert.equal((await post('/v1/responses/input_tokens', { model, input: 'Hello?' })).status, 200);
    for (const path of ['/', '/api/hello'])
      assert.equal((await fetch(`${gateway.url}${path}`, { method: 'HEAD' })).status, 200, path);
  });

  test('models in three shapes, by which header is there', async () => {
    const anthropic = await (await get('/v1/models?limit=1000', { ...bearer, 'anthropic-version': 'of tomorrow' })).json();
    assert.ok(anthropic.data.every(({ type }) => type === 'model') && anthropic.has_more === false);
    const gemini = await (await get('/v1/models', { 'x-goog-api-key': token })).json();
    assert.ok(gemini.models.every(({ name }) => name.startsWith('models/')));
    const openai = await (await get('/v1/models')).json();
    assert.deepEqual([openai.object, openai.data[0].object], ['list', 'model']);
  });

  for (const [dialect, door] of Object.entries(doors)) {
    test(`any key header for ${dialect}, and no stream`, async () => {
      const { model } = use('openai', 'text-1');
      const [path, body] = door(model, false);
      for (const headers of [bearer, { 'x-api-key': token }, { 'x-goog-api-key': token }, { 'api-key': token }])
        assert.equal((await post(path, body, headers)).status, 200, JSON.stringify(headers));
      assert.equal((await post(`${path}${path.includes('?') ? '&' : '?'}key=${token}`, body, {})).status, 200);
      assert.equal((await post(path, body, {})).status, 401);
      assert.ok(!JSON.stringify(upstream.seen().headers).includes(token) && !upstream.seen().url.search.includes(token));
    });
  }
});

test('a websocket is refused at once, on any path', async () => {
  for (const path of ['/v1/responses', '/responses']) {
    const response = await new Promise((resolve, reject) => http.get(`${gateway.url}${path}`, {
      headers: {
        ...bearer, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'openai-beta': 'responses_websockets=2026-02-06',
      },
    }, resolve).on('error', reject));
    response.resume();
    assert.equal(response.statusCode, 426);
  }
});

test('halves of a character in two deltas', async () => {
  const chunk = (delta, finish = null) =>
    `data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":${delta},"finish_reason":${finish}}]}\n\n`;
  upstream.serve('halves', async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await send(response, chunk('{"role":"assistant","content":"a\\ud83d"}') + chunk('{"content":"\\ude00b"}') + chunk('{}', '"stop"') + 'data: [DONE]\n\n');
    response.end();
  });
  for (const [dialect, door] of Object.entries(doors)) {
    if (dialect === 'openai-chat') // bytes that pass as they came
      continue;
    const text = await (await post(...door('openai/halves', true))).text();
    const said = text.match(/"(?:text|content|delta)":"([^"]*)"/g).join('');
    assert.ok(said.includes('😀') && !said.includes('\ufffd') && !/\\ud83d/i.test(said), `${dialect}: ${text}`);
  }
});

describe('what agents send', () => {
  test('Claude Code, to a provider of another dialect', async () => {
    const { model, seen } = use('openai', 'text-1');
    const response = await post('/v1/messages?beta=true', {
      model, max_tokens: 32000,
      system: [{ type: 'text', text: 'x-anthropic-billing-header: cc_version=2' }, { type: 'text', text: 'You are an agent.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: 'Hello?' }, { role: 'system', content: 'Mind the budget.' },
        { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }, { type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'of a file' }] }] },
      ],
      tools: [
        { name: 'Read', description: 'Reads.', input_schema: { $schema: 'x', type: 'object', properties: {}, additionalProperties: false } },
        { name: 'DeferredToolPlaceholder', description: '', input_schema: { type: 'object' }, defer_loading: true },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
      metadata: { user_id: '{"device":1}' }, thinking: { type: 'adaptive', display: 'updates' },
      context_management: { edits: [{ type: 'clear_thinking_20251015' }] }, output_config: { effort: 'high' },
      safeguards: [{ type: 'dangerous_tool_use' }],
    }, { ...bearer, 'anthropic-version': '2026-10-21', 'anthropic-beta': 'claude-code-20250219,effort-2025-11-24' });
    assert.equal(response.status, 200, await response.clone().text());
    const roles = seen().messages.map(({ role }) => role.replace('developer', 'system'));
    assert.deepEqual(roles, ['system', 'user', 'system', 'assistant', 'tool']);
    const losses = response.headers.get('x-fairlead-losses');
    for (const field of ['context_management', 'safeguards'])
      assert.ok(losses.includes(field), losses);
  });

  test('Codex: developer, namespaces, additional tools, custom tools, no parameters', async () => {
    const { model } = use('anthropic', 'text-1');
    const answer = { ...ownCase('anthropic', 'tool-1') };
    const said = JSON.parse(answer.body);
    const name = model.slice('anthropic/'.length);
    let sent;
    upstream.serve(name, async (request, response, seen) => {
      sent = seen.body;
      const wanted = seen.body.tools.find((tool) => /wait/.test(tool.name)) ?? seen.body.tools[0];
      said.content = [
        { type: 'tool_use', id: 'toolu_1', name: wanted.name, input: {} },
        { type: 'tool_use', id: 'toolu_2', name: seen.body.tools.find((tool) => tool.name.includes('apply_patch')).name, input: { input: '*** Begin' } },
      ];
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    });
    const wait = { type: 'function', name: 'wait', description: 'Waits.', parameters: { type: 'object', properties: {} } };
    const response = await post('/v1/responses', {
      model, store: false, include: ['reasoning.encrypted_content'], prompt_cache_key: 'k', client_metadata: { a: '1' }, service_tier: 'priority',
      reasoning: { effort: 'high', context: 'all_turns' }, text: { verbosity: 'low' }, truncation: 'auto', parallel_tool_calls: true, tool_choice: 'auto',
      input: [
        { type: 'additional_tools', role: 'developer', tools: [{ type: 'namespace', name: 'multi_agent_v1', description: 'd', tools: [wait] }] },
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be an agent.' }] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Patch it.' }] },
        { type: 'custom_tool_call', call_id: 'c0', name: 'apply_patch', input: '*** Old' },
        { type: 'custom_tool_call_output', call_id: 'c0', output: 'Done.' },
      ],
      tools: [
        { type: 'custom', name: 'apply_patch', description: 'Edits.', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
        { type: 'function', name: 'bare' },
        { type: 'web_search', external_web_access: true }, { type: 'tool_search', execution: 'client' },
      ],
    });
    const body = await response.json();
    assert.equal(response.status, 200, JSON.stringify(body));
    assert.ok(JSON.stringify(sent.system ?? sent.messages).includes('Be an agent.'));
    assert.deepEqual(sent.messages.at(-1).content[0].type, 'tool_result');
    const [called, custom] = body.output;
    assert.deepEqual([called.type, called.name, called.namespace], ['function_call', 'wait', 'multi_agent_v1']);
    assert.deepEqual([custom.type, custom.name, custom.input], ['custom_tool_call', 'apply_patch', '*** Begin']);
  });
});

describe('streams', () => {
  for (const [dialect, door] of Object.entries(doors)) {
    test(`${dialect}: plain and unbuffered, with what its clients need`, async () => {
      const { model } = use('anthropic', 'stream-reasoning-1');
      const response = await post(...door(model, true), { ...bearer, 'accept-encoding': 'gzip, br' });
      assert.equal(response.headers.get('content-encoding'), null);
      const text = await response.text();
      const events = dialect === 'ollama' ? text.trim().split('\n').map((line) => JSON.parse(line))
        : eventData(text).filter((data) => data !== '[DONE]').map((data) => JSON.parse(data));
      const types = events.map((event) => event.type);
      ({
        'openai-chat': () => assert.equal(events[0].choices[0].delta.role, 'assistant'),
        'openai-responses': () => assert.ok(types.includes('response.output_item.done') && types.at(-1) === 'response.completed'),
        anthropic: () => assert.ok(events[0].message.usage && events.at(-2).usage && /^event: message_start/m.test(text)),
        gemini: () => assert.ok(events.at(-1).candidates[0].finishReason && events.at(-1).usageMetadata && !/^:|^data:\S/m.test(text)),
        ollama: () => assert.ok(events.at(-1).done && !text.includes('\n\n')),
        cohere: () => assert.deepEqual([types[0], types.at(-1)], ['message-start', 'message-end']),
      })[dialect]();
    });

    test(`${dialect}: how it tells of a failure in the middle`, async () => {
      upstream.serve('failing', async (request, response) => {
        response.writeHead(200, ownCase('anthropic', 'stream-text-1').headers);
        await send(response, opening('anthropic'));
        response.end(overloadedInStream.anthropic);
      });
      const [path, body] = door('anthropic/failing', true);
      let text = '';
      let cut = false;
      try {
        const response = await post(path, body);
        for await (const piece of response.body)
          text += Buffer.from(piece).toString('utf8');
      } catch {
        cut = true;
      }
      assert.equal(cut, dialect === 'gemini', 'Gemini is cut off, nobody else');
      assert.match(text, {
        'openai-chat': /data: ?\{"error":/, 'openai-responses': /"type":"response\.failed"/, anthropic: /event: error\n/, gemini: /./,
        ollama: /^\{"error":/m, cohere: /"finish_reason":"ERROR"/,
      }[dialect]);
      assert.doesNotMatch(text, /"finish_reason":"stop"|response\.completed|message_stop|"finishReason":"STOP"|"done":true|"COMPLETE"/);
    });
  }
});

describe('errors', () => {
  const refusing = (status, error, headers = {}) => (request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ error }));
  const tooLong = {
    message: "This model's maximum context length is 128000 tokens. However, your messages resulted in 130123 tokens.",
    type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded',
  };

  test('a context that is too long is recognised everywhere', async () => {
    upstream.serve('small', refusing(400, tooLong));
    const { error: anthropic } = await (await post(...doors.anthropic('openai/small', false))).json();
    assert.match(anthropic.message, /prompt is too long: 130123 tokens > 128000 maximum/);
    const { error: responses } = await (await post(...doors['openai-responses']('openai/small', false))).json();
    assert.equal(responses.code, 'context_length_exceeded');
  });

  // A body that is too large (413) is a context that is too long in these dialects, which have 400 for that.
  for (const status of [400, 401, 404, 413, 429, 500, 503]) {
    test(`${status} in each dialect's shape`, async () => {
      upstream.serve('refusing', refusing(status, { message: 'Not today.', type: 'some_error', param: null, code: null }, { 'retry-after': '20' }));
      for (const [dialect, door] of Object.entries(doors)) {
        const response = await post(...door('openai/refusing', true));
        const told = { 503: dialect === 'anthropic' ? 529 : 503, 404: dialect === 'openai-responses' ? 400 : 404, 413: 400 }[status] ?? status;
        assert.equal(response.status, told, dialect);
        const body = await response.json();
        const { message } = typeof body.error === 'string' ? { message: body.error } : body.error ?? body;
        assert.match(message, /Not today\./, dialect);
        if (status === 429)
          assert.equal(response.headers.get('retry-after'), '20', dialect);
      }
    });
  }
});

describe('loads', () => {
  test('25 counts at a time', async () => {
    const counted = await Promise.all(Array.from({ length: 25 }, async () =>
      (await post('/v1/messages/count_tokens?beta=true', { model: 'openai/x', messages: [{ role: 'user', content: 'foo' }] })).status));
    assert.deepEqual(new Set(counted), new Set([200]));
  });

  test('a body in chunks after 100-continue', async () => {
    const { model, wanted } = use('openai', 'text-1');
    const request = http.request(`${gateway.url}/v1/chat/completions`, {
      method: 'POST', headers: { ...bearer, 'content-type': 'application/json', expect: '100-continue', 'transfer-encoding': 'chunked' },
    });
    request.flushHeaders();
    await new Promise((resolve) => { request.once('continue', resolve); });
    const body = JSON.stringify(doors['openai-chat'](model, false)[1]);
    request.write(body.slice(0, 10));
    request.end(body.slice(10));
    const response = await new Promise((resolve, reject) => request.once('response', resolve).once('error', reject));
    let text = '';
    for await (const piece of response)
      text += piece;
    assert.equal(JSON.parse(text).choices[0].message.content, wanted.text);
  });
});

test('who may come without a key', async () => {
  const open = await Gateway.start({ server: { auth: 'none' }, providers: providersAt(upstream) });
  const { model } = use('openai', 'text-1');
  for (const door of Object.values(doors)) {
    const [path, body] = door(model, false);
    const response = await fetch(`${open.url}${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    assert.equal(response.status, 200, `${path}: ${await response.text()}`);
  }
  await open.stop();
  open.remove();
});
