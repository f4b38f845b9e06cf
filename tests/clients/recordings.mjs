// SPDX-License-Identifier: GPL-3.0-or-later
// Recorded answers of real providers, and our own small ones in tests/data/replay. The own ones suffice: the
// recordings are looked for beside the checkout (or in FAIRLEAD_SHARED) and add breadth where they are.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const sourceDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const shared = process.env.FAIRLEAD_SHARED ?? path.resolve(sourceDir, '../shared');

/// What a folder of recordings speaks. `provider` is the catalogue's id and the folder's name.
export const families = [
  { dialect: 'openai-chat', provider: 'openai', prefix: 'openai-chat' },
  { dialect: 'anthropic', provider: 'anthropic', prefix: 'anthropic' },
  { dialect: 'gemini', provider: 'google', prefix: 'gemini' },
];

/// Ollama's own API, for the suite that speaks it.
export const ollama = { dialect: 'ollama', provider: 'ollama', prefix: 'ollama-chat' };

const kinds = [
  { suffix: '.response.jsonarray.json', stream: true, read: arrayAsEvents },
  { suffix: '.response.json', stream: false, read: (bytes) => bytes },
  { suffix: '.response.html', stream: false, read: (bytes) => bytes },
  { suffix: '.sse', stream: true, read: (bytes) => bytes },
  { suffix: '.ndjson', stream: true, read: (bytes) => bytes },
];

// Gemini without alt=sse streams one JSON array; asked with it, the same objects come as events.
function arrayAsEvents(bytes) {
  const objects = JSON.parse(bytes.toString('utf8'));
  return Buffer.from(objects.map((object) => `data: ${JSON.stringify(object)}\r\n\r\n`).join(''));
}

function contentType(name, stream) {
  if (name.endsWith('.html'))
    return 'text/html';
  if (name.endsWith('.ndjson'))
    return 'application/x-ndjson';
  return stream ? 'text/event-stream' : 'application/json';
}

// Bodies are kept decoded and whole, so what described their transport is not true any more.
const transport = new Set(['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive']);

function headersOf(file, kind, status, recorded) {
  const told = Object.entries(recorded.response_headers ?? {}).filter(([name]) => !transport.has(name.toLowerCase()));
  const type = contentType(file, kind.stream && status === 200);
  const headers = { 'content-type': type, ...Object.fromEntries(told) };
  return kind.read === arrayAsEvents ? { ...headers, 'content-type': type } : headers;
}

function load(folder, file, kind, family) {
  const stem = file.slice(0, -kind.suffix.length);
  const meta = path.join(folder, `${stem}.meta.json`);
  const recorded = existsSync(meta) ? JSON.parse(readFileSync(meta, 'utf8')) : {};
  const body = kind.read(readFileSync(path.join(folder, file)));
  const status = recorded.status ?? Number(/\.error-(\d{3})-/.exec(file)?.[1] ?? 200);
  return {
    ...family,
    name: `${path.basename(path.dirname(folder)) === 'replay' ? 'own ' : ''}${stem}`,
    behaviour: stem.slice(stem.indexOf('.') + 1),
    stream: kind.stream,
    status,
    headers: headersOf(file, kind, status, recorded),
    body,
    model: /"(?:model|modelVersion)" *: *"([^"]+)"/.exec(body.toString('utf8'))?.[1] ?? 'unnamed-model',
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

export const own = [...families, ollama].flatMap((family) =>
  loadFolder(path.join(sourceDir, 'tests/data/replay', family.provider), family.prefix, family));

/// Everything recorded of one family, our own cases first.
export function recordingsOf(family) {
  return [
    ...own.filter((recording) => recording.provider === family.provider),
    ...loadFolder(path.join(shared, 'recordings', family.provider), family.prefix, family),
    ...loadFolder(path.join(shared, 'recordings/_constructed'), family.provider, family),
  ];
}

export const recordings = families.flatMap(recordingsOf);

/// The Responses API, whoever serves it: to us they are one provider, "lab".
const responsesFamily = { dialect: 'openai-responses', provider: 'lab', prefix: 'openai-responses' };
const ownResponses = loadFolder(path.join(sourceDir, 'tests/data/replay/openai'), 'openai-responses', responsesFamily);
export const responsesRecordings = [
  ...ownResponses,
  ...['openai', 'azure', 'bedrock', 'deepseek', 'lmstudio', 'openrouter', 'xai'].flatMap((folder) =>
    loadFolder(path.join(shared, 'recordings', folder), 'openai-responses', responsesFamily)),
];

export function ownCase(provider, behaviour) {
  const found = [...own, ...ownResponses].find((recording) => recording.provider === provider && recording.behaviour === behaviour);
  if (!found)
    throw new Error(`tests/data/replay has no ${behaviour} of ${provider}`);
  return found;
}
