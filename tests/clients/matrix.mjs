// SPDX-License-Identifier: GPL-3.0-or-later
// What every client package must find true, whatever dialect the provider behind the proxy speaks. A suite brings the
// package in the shape of `Client`; its own peculiarities stay in its own file.
//
// Client: {
//   dialect                      what the package speaks
//   connect({ url, token, fetch })
//   async ask(question, onText)  an answer, or throws what the package's user would get
//   failure(error)               { status, message, retryAfter, id } of an error, its class checked; an id of null
//                                is one the package does not show
//   lacks: []                    what the dialect or package has no place for: reasoning, forced, schema, pdf, stop, refusal
//   forces                       "*" where the dialect can force a tool, but not name it
//   skips(recording)             what the package cannot be told
//   resultSent(result)           what it makes of the content of a tool's result
//   hidesRefusals                where its user is not shown them at all
//   refusalEnds                  the finish of an answer that refuses: "stop" unless said
//   signs: []                    dialects whose signatures must come back in the next turn
// }
// question: { model, stream, turns, system, maxTokens, stop, tools, forced, schema, think, signal }
//   turns: [{ user, image, pdf }, { answer }, { results: [{ id, name, content }] }]
// answer: { text, reasoning, refusal, calls: [{ id, name, input }], finish, prompt, completion, id, ... }
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { inclusive, read } from './dialects.mjs';
import { failureOf, limited, overloadedInStream, statusFor, wordsOf } from './failures.mjs';
import { canary, Gateway, providersAt, token } from './gateway.mjs';
import { places } from './places.mjs';
import { families, isAnswer, opening, ownCase, recordingsFrom } from './recordings.mjs';
import { ReplayUpstream, send } from './upstream.mjs';

export const hello = [{ user: 'What does the recording say?' }];
export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const pdf = 'JVBERi0xLjQKJSVFT0YK';
export const tools = [
  {
    name: 'get_tide', description: 'Height of the tide.',
    schema: {
      type: 'object',
      properties: { port: { type: 'string' }, at: { type: 'string' }, datum: { type: 'string', enum: ['lat', 'msl'] } },
      required: ['port', 'at'],
    },
  },
  { name: 'get_wind', description: 'Wind at a port.', schema: { type: 'object', properties: { port: { type: 'string' } } } },
];
export const forecast = {
  type: 'object',
  properties: {
    zone: { type: 'string' }, beaufort: { type: 'integer' }, areas: { type: 'array', items: { type: 'string' } },
    'a first by alphabet': { type: 'string' },
  },
  required: ['zone', 'beaufort', 'areas', 'a first by alphabet'],
  additionalProperties: false,
};

/// Infinitely late if it does not come at all.
export const inTime = (happening) => Promise.race([happening, sleep(2000, Infinity, { ref: false })]);

const parsed = (calls) => calls.map((call) => ({ name: call.name, input: JSON.parse(call.arguments || '{}') }));
const bare = (calls) => calls.map(({ name, input }) => ({ name, input }));

/// The proxy between a client and the replaying provider, and what its ledger must say in the end.
export class Stage {
  #booked = [];
  #allowed = [];
  /// The headers of the newest answer, by test.
  #newest = new AsyncLocalStorage();

  async open(config = {}) {
    this.upstream = await ReplayUpstream.start(canary);
    this.gateway = await Gateway.start({ providers: providersAt(this.upstream), ...config });
  }

  async close() {
    this.gateway.remove();
    await this.upstream.stop();
  }

  /// For packages that let one in: keeps the headers of the newest answer.
  fetch = async (...request) => {
    const response = await fetch(...request);
    const newest = this.#newest.getStore();
    if (newest)
      newest.headers = response.headers;
    return response;
  };

  /// A test with headers of its own, whatever runs beside it.
  test(name, run) {
    test(name, () => this.#newest.run({}, run));
  }

  lastHeader(name) {
    return this.#newest.getStore().headers?.get(name);
  }

  serve(recording, model = recording.model) {
    this.upstream.serve(model, recording);
    return { model: `${recording.provider}/${model}`, wanted: read(recording), seen: () => this.upstream.seen(model) };
  }

  use(provider, behaviour) {
    return this.serve(ownCase(provider, behaviour));
  }

  /// The row of the newest request, or of the one with that id.
  book(row, about, id = this.lastHeader('x-fairlead-request-id')) {
    assert.match(id ?? '', /^req_/, `${about}: no request id`);
    this.#booked.push([id, row, about]);
  }

  /// A complaint of the provider that is to be expected.
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /// The last tests of a suite.
  checkInTheEnd() {
    describe('in the end', () => {
      test('the server ends well and no secret is left behind', async () => {
        await this.gateway.stop();
      });

      test('the ledger has every request', async () => {
        const rows = await this.gateway.ledger();
        assert.ok(this.#booked.length > 0);
        for (const [id, wanted, about] of this.#booked) {
          const row = rows.get(id);
          assert.ok(row, `${about} has no row`);
          const got = Object.fromEntries(Object.keys(wanted).map((key) => [key, row[key]]));
          assert.deepEqual({ about, ...got }, { about, ...wanted });
        }
      });

      test('providers saw nothing they would refuse', () => {
        const complaints = this.upstream.complaints.filter((one) => !this.#allowed.some((pattern) => pattern.test(one)));
        assert.deepEqual(complaints, []);
        const leaked = this.upstream.requests.filter((request) => JSON.stringify(request.headers).includes(token));
        assert.deepEqual(leaked, [], "the app's token went upstream");
      });
    });
  }
}

/// A stage opened before the tests of a file and closed after them.
export function stageFor(client, config) {
  const stage = new Stage();
  before(async () => {
    await stage.open(config);
    client.connect({ url: stage.gateway.url, token, fetch: stage.fetch });
  });
  after(() => stage.close());
  return stage;
}

export function replayEverything(stage, client) {
  for (const { provider } of families) {
    describe(`replay ${provider}`, () => {
      for (const recording of recordingsFrom(provider)) {
        if (!isAnswer(recording) || client.skips?.(recording))
          continue;
        stage.test(recording.name, () => replay(stage, client, recording));
      }
    });
  }
}

export async function replay(stage, client, recording) {
  const { model, wanted, seen } = stage.serve(recording);
  const got = await client.ask({ model, turns: hello, stream: recording.stream });
  assert.equal(seen().stream, recording.stream);
  stage.book({ status: 'ok', provider: recording.provider }, recording.name, got.id);
  const lacks = new Set(client.lacks);
  // Where the dialect has no place for a refusal, it is text.
  assert.equal(got.text, wanted.text + (lacks.has('refusal') && !client.hidesRefusals ? wanted.refusal : ''));
  if (!lacks.has('refusal'))
    assert.equal(got.refusal, wanted.refusal);
  if (!lacks.has('reasoning'))
    assert.equal(got.reasoning, wanted.reasoning);
  assert.deepEqual(got.calls.map((call) => call.name), wanted.calls.map((call) => call.name));
  if (recording.dialect === client.dialect) // bytes that passed as they came
    return got;
  assert.deepEqual(bare(got.calls), parsed(wanted.calls));
  assert.equal(new Set(got.calls.map((call) => call.id)).size, got.calls.length, 'ids of tool calls must differ');
  assert.equal(got.finish, finishOf(wanted, client));
  if (wanted.tokens && wanted.tokens.input !== undefined) {
    const { prompt, completion } = inclusive(wanted.tokens);
    assert.deepEqual([got.prompt, got.completion], [prompt, completion]);
  }
  return got;
}

function finishOf({ finish, refusal, calls }, { refusalEnds = 'stop' }) {
  if (refusal)
    return finish === 'content_filter' ? finish : refusalEnds;
  return calls.length > 0 && finish !== 'length' ? 'tool_calls' : finish ?? 'stop';
}

export function askEverybody(stage, client) {
  for (const { provider, dialect } of families)
    describe(`ask ${provider}`, () => askOne(stage, client, provider, dialect));
}

function askOne(stage, client, provider, dialect) {
  const place = places[dialect];
  const lacks = new Set(client.lacks);
  const use = (behaviour) => stage.use(provider, behaviour);
  const ask = (question, onText) => client.ask({ turns: hello, ...question }, onText);

  stage.test('a system prompt and limits', async () => {
    const { model, seen } = use('text-1');
    await ask({ model, system: 'Answer as a pilot book.', maxTokens: 321, stop: ['END'] });
    assert.equal(place.system(seen().body), 'Answer as a pilot book.');
    const [most, stop] = place.limits(seen().body);
    assert.equal(most, 321);
    if (!lacks.has('stop') && dialect !== 'openai-responses')
      assert.deepEqual([stop].flat(), ['END']);
  });

  if (!lacks.has('forced')) {
    stage.test('a tool it must use', async () => {
      const { model, seen, wanted } = use('tool-1');
      const got = await ask({ model, tools, forced: 'get_tide' });
      assert.deepEqual(bare(got.calls), parsed(wanted.calls));
      const wish = dialect === client.dialect || dialect === 'cohere' ? 'get_tide' : client.forces ?? 'get_tide';
      assert.equal(place.forced(seen().body), dialect === 'ollama' ? undefined : wish);
    });
  }

  for (const stream of [false, true]) {
    stage.test(`tools, called in parallel, and their results${stream ? ' (stream)' : ''}`, async () => {
      const recording = ownCase(provider, stream ? 'stream-parallel-tools-1' : 'parallel-tools-1');
      const { model, seen, wanted } = stage.serve(recording);
      const first = await ask({ model, tools, stream });
      assert.equal(first.finish, 'tool_calls');
      assert.equal(first.text, wanted.text);
      assert.deepEqual(bare(first.calls), parsed(wanted.calls));
      const [name, schema] = place.tools(seen().body)[0];
      assert.equal(name, 'get_tide');
      assert.equal(JSON.stringify(schema.properties), JSON.stringify(tools[0].schema.properties), 'the order of keys');

      use(stream ? 'stream-text-1' : 'text-1');
      const results = first.calls.map(({ id, name: called }, index) => ({
        id, name: called, content: JSON.stringify({ answer: index, 'höhe': '4.2 m' }),
      }));
      const second = await ask({ model, tools, stream, turns: [...hello, { answer: first }, { results }] });
      assert.equal(second.finish, 'stop');
      assert.equal(second.text, read(ownCase(provider, 'text-1')).text);
      const arrived = place.results(seen().body);
      assert.deepEqual(arrived.map(([, content]) => content), results.map(client.resultSent ?? (({ content }) => content)));
      const ids = arrived.map(([id]) => id);
      assert.deepEqual(ids, place.calls(seen().body), 'each result names its call');
      if (client.signs?.includes(dialect))
        checkSignature(recording, seen().raw);
    });
  }

  if (!lacks.has('schema')) {
    stage.test('structured output', async () => {
      const { model, seen, wanted } = use('structured-1');
      const got = await ask({ model, schema: forecast });
      assert.equal(got.text, wanted.text);
      assert.deepEqual(Object.keys(place.schema(seen().body).properties), Object.keys(forecast.properties));
      assert.deepEqual(place.schema(seen().body).required, forecast.required);
    });
  }

  stage.test('an image', async () => {
    const { model, seen, wanted } = use('text-1');
    const got = await ask({ model, turns: [{ user: 'Whose flag is this?', image: pixel }] });
    assert.equal(got.text, wanted.text);
    const [arrived, ...more] = place.media(seen().body);
    assert.deepEqual([withoutDetail(arrived), more], [place.image(pixel), []]);
  });

  if (!lacks.has('pdf') && place.pdf) {
    stage.test('a PDF', async () => {
      const { model, seen } = use('text-1');
      await ask({ model, turns: [{ user: 'What does it show?', pdf }] });
      const [arrived] = place.media(seen().body);
      assert.deepEqual(unnamed(arrived), unnamed(place.pdf(pdf)));
    });
  }

  if (!lacks.has('reasoning')) {
    stage.test('reasoning, and back to whoever reasoned', async () => {
      const recording = ownCase(provider, 'stream-reasoning-1');
      const { model, seen, wanted } = stage.serve(recording);
      const got = await ask({ model, stream: true, think: true, maxTokens: 4096 });
      assert.equal(got.reasoning, wanted.reasoning);
      assert.equal(got.text, wanted.text);
      assert.ok(place.thinks(seen().body), 'nobody asked it to think');
      stage.upstream.serve(recording.model, ownCase(provider, 'text-1'));
      await ask({ model, turns: [...hello, { answer: got }, { user: 'And?' }] });
      if (client.signs?.includes(dialect))
        checkSignature(recording, seen().raw);
    });
  }

  stage.test('the client leaves in the middle of a stream', async () => {
    const closed = new Promise((resolve) => {
      stage.upstream.serve('endless', (request, response) => {
        response.once('close', () => resolve(performance.now()));
        response.writeHead(200, ownCase(provider, 'stream-text-1').headers);
        response.write(opening(provider));
      });
    });
    const patience = new AbortController();
    let aborted;
    await ask({ model: `${provider}/endless`, stream: true, signal: patience.signal }, () => {
      aborted ??= performance.now();
      patience.abort();
    }).catch(() => {});
    assert.ok(aborted, 'no text came before the end');
    const took = await inTime(closed) - aborted;
    assert.ok(took < 1000, `the upstream still wrote ${took} ms after the client had gone`);
  });

  const breaks = {
    'is cut': (response) => response.end(),
    'is reset': (response, socket) => socket.resetAndDestroy(),
    'tells an error': (response) => response.end(overloadedInStream[dialect]),
  };
  for (const [name, breakIt] of Object.entries(breaks)) {
    stage.test(`a stream that ${name}`, async () => {
      const model = `broken-${name.replaceAll(' ', '-')}`;
      // A package may throw away what it has not handed on yet when its connection breaks.
      let hear;
      const heard = new Promise((resolve) => { hear = resolve; });
      stage.upstream.serve(model, async (request, response) => {
        response.writeHead(200, ownCase(provider, 'stream-text-1').headers);
        await send(response, opening(provider));
        await inTime(heard);
        breakIt(response, request.socket);
      });
      let said = '';
      let id;
      const error = await failureOf(() => ask({ model: `${provider}/${model}`, stream: true }, (text, answer) => {
        said += text;
        id = answer?.id;
        hear();
      }));
      assert.ok(error.message.length > 5, error.stack);
      assert.ok(!error.message.includes(canary));
      const whole = read(ownCase(provider, 'stream-text-1')).text;
      assert.ok(said.length > 0 && whole.startsWith(said) && said !== whole, `"${said}"`);
      stage.book({ status: 'incomplete', http_status: 200 }, `${provider}: ${name}`, id);
    });
  }
}

/// The signature a provider gave must be in the next request, to the letter.
function checkSignature(recording, raw) {
  const given = /"(?:signature|thoughtSignature|encrypted_content)" ?: ?"([^"]{4,})"/.exec(recording.body.toString('latin1'));
  if (given)
    assert.ok(raw.includes(given[1]), 'the signature must come back');
}

function withoutDetail(part) {
  if (typeof part === 'string')
    return part;
  const { detail, ...rest } = part;
  return rest.image_url?.detail === undefined ? rest : { ...rest, image_url: { url: rest.image_url.url } };
}

/// Names of documents differ by dialect.
const unnamed = (part) => JSON.parse(JSON.stringify(part, (key, value) => (/^(filename|title|name)$/.test(key) ? undefined : value)));

export function beRefusedByEverybody(stage, client) {
  for (const { provider, dialect } of families) {
    describe(`refusals of ${provider}`, { concurrency: 20 }, () => {
      const refusals = recordingsFrom(provider).filter((recording) => recording.status >= 400);
      for (const [index, recording] of refusals.entries()) {
        stage.test(recording.name, async () => {
          for (const stream of [false, true]) {
            const model = `refusal-${index}-${stream}`;
            stage.upstream.serve(model, recording);
            const error = await failureOf(() => client.ask({ model: `${provider}/${model}`, turns: hello, stream }));
            const { status, message, retryAfter, id } = client.failure(error);
            const expected = statusFor(recording, client.dialect);
            assert.equal(status, expected, message);
            assert.ok(message.includes(wordsOf(recording)), `${message} lacks: ${wordsOf(recording)}`);
            assert.ok(!message.includes(canary) && !JSON.stringify(error).includes(canary));
            if (retryAfter !== undefined && recording.headers['retry-after'])
              assert.equal(retryAfter, recording.headers['retry-after']);
            if (id !== null)
              stage.book({ status: 'failed', http_status: expected }, recording.name, id);
          }
        });
      }

      stage.test('come back later', async () => {
        stage.upstream.serve(`busy-${dialect}`, (request, response) => response
          .writeHead(429, { 'content-type': 'application/json', 'retry-after': '30' }).end(JSON.stringify(limited[dialect])));
        const error = await failureOf(() => client.ask({ model: `${provider}/busy-${dialect}`, turns: hello }));
        const { status, message, retryAfter } = client.failure(error);
        assert.equal(status, 429);
        assert.ok(message.includes('Too many requests.'), message);
        if (retryAfter !== undefined)
          assert.equal(retryAfter, '30');
      });
    });
  }

  describe('refused at the door', () => {
    test('a model nobody has', async () => {
      const { status, message } = client.failure(await failureOf(() => client.ask({ model: 'nobody/knows', turns: hello })));
      assert.ok([400, 404].includes(status), `${status}`);
      assert.match(message, /nobody/);
    });

    test('a token of nobody', async () => {
      const before = stage.upstream.requests.length;
      client.connect({ url: stage.gateway.url, token: 'sk-somebody-else', fetch: stage.fetch });
      const error = await failureOf(() => client.ask({ model: 'openai/x', turns: hello }));
      client.connect({ url: stage.gateway.url, token, fetch: stage.fetch });
      assert.equal(client.failure(error).status, 401);
      assert.equal(stage.upstream.requests.length, before);
    });
  });
}

/// All of it; what a suite adds comes before the end.
export function matrix(client, more = () => {}) {
  const stage = stageFor(client);
  replayEverything(stage, client);
  askEverybody(stage, client);
  beRefusedByEverybody(stage, client);
  more(stage);
  stage.checkInTheEnd();
}
