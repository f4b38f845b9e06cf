// SPDX-License-Identifier: GPL-3.0-or-later
// A provider that replays: one HTTP server for every dialect, which answers by the model asked for, keeps every
// request, and complains about those a real provider would refuse.
import { once } from 'node:events';
import http from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

const bearer = { key: 'authorization', shape: (key) => `Bearer ${key}` };
const plain = (key) => ({ key, shape: (value) => value });

const paths = [
  { dialect: 'openai-chat', ...bearer, pattern: /^\/v1\/(?:chat\/completions|embeddings)$/ },
  { dialect: 'openai-responses', ...bearer, pattern: /^\/v1\/responses(?:\/input_tokens)?$/ },
  { dialect: 'anthropic', ...plain('x-api-key'), pattern: /^\/v1\/messages(?:\/count_tokens)?$/ },
  { dialect: 'gemini', ...plain('x-goog-api-key'), pattern: /^\/v1beta\/models\/(?<model>[^:]+):(?<verb>\w+)$/ },
  { dialect: 'ollama', ...bearer, pattern: /^\/api\/(?:chat|generate|embed|embeddings)$/ },
  { dialect: 'cohere', ...bearer, pattern: /^\/v2\/(?:chat|embed)$/ },
  { dialect: 'bedrock', ...bearer, pattern: /^\/model\/(?<model>[^/]+)\/(?<verb>[\w-]+)$/ },
];
const streaming = { 'streamGenerateContent': true, 'converse-stream': true };
const keyHeaders = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'];

async function readBody(request) {
  const pieces = [];
  for await (const piece of request)
    pieces.push(piece);
  return Buffer.concat(pieces);
}

/// Small bodies go out byte by byte, larger ones in pieces of odd lengths: cuts fall inside characters, line ends and
/// JSON escapes.
function* awkwardPieces(body) {
  const small = body.length <= 1500;
  for (let at = 0, size = 1; at < body.length; at += size) {
    size = small ? 1 : (size * 31 + 7) % 97 + 1;
    yield body.subarray(at, at + size);
  }
}

export class ReplayUpstream {
  #answers = new Map();
  #sockets = new Set();

  constructor(key) {
    this.key = key;
    this.requests = [];
    this.complaints = [];
    this.fallback = null;
  }

  static async start(key) {
    const upstream = new ReplayUpstream(key);
    upstream.server = http.createServer((request, response) => {
      upstream.#handle(request, response).catch((error) => {
        // A client that leaves while it sends its body is part of the tests.
        if (error.code !== 'ECONNRESET')
          upstream.complaints.push(String(error.stack ?? error));
        response.destroy();
      });
    });
    upstream.server.on('connection', (socket) => {
      upstream.#sockets.add(socket);
      socket.once('close', () => upstream.#sockets.delete(socket));
    });
    upstream.server.listen(0, '127.0.0.1');
    await once(upstream.server, 'listening');
    upstream.url = `http://127.0.0.1:${upstream.server.address().port}`;
    return upstream;
  }

  /// `answer` is a recording or a function (request, response, seen).
  serve(model, answer) {
    this.#answers.set(model, answer);
  }

  /// The newest request, or the newest for that model.
  seen(model) {
    return this.requests.findLast((request) => model === undefined || request.model === model);
  }

  countFor(model) {
    return this.requests.filter((request) => request.model === model).length;
  }

  /// The machine is gone: nobody listens, and every connection breaks.
  kill() {
    this.server.close();
    for (const socket of this.#sockets)
      socket.resetAndDestroy();
  }

  async stop() {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.#sockets)
      socket.destroy();
    await closed;
  }

  async #handle(request, response) {
    const url = new URL(request.url, this.url);
    const path = paths.find((candidate) => candidate.pattern.test(url.pathname));
    const raw = await readBody(request);
    if (!path || request.method !== 'POST') {
      this.complaints.push(`unexpected ${request.method} ${request.url}`);
      response.writeHead(404).end();
      return;
    }
    const body = JSON.parse(raw.toString('utf8'));
    const match = path.pattern.exec(url.pathname).groups ?? {};
    const seen = {
      dialect: path.dialect, url, headers: request.headers, raw, body,
      model: match.model ? decodeURIComponent(match.model) : body.model,
      stream: match.verb ? streaming[match.verb] ?? false : body.stream ?? path.dialect === 'ollama',
    };
    this.requests.push(seen);
    this.#inspect(path, seen);
    const answer = this.#answers.get(seen.model) ?? this.fallback;
    if (typeof answer === 'function') {
      await answer(request, response, seen);
    } else if (answer) {
      await replay(response, answer);
    } else {
      this.complaints.push(`nothing to say for the model ${seen.model}`);
      response.writeHead(404).end();
    }
  }

  #inspect(path, seen) {
    const complain = (text) => this.complaints.push(`${seen.dialect} ${seen.model}: ${text}`);
    if (seen.headers[path.key] !== path.shape(this.key))
      complain(`the key is not where the dialect wants it (${path.key})`);
    for (const name of keyHeaders)
      if (name !== path.key && seen.headers[name] !== undefined)
        complain(`a second key in ${name}`);
    if (!seen.headers['content-type']?.startsWith('application/json'))
      complain(`content-type ${seen.headers['content-type']}`);
    if (seen.headers.cookie !== undefined)
      complain('a cookie was passed on');
    if (seen.dialect === 'anthropic' && !/^\d{4}-\d{2}-\d{2}$/.test(seen.headers['anthropic-version'] ?? ''))
      complain('no anthropic-version');
    if (seen.dialect === 'anthropic' && !seen.url.pathname.endsWith('/count_tokens') && !(seen.body.max_tokens > 0))
      complain('no max_tokens');
    if (seen.dialect === 'gemini' && seen.stream && seen.url.searchParams.get('alt') !== 'sse')
      complain('a stream without alt=sse');
  }
}

async function replay(response, recording) {
  response.writeHead(recording.status, recording.headers);
  await send(response, recording.body);
  response.end();
}

/// Writes in awkward pieces, waiting for each to leave.
export async function send(response, body) {
  for (const piece of awkwardPieces(Buffer.from(body))) {
    if (response.destroyed)
      return;
    response.write(piece);
    await nextTurn();
  }
}
