// SPDX-License-Identifier: GPL-3.0-or-later
// How providers of each dialect refuse and fail, and what their words and statuses are.
import assert from 'node:assert/strict';

import { frame } from './eventstream.mjs';

const overloadedWords = 'The server is overloaded right now.';

/// Errors in each dialect's shape.
export const overloaded = {
  'openai-chat': { error: { message: overloadedWords, type: 'server_error', param: null, code: null } },
  'openai-responses': { error: { message: overloadedWords, type: 'server_error', param: null, code: null } },
  anthropic: { type: 'error', error: { type: 'overloaded_error', message: overloadedWords } },
  gemini: { error: { code: 503, message: overloadedWords, status: 'UNAVAILABLE' } },
  ollama: { error: overloadedWords },
  cohere: { id: 'c0ffee00-own3', message: overloadedWords },
  bedrock: { message: overloadedWords },
};
export const limited = {
  'openai-chat': { error: { message: 'Too many requests.', type: 'requests', param: null, code: 'rate_limit_exceeded' } },
  'openai-responses': { error: { message: 'Too many requests.', type: 'requests', param: null, code: 'rate_limit_exceeded' } },
  anthropic: { type: 'error', error: { type: 'rate_limit_error', message: 'Too many requests.' } },
  gemini: { error: { code: 429, message: 'Too many requests.', status: 'RESOURCE_EXHAUSTED' } },
  ollama: { error: 'Too many requests.' },
  cohere: { id: 'c0ffee00-own4', message: 'Too many requests.' },
  bedrock: { message: 'Too many requests.' },
};

const event = (body, name) => `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(body)}\n\n`;

/// The same, told in the middle of a stream.
export const overloadedInStream = {
  'openai-chat': event(overloaded['openai-chat']),
  'openai-responses': event({ type: 'error', code: 'server_error', message: overloadedWords, param: null, sequence_number: 99 }, 'error'),
  anthropic: event(overloaded.anthropic, 'error'),
  gemini: event(overloaded.gemini),
  ollama: `${JSON.stringify(overloaded.ollama)}\n`,
  cohere: event({ type: 'message-end', delta: { finish_reason: 'ERROR', error: overloadedWords } }, 'message-end'),
  bedrock: frame({ exception: 'modelStreamErrorException', payload: { message: overloadedWords } }),
};

/// The provider's own words in a recorded refusal.
export function wordsOf(recording) {
  try {
    const body = JSON.parse(recording.body);
    const error = body.error ?? body;
    return typeof error === 'string' ? error : error.message ?? error.Message ?? '';
  } catch {
    return '';
  }
}

/// Dialects with a status for those who have not paid, and with one for an overload.
const saysUnpaid = new Set(['anthropic', 'cohere']);
const saysOverloaded = new Set(['anthropic']);

/// The status a client is told for a recorded refusal.
export function statusFor(recording, dialect) {
  const body = recording.body.toString('utf8');
  if (recording.behaviour.startsWith('200-prompt-blocked'))
    return 400;
  if (body.includes('API_KEY_INVALID'))
    return 401;
  if (body.includes('insufficient_quota') && saysUnpaid.has(dialect))
    return 402;
  // OpenAI's Responses API itself refuses unknown models with 400.
  if (recording.status === 404 || (recording.status === 400 && /model_not_found|model identifier is invalid/.test(body)))
    return dialect === 'openai-responses' ? 400 : 404;
  if (recording.status === 503 || recording.status === 529)
    return saysOverloaded.has(dialect) ? 529 : 503;
  return recording.status;
}

export async function failureOf(act) {
  try {
    await (typeof act === 'function' ? act() : act);
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'a failure was passed off as an answer' });
}
