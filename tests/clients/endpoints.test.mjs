// SPDX-License-Identifier: GPL-3.0-or-later
// What is not chat, through the openai package: embeddings, models, moderations, images, audio.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { toFile } from 'openai';

import { canary, Gateway, token } from './gateway.mjs';

// Debian 12's Node has it, but not as a global, where the package looks.
globalThis.File ??= File;

const sound = Buffer.from([0x49, 0x44, 0x33, 0x00, 0xff, 0xfb, 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x7f]);
const vector = [0.6, -0.8, 0.0016164779];
const base64 = Buffer.from(new Float32Array(vector).buffer).toString('base64');

let upstream;
let gateway;
let client;
const seen = [];

/// What the provider says to each path; `body` is parsed where it is JSON.
const answers = {
  '/v1/embeddings': (body) => ({
    object: 'list',
    data: [].concat(body.input).map((_, index) => ({
      object: 'embedding', index, embedding: body.encoding_format === 'base64' ? base64 : vector,
    })),
    model: body.model,
    usage: { prompt_tokens: 8, total_tokens: 8 },
  }),
  '/v1/moderations': () => ({ id: 'modr-1', model: 'm', results: [{ flagged: false, categories: {}, category_scores: {} }] }),
  '/v1/images/generations': () => ({
    created: 1, data: [{ b64_json: sound.toString('base64') }],
    usage: { input_tokens: 50, output_tokens: 1056, total_tokens: 1106, input_tokens_details: { text_tokens: 50, image_tokens: 0 } },
  }),
  '/v1/images/edits': () => ({ created: 2, data: [{ b64_json: 'AA==' }] }),
  '/v1/audio/speech': () => sound,
  '/v1/audio/transcriptions': () => ({ text: 'hello', usage: { type: 'tokens', input_tokens: 14, output_tokens: 45, input_token_details: { audio_tokens: 14, text_tokens: 0 } } }),
  '/v1/audio/translations': () => ({ text: 'hello' }),
};

before(async () => {
  upstream = http.createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request)
      pieces.push(piece);
    const raw = Buffer.concat(pieces);
    const isJson = request.headers['content-type'] === 'application/json';
    const body = isJson ? JSON.parse(raw) : raw.toString('latin1');
    seen.push({ path: request.url, headers: request.headers, raw, body });
    const answer = answers[request.url]?.(body);
    if (Buffer.isBuffer(answer)) {
      response.writeHead(200, { 'content-type': 'audio/mpeg' });
      for (const byte of answer)
        response.write(Buffer.from([byte]));
      response.end();
    } else {
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? { error: { message: 'no such path', type: 'x', code: null } }));
    }
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const keys = [{ env: 'PROVIDER_KEY' }];
  const url = `http://127.0.0.1:${upstream.address().port}`;
  gateway = await Gateway.start({
    providers: [
      { id: 'lab', wire: 'openai-chat', base_url: `${url}/v1`, keys, models: ['m'] },
      { id: 'talker', wire: 'anthropic', base_url: url, keys, models: ['c'] },
    ],
    routes: [{ model: 'smart', targets: ['talker/c', 'lab/m'] }],
  });
  client = gateway.client();
});
after(async () => {
  await gateway.stop();
  const rows = [...(await gateway.ledger()).values()];
  assert.ok(rows.every((row) => row.kind !== 'chat'));
  assert.ok(rows.some((row) => row.kind === 'embeddings' && row.tokens.input === 8));
  assert.ok(rows.some((row) => row.kind === 'images' && row.tokens.output === 1056));
  assert.ok(rows.some((row) => row.kind === 'audio' && row.tokens.audio_input === 14));
  gateway.remove();
  upstream.close();
  upstream.closeAllConnections();
});

const close = (numbers) => {
  assert.equal(numbers.length, vector.length);
  numbers.forEach((value, i) => assert.ok(Math.abs(value - vector[i]) < 1e-7, `${value}`));
};

test('embeddings, as the package asks by default (base64)', async () => {
  const { data, response } = await client.embeddings.create({ model: 'lab/m', input: ['a', 'b'] }).withResponse();
  assert.equal(data.data.length, 2);
  close(data.data[1].embedding);
  assert.equal(data.usage.prompt_tokens, 8);
  assert.equal(response.headers.get('x-fairlead-provider'), 'lab');
  assert.equal(seen.at(-1).body.model, 'm');
});

test('embeddings as numbers, by a route whose first target has none', async () => {
  const { data, response } = await client.embeddings
    .create({ model: 'smart', input: 'a', encoding_format: 'float' }).withResponse();
  close(data.data[0].embedding);
  assert.equal(response.headers.get('x-fairlead-attempts'), '1'); // who has none is not asked
});

test('models, listed and one', async () => {
  const ids = [];
  for await (const model of client.models.list())
    ids.push(model.id);
  assert.deepEqual(ids, ['smart', 'lab/m', 'talker/c']);
  assert.equal((await client.models.retrieve('lab/m')).owned_by, 'lab');
  await assert.rejects(client.models.retrieve('nobody/knows'), { status: 404 });
});

test('moderations', async () => {
  const answer = await client.moderations.create({ model: 'lab/m', input: 'hello' });
  assert.equal(answer.results[0].flagged, false);
});

test('images, made and edited', async () => {
  const made = await client.images.generate({ model: 'smart', prompt: 'a knot' });
  assert.equal(made.data[0].b64_json, sound.toString('base64'));
  await client.images.edit({ model: 'lab/m', prompt: 'a knot', image: await toFile(sound, 'a.png', { type: 'image/png' }) });
  const form = seen.at(-1);
  assert.match(form.headers['content-type'], /^multipart\/form-data/);
  assert.ok(form.raw.includes(sound), 'the file arrives as it was');
  assert.match(form.body, /name="model"\r\n\r\nm\r\n/);
});

test('speech comes as the bytes it is', async () => {
  const response = await client.audio.speech.create({ model: 'lab/m', voice: 'alloy', input: 'Hi' });
  assert.equal(response.headers.get('content-type'), 'audio/mpeg');
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), sound);
});

test('transcriptions and translations', async () => {
  const file = await toFile(sound, 'a.mp3', { type: 'audio/mpeg' });
  assert.equal((await client.audio.transcriptions.create({ model: 'lab/m', file })).text, 'hello');
  assert.equal((await client.audio.translations.create({ model: 'lab/m', file })).text, 'hello');
  assert.ok(seen.at(-1).raw.includes(sound));
});

test('a target that cannot says so', async () => {
  await assert.rejects(
    client.moderations.create({ model: 'talker/c', input: 'x' }),
    (error) => error.status === 400 && /cannot serve moderations/.test(error.message));
});

test('a websocket is refused at once; hello needs no key; any key header is good', async () => {
  const upgrade = await new Promise((resolve, reject) => {
    http.get(`${gateway.url}/v1/responses`, {
      headers: {
        connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', authorization: `Bearer ${token}`,
      },
    }, resolve).on('error', reject);
  });
  assert.equal(upgrade.statusCode, 426);
  upgrade.resume();
  assert.equal((await fetch(`${gateway.url}/api/hello`, { method: 'HEAD' })).status, 200);
  for (const headers of [{ 'x-api-key': token }, { 'api-key': token }, { 'x-goog-api-key': token }])
    assert.equal((await fetch(`${gateway.url}/v1/models`, { headers })).status, 200);
  assert.equal((await fetch(`${gateway.url}/v1beta/models?key=${token}`)).status, 200);
  assert.ok(!seen.some((request) => JSON.stringify(request.headers).includes(token)));
  assert.ok(seen.every((request) => request.headers.authorization === `Bearer ${canary}`));
});
