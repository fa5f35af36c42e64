/** A real server of Redis on a unix socket in a place, which keeps what it has on the disk. */

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { testPython } from './interpreters.ts';
import type { Place } from './place.ts';
import { until } from './until.ts';

/** Why this machine has none, or no library to speak to it; false where it has both. */
export const noRedis: string | false =
  spawnSync('redis-server', ['--version']).error !== undefined
    ? 'there is no redis-server'
    : spawnSync(testPython(), ['-c', 'import redis']).status === 0
      ? false
      : 'Python has no package redis';

export class RedisServer {
  /** With a password, as `spooler` and `store=` name it. */
  readonly address: string;
  /** As Reeve shows it. */
  readonly shown: string;
  readonly #place: Place;
  #child: ChildProcess | undefined;

  constructor(place: Place) {
    this.#place = place;
    this.shown = `unix://${place.path('redis.sock')}`;
    this.address = `unix://:s3cret@${place.path('redis.sock')}`;
  }

  async start(): Promise<void> {
    const settings = {
      port: '0',
      unixsocket: this.#place.path('redis.sock'),
      dir: this.#place.directory,
      appendonly: 'yes',
      appendfsync: 'no',
      save: '',
      requirepass: 's3cret',
    };
    const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const options = { env: this.#place.environment(), stdio: 'ignore' } as const;
    this.#child = spawn('redis-server', words, options);
    await until('redis answers', () => this.ask('PING') === 'PONG', { timeoutMs: 30_000 });
  }

  /** What a command answers, as text. */
  ask(...words: readonly string[]): string {
    const command = ['-s', this.#place.path('redis.sock'), '-a', 's3cret', '--no-auth-warning'];
    return spawnSync('redis-cli', [...command, ...words], { encoding: 'utf8' }).stdout.trim();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
