/** What the addresses of one file are to each other: one listener, or two that cannot both be. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadConfiguration } from '../../../src/config/load.ts';
import { writtenHost } from '../../support/written-host.ts';

/** The findings about addresses: severity, place and exit code. */
async function found(lines: string, bindv6only = '0'): Promise<readonly string[]> {
  const files = new Map([
    ['a.ini', `[uwsgi]\nmodule = app\n${lines}\n`],
    ['/proc/sys/net/ipv6/bindv6only', `${bindv6only}\n`],
  ]);
  const { diagnostics } = await loadConfiguration(['a.ini'], writtenHost(files));
  return diagnostics.map(({ severity, place, sentence, exitCode }) => {
    const first = /\((a\.ini:\d)\)/.exec(sentence)?.[1] ?? sentence;
    return `${severity} ${place} after ${first}${exitCode === undefined ? '' : `: ${exitCode}`}`;
  });
}

for (const lines of [
  'http = :8000\nhttp-socket = 127.0.0.1:8000',
  'http-socket = 127.0.0.1:8000\nhttp = 0:8000',
  'http = :8000\nstats = 127.0.0.1:8000',
  'http = 127.0.0.1:8000\nstats = localhost:8000',
  'socket = run/a.sock\nstats = ./run/a.sock',
  'socket = @a\nstats = @a',
  'http = [::]:8000\nhttp-socket = [::1]:8000',
  'http = [::]:8000\nhttp-socket = :8000',
]) {
  test(`${JSON.stringify(lines)}: the second is taken by the first`, async () => {
    assert.deepEqual(await found(lines), ['error a.ini:4 after a.ini:3: 69']);
  });
}

for (const lines of [
  'socket = a.sock\nhttp-socket = ./a.sock',
  'http-socket = a.sock\nuwsgi-socket = a.sock',
  'http = :8000\nsocket = 0.0.0.0:8000',
]) {
  test(`${JSON.stringify(lines)}: the second is not served`, async () => {
    assert.deepEqual(await found(lines), ['warning a.ini:4 after a.ini:3']);
  });
}

for (const lines of [
  'http = :8000\nhttp = :8000',
  'http = a.sock\nhttp-socket = a.sock',
  'http = 127.0.0.1:8000\nhttp-socket = 127.0.0.2:8000',
  'http = 127.0.0.1:0\nhttp-socket = :0\nstats = :0',
  'http = :8000\nstats = :8000\nstats = :8001',
  'http = name.example:8000\nstats = :8000',
]) {
  test(`${JSON.stringify(lines)}: both can be`, async () => {
    assert.deepEqual(await found(lines), []);
  });
}

test('[::] beside all of IPv4 is right where the kernel keeps them apart', async () => {
  assert.deepEqual(await found('http = [::]:8000\nhttp-socket = :8000', '1'), []);
});
