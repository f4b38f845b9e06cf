// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens times list price, in whole numbers, from the price lists themselves.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { sourceDir } from './recordings.mjs';

const lists = new Map();

function modelsOf(provider) {
  if (!lists.has(provider)) {
    const file = path.join(sourceDir, 'resources/models', `${provider}.json`);
    lists.set(provider, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).models : {});
  }
  return lists.get(provider);
}

/// Dollars as a decimal text, in units of 1e-`digits` dollars.
export function scaled(decimal, digits) {
  const [whole, fraction = ''] = String(decimal).split('.');
  if (fraction.length > digits)
    throw new Error(`${decimal} has more than ${digits} decimals`);
  return BigInt(whole + fraction.padEnd(digits, '0'));
}

/// Whose prices a provider's are: "local" costs nothing.
function priceProvider(id) {
  const file = path.join(sourceDir, 'resources/providers', `${id}.json`);
  return (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).price_provider) || id;
}

function priceList(provider, model) {
  const models = modelsOf(provider);
  const bare = model.replace(/^models\//, '');
  const entry = models[model] ?? models[bare] ?? models[bare.replace(/[-@](\d{4}-\d{2}-\d{2}|\d{8})$/, '')];
  return entry?.prices?.find((list) => !list.from || Date.parse(list.from) <= Date.now());
}

/// The cost in nano-dollars; null where the list does not say. Recordings are short: no context tier applies to them.
export function cost(provider, model, tokens) {
  const seller = priceProvider(provider);
  const list = priceList(seller, model);
  // Without the prompt's share a sum is no cost.
  if (tokens.input === undefined || (!list && seller !== 'local'))
    return null;
  if (seller === 'local')
    return 0n;
  const prices = {
    input: list.input,
    cache_read: list.cache_read ?? list.input,
    cache_write_5m: list.cache_write ?? list.input,
    cache_write_1h: list.cache_write_1h,
    audio_input: list.audio_input,
    output: list.output,
    reasoning: list.reasoning ?? list.output,
    audio_output: list.audio_output,
  };
  let atto = 0n;
  for (const [kind, count] of Object.entries(tokens)) {
    if (count === 0)
      continue;
    if (prices[kind] === undefined)
      return null;
    atto += BigInt(count) * scaled(prices[kind], 12); // 1e-12 dollars a million = 1e-18 dollars each
  }
  return (atto + 500_000_000n) / 1_000_000_000n;
}
