// SPDX-License-Identifier: GPL-3.0-or-later
// Recorded answers of real providers, and our own small ones in tests/data/replay. The own ones suffice: the
// recordings are looked for beside the checkout (or in FAIRLEAD_SHARED) and add breadth where they are.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { framesOf, splitFrames } from './eventstream.mjs';

export const sourceDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const shared = process.env.FAIRLEAD_SHARED ?? path.resolve(sourceDir, '../shared');

/// The families of upstream dialects, and who stands for each here. `folders` holds the recordings where they are not
/// named like the provider; `model` is who answers where an answer does not say.
export const families = [
  { dialect: 'openai-chat', provider: 'openai', prefix: 'openai-chat' },
  {
    dialect: 'openai-responses', provider: 'lab', prefix: 'openai-responses', own: 'openai',
    folders: ['openai', 'azure', 'bedrock', 'deepseek', 'lmstudio', 'openrouter', 'xai'],
  },
  { dialect: 'anthropic', provider: 'anthropic', prefix: 'anthropic' },
  { dialect: 'gemini', provider: 'google', prefix: 'gemini' },
  { dialect: 'ollama', provider: 'ollama', prefix: 'ollama-chat' },
  { dialect: 'cohere', provider: 'cohere', prefix: 'cohere-v2', model: 'command-a-03-2025' },
  {
    dialect: 'bedrock', provider: 'aws-bedrock', prefix: 'bedrock-converse', folders: ['bedrock'],
    model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  },
];

/// OpenAI's dialect as Mistral speaks it, for Mistral's own client.
export const mistral = { dialect: 'openai-chat', provider: 'mistral', prefix: 'openai-chat' };

export const familyOf = (provider) => families.find((family) => family.provider === provider);

const same = (bytes) => bytes;
const kinds = [
  { suffix: '.response.jsonarray.json', stream: true, type: 'text/event-stream', read: arrayAsEvents },
  { suffix: '.response.json', stream: false, type: 'application/json', read: same },
  { suffix: '.response.html', stream: false, type: 'text/html', read: same },
  { suffix: '.sse', stream: true, type: 'text/event-stream', read: same },
  { suffix: '.ndjson', stream: true, type: 'application/x-ndjson', read: same },
  { suffix: '.eventstream', stream: true, type: 'application/vnd.amazon.eventstream', read: same },
  { suffix: '.frames.jsonl', stream: true, type: 'application/vnd.amazon.eventstream', read: framesOf },
];

// Gemini without alt=sse streams one JSON array; asked with it, the same objects come as events.
function arrayAsEvents(bytes) {
  const objects = JSON.parse(bytes.toString('utf8'));
  return Buffer.from(objects.map((object) => `data: ${JSON.stringify(object)}\r\n\r\n`).join(''));
}

// Bodies are kept decoded and whole, so what described their transport is not true any more.
const transport = new Set(['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive']);

function headersOf(kind, status, recorded) {
  const told = Object.entries(recorded.response_headers ?? {}).filter(([name]) => !transport.has(name.toLowerCase()));
  const type = kind.stream && status !== 200 ? 'application/json' : kind.type;
  const headers = { 'content-type': type, ...Object.fromEntries(told) };
  return kind.read === arrayAsEvents ? { ...headers, 'content-type': type } : headers;
}

/// Bedrock's answers name no model; its addresses do.
const modelInUrl = (url) => decodeURIComponent(/\/model\/([^/]+)\//.exec(url ?? '')?.[1] ?? '');

function load(folder, file, kind, family) {
  const stem = file.slice(0, -kind.suffix.length);
  const meta = path.join(folder, `${stem}.meta.json`);
  const recorded = existsSync(meta) ? JSON.parse(readFileSync(meta, 'utf8')) : {};
  const body = kind.read(readFileSync(path.join(folder, file)));
  const status = recorded.status ?? Number(/\.error-(\d{3})-/.exec(file)?.[1] ?? 200);
  return {
    dialect: family.dialect,
    provider: family.provider,
    name: `${path.basename(path.dirname(folder)) === 'replay' ? 'own' : path.basename(folder)} ${stem}`,
    behaviour: stem.slice(stem.indexOf('.') + 1),
    stream: kind.stream,
    status,
    headers: headersOf(kind, status, recorded),
    body,
    model: /"(?:model|modelVersion)" *: *"([^"]+)"/.exec(body.toString('utf8'))?.[1]
      ?? (modelInUrl(recorded.url) || family.model || 'unnamed-model'),
  };
}

function loadFolder(folder, prefix, family) {
  if (!existsSync(folder))
    return [];
  return readdirSync(folder).sort().flatMap((file) => {
    const kind = file.startsWith(`${prefix}.`) && kinds.find((candidate) => file.endsWith(candidate.suffix));
    return kind ? [load(folder, file, kind, family)] : [];
  });
}

const ownOf = (family) =>
  loadFolder(path.join(sourceDir, 'tests/data/replay', family.own ?? family.provider), family.prefix, family);

/// Everything recorded of one family, our own cases first.
export function recordingsOf(family) {
  const folders = family.folders ?? [family.provider];
  return [
    ...ownOf(family),
    ...folders.flatMap((folder) => loadFolder(path.join(shared, 'recordings', folder), family.prefix, family)),
    ...(family.own ? [] : loadFolder(path.join(shared, 'recordings/_constructed'), folders[0], family)),
  ];
}

const byFamily = new Map(families.map((family) => [family.provider, recordingsOf(family)]));

/// The recordings of a provider in `families`.
export const recordingsFrom = (provider) => byFamily.get(provider);

/// Failures with status 200 are no answers; tests of faults have those.
export const isAnswer = (recording) =>
  recording.status === 200 && !/^midstream|^200-prompt-blocked|error-/.test(recording.behaviour);

export function ownCase(provider, behaviour) {
  const found = byFamily.get(provider)
    .find((recording) => recording.name.startsWith('own ') && recording.behaviour === behaviour);
  if (!found)
    throw new Error(`tests/data/replay has no ${behaviour} of ${provider}`);
  return found;
}

/// The pieces a stream is made of, none of them cut.
function piecesOf({ headers, body }) {
  if (headers['content-type'] === 'application/vnd.amazon.eventstream')
    return [...splitFrames(body)];
  const text = body.toString('utf8');
  const end = headers['content-type'].includes('ndjson') ? /(?<=\n)/ : /(?<=\n\n|\r\n\r\n)/;
  return text.split(end).map((piece) => Buffer.from(piece));
}

/// The beginning of our own stream of text: some of its text, and nothing that ends it.
export function opening(provider) {
  const pieces = piecesOf(ownCase(provider, 'stream-text-1'));
  return Buffer.concat(pieces.slice(0, Math.ceil(pieces.length / 2)));
}
