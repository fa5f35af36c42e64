/** The date jumps by a year, forth and back, while everything is under way. */

import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';

import type { Daemon } from '../support/daemon.ts';
import { cannotJump, JumpingDate } from '../support/jumping-date.ts';
import { story } from '../support/place.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

const yearSeconds = 365 * 86_400;

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
    const date = new JumpingDate(place);
    const daemon = await place.start({ app: 'waits_for_file', ini, env: date.environment });
    const workers = daemon.workerPids();
    const year = await yearAt(daemon);
    const client = await slowClient(place.port);
    const running = daemon.get(`/running?${place.path('go')}`, { timeoutMs: 90_000 });
    await daemon.says(/waits for .*go/);
    date.goLater(yearSeconds);
    await until('it is the next year', async () => (await yearAt(daemon)) === year + 1);
    assert.equal(await client.finish(), 'HTTP/1.1 200 OK');
    assert.deepEqual(daemon.workerPids(), workers);
    const from = daemon.mark();
    process.kill(daemon.masterPid, 'SIGHUP');
    await daemon.says(said.reloaded, { from });
    date.goLater(0);
    await until('it is this year again', async () => (await yearAt(daemon)) === year);
    process.kill(daemon.masterPid, 'SIGQUIT');
    await daemon.says(/stop\.asked/);
    date.goLater(yearSeconds);
    place.write('go', '');
    assert.equal((await running).status, 200);
    assert.equal((await daemon.exit).code, 0);
    assert.equal(daemon.timesSaid(/killed|request\.(overran|lost)|daemon\.slept/), 0);
  },
  { skip: cannotJump },
);
