// SPDX-License-Identifier: GPL-3.0-or-later
// The first target of a route dies in the middle of a run: no client may notice before its first byte.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { read } from './dialects.mjs';
import { canary, Gateway } from './gateway.mjs';
import { ownCase } from './recordings.mjs';
import { ReplayUpstream } from './upstream.mjs';

const requests = 500;
const atOnce = 20;
const killAfter = 150;
/// How long the first target thinks before its first byte: at any time several requests wait for it, and those it has
/// are lost with it. A stream it had begun could not be saved, so it answers whole or with its stream in one piece.
const thinking = 15;

let first;
let second;
let gateway;

before(async () => {
  [first, second] = await Promise.all([ReplayUpstream.start(canary), ReplayUpstream.start(canary)]);
  const keys = [{ env: 'PROVIDER_KEY' }];
  gateway = await Gateway.start({
    providers: [
      { id: 'first', wire: 'openai-chat', base_url: `${first.url}/v1`, keys },
      { id: 'second', wire: 'anthropic', base_url: second.url, keys },
    ],
    routes: [{ model: 'smart', targets: ['first/model-a', 'second/model-b'] }],
  });
});
after(async () => {
  gateway.remove();
  await second.stop();
});

const answering = (provider, delay) => async (request, response, seen) => {
  const recording = ownCase(provider, seen.stream ? 'stream-text-1' : 'text-1');
  await sleep(delay);
  if (!response.destroyed)
    response.writeHead(200, recording.headers).end(recording.body);
};

async function ask(client, stream) {
  const request = { model: 'smart', stream, messages: [{ role: 'user', content: 'Who answers?' }] };
  const { data, response } = await client.chat.completions.create(request).withResponse();
  let text = '';
  if (stream)
    for await (const chunk of data)
      text += chunk.choices[0]?.delta.content ?? '';
  else
    text = data.choices[0].message.content;
  return { id: response.headers.get('x-fairlead-request-id'), by: response.headers.get('x-fairlead-provider'), text };
}

test(`${requests} requests, ${atOnce} at a time; the first target is killed after ${killAfter}`, async () => {
  first.fallback = answering('openai', thinking);
  second.fallback = answering('anthropic', 0);
  const wanted = read(ownCase('openai', 'text-1')).text;
  const client = gateway.client();
  const answers = [];
  const failures = [];
  let next = 0;

  async function worker() {
    while (next < requests) {
      const number = next++;
      try {
        answers.push(await ask(client, number % 2 === 1));
      } catch (error) {
        failures.push(`request ${number}: ${error.message}`);
      }
      if (answers.length === killAfter)
        first.kill();
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker));

  assert.deepEqual(failures, []);
  assert.equal(answers.length, requests);
  assert.ok(answers.every((answer) => answer.text === wanted));
  const byFirst = answers.filter((answer) => answer.by === 'first').length;
  assert.ok(byFirst >= killAfter && byFirst < killAfter + 2 * atOnce, `${byFirst} answers of the first target`);

  await gateway.stop();
  const rows = await gateway.ledger();
  const moved = answers.map((answer) => rows.get(answer.id)).filter((row) => row.attempts.length > 1);
  assert.ok(moved.length >= 1, 'no request was under way when the target died');
  for (const answer of answers) {
    const row = rows.get(answer.id);
    assert.equal(row.status, 'ok');
    assert.equal(row.provider, answer.by);
    const attempts = row.attempts.map(({ provider, model, failure }) => ({ provider, model, failure }));
    const lost = { provider: 'first', model: 'model-a', failure: 'connection' };
    const served = { provider: answer.by, model: answer.by === 'first' ? 'model-a' : 'model-b', failure: null };
    // A lost connection is tried once more; who is known to be down is not tried at all.
    assert.ok(attempts.length <= (answer.by === 'first' ? 1 : 3), `${attempts.length} attempts`);
    assert.deepEqual(attempts, [...Array(attempts.length - 1).fill(lost), served]);
  }
  assert.equal(rows.size, requests);
  console.log(`# ${byFirst} answered by the first target, ${moved.length} of ${requests - byFirst} moved on from it`);
  assert.deepEqual([...first.complaints, ...second.complaints], []);
});
