/** The date jumps by a year, forth and back, while everything is under way. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';

import type { Daemon } from '../support/daemon.ts';
import { story, type Place } from '../support/place.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

const source = path.join(import.meta.dirname, '../support/jumping-date.c');
const hasCompiler = spawnSync('cc', ['--version']).status === 0;

/** A daemon whose date follows the file `later` of the place. */
async function start(place: Place, ini: string): Promise<Daemon> {
  const library = place.path('jumping-date.so');
  const built = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const env = { LD_PRELOAD: library, JUMPED_DATE: place.path('later') };
  return place.start({ app: 'waits_for_file', ini, env });
}

/** The year of a response. */
async function yearAt(daemon: Daemon): Promise<number> {
  const { status, headers } = await daemon.get('/');
  assert.equal(status, 200);
  return new Date(headers['date'] ?? '').getUTCFullYear();
}

/** A client that has sent a part of its body, and the head of the answer once it sends the rest. */
async function slowClient(port: number): Promise<{ readonly finish: () => Promise<string> }> {
  const socket = net.connect({ port });
  await once(socket, 'connect');
  socket.write('POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nab');
  return {
    finish: async () => {
      socket.write('cd');
      const [head] = await once(socket, 'data');
      socket.destroy();
      return String(head).slice(0, 15);
    },
  };
}

story(
  'a date that jumps ends no request, no client, no reload and no stop',
  async (place) => {
    const ini = 'processes = 2\nharakiri = 30\nhttp-timeout = 30\nhttp-keepalive = 30';
    const daemon = await start(place, ini);
    const workers = daemon.workerPids();
    const year = await yearAt(daemon);
    const client = await slowClient(place.port);
    const running = daemon.get(`/running?${place.path('go')}`, { timeoutMs: 40_000 });
    await daemon.says(/waits for .*go/);
    place.write('later', '');
    await until('it is the next year', async () => (await yearAt(daemon)) === year + 1);
    assert.equal(await client.finish(), 'HTTP/1.1 200 OK');
    assert.deepEqual(daemon.workerPids(), workers);
    const from = daemon.mark();
    process.kill(daemon.masterPid, 'SIGHUP');
    await daemon.says(said.reloaded, { from });
    fs.rmSync(place.path('later'));
    await until('it is this year again', async () => (await yearAt(daemon)) === year);
    process.kill(daemon.masterPid, 'SIGQUIT');
    await daemon.says(/stop\.asked/);
    place.write('later', '');
    place.write('go', '');
    assert.equal((await running).status, 200);
    assert.equal((await daemon.exit).code, 0);
    assert.equal(daemon.timesSaid(/killed|request\.(overran|lost)|daemon\.slept/), 0);
  },
  { skip: hasCompiler ? false : 'needs a C compiler' },
);
