// SPDX-License-Identifier: GPL-3.0-or-later
// fairleadctl serve as a user runs it: own folders, no desktop session, keys and token from the environment.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import OpenAI from 'openai';

import { sourceDir } from './recordings.mjs';

/// The key of every provider, and what must never turn up anywhere but in a header to that provider.
export const canary = 'sk-CANARY-7f3a9d51c2e84b06-never-to-be-seen';
export const token = 'fl-clients-test-token-0123456789abcdefghij';

function program() {
  if (process.env.FAIRLEADCTL)
    return process.env.FAIRLEADCTL;
  const builds = path.join(sourceDir, 'build');
  const built = (existsSync(builds) ? readdirSync(builds) : [])
    .map((preset) => path.join(builds, preset, 'bin/fairleadctl'))
    .filter((file) => existsSync(file))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  assert.ok(built.length > 0, 'fairleadctl is not built: cmake --build --preset dev --target fairleadctl');
  return built[0];
}

export class Gateway {
  #home = mkdtempSync(path.join(os.tmpdir(), 'fairlead-clients-'));
  #stdout = '';
  #stderr = '';

  /// `config` is the config file without its "apps".
  static async start(config) {
    const gateway = new Gateway();
    await gateway.#start(config);
    return gateway;
  }

  async #start(config) {
    this.#folder('run');
    writeFileSync(
      path.join(this.#folder('config/fairlead'), 'config.json'),
      JSON.stringify({ ...config, apps: [{ name: 'clients', token_env: 'FAIRLEAD_TOKEN', models: ['*'] }] }, null, 2),
    );
    this.process = spawn(program(), ['serve', '--host', '127.0.0.1', '--port', '0'], {
      env: this.#environment(), stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout.setEncoding('utf8').on('data', (text) => { this.#stdout += text; });
    this.process.stderr.setEncoding('utf8').on('data', (text) => { this.#stderr += text; });
    this.exited = once(this.process, 'exit');
    // A test file that fails half way must not leave a server behind.
    this.endWithUs = () => this.process.kill('SIGKILL');
    process.once('exit', this.endWithUs);

    const announced = /^fairlead: listening on (http:\/\/\S+)$/m;
    while (!announced.test(this.#stdout)) {
      const ended = await Promise.race([once(this.process.stdout, 'data').then(() => false), this.exited]);
      assert.ok(!ended, `fairleadctl serve ended at once:\n${this.#stderr}`);
    }
    this.url = announced.exec(this.#stdout)[1];
    this.port = Number(new URL(this.url).port);
  }

  #folder(name) {
    const folder = path.join(this.#home, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  #environment() {
    const { PATH, LANG, ASAN_OPTIONS, UBSAN_OPTIONS, LSAN_OPTIONS } = process.env;
    return {
      PATH, LANG, ASAN_OPTIONS, UBSAN_OPTIONS, LSAN_OPTIONS,
      HOME: this.#home,
      XDG_CONFIG_HOME: path.join(this.#home, 'config'),
      XDG_DATA_HOME: path.join(this.#home, 'data'),
      XDG_CACHE_HOME: path.join(this.#home, 'cache'),
      XDG_RUNTIME_DIR: path.join(this.#home, 'run'),
      PROVIDER_KEY: canary,
      FAIRLEAD_TOKEN: token,
    };
  }

  client(options = {}) {
    return new OpenAI({ baseURL: `${this.url}/v1`, apiKey: token, maxRetries: 0, ...options });
  }

  post(body, headers = {}) {
    return fetch(`${this.url}/v1/chat/completions`, {
      method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    });
  }

  async command(...args) {
    const { stdout } = await promisify(execFile)(program(), [...args, '--json'], {
      env: this.#environment(), maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(stdout);
  }

  /// The row of a request; the ledger writes in batches, so a running server may take a moment.
  async explain(id) {
    const giveUp = Date.now() + 5000;
    for (;;) {
      try {
        return await this.command('explain', id);
      } catch (error) {
        if (Date.now() > giveUp)
          throw error;
        await sleep(50);
      }
    }
  }

  /// Ends as a service manager would, then looks at what is left.
  async stop() {
    this.process.kill('SIGTERM');
    const [code, signal] = await this.exited;
    process.removeListener('exit', this.endWithUs);
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, `serve did not end well:\n${this.#stderr.slice(-4000)}`);
    assert.doesNotMatch(this.#stderr, /runtime error:|Sanitizer|ASSERT|QFATAL/i);
    this.#lookForSecrets();
  }

  /// The rows by request id; after stop() all of them are there.
  async ledger() {
    const { requests } = await this.command('log', '-n', '1000');
    return new Map(requests.map((row) => [row.id, row]));
  }

  remove() {
    rmSync(this.#home, { recursive: true, force: true });
  }

  #lookForSecrets() {
    const places = new Map([['standard output', this.#stdout], ['standard error', this.#stderr]]);
    for (const entry of readdirSync(this.#home, { recursive: true })) {
      const file = path.join(this.#home, entry);
      if (statSync(file).isFile())
        places.set(entry, readFileSync(file, 'latin1'));
    }
    for (const [place, text] of places) {
      assert.ok(!text.includes(canary), `a provider's key stands in ${place}`);
      assert.ok(!text.includes(token), `the app's token stands in ${place}`);
    }
  }
}

/// One provider a family, most of them the catalogue's, their addresses and keys set to the upstream's.
export function providersAt({ url }) {
  const keys = [{ env: 'PROVIDER_KEY' }];
  return [
    { id: 'openai', base_url: `${url}/v1`, keys },
    { id: 'lab', wire: 'openai-responses', base_url: `${url}/v1`, keys },
    { id: 'anthropic', base_url: url, keys },
    { id: 'google', base_url: `${url}/v1beta`, keys },
    { id: 'ollama', wire: 'ollama', auth: 'bearer', base_url: url, keys, models: ['own-tide:7b'] },
    { id: 'cohere', base_url: url, keys },
    { id: 'aws-bedrock', auth: 'bearer', base_url: url, keys },
    { id: 'mistral', base_url: `${url}/v1`, keys },
  ];
}
