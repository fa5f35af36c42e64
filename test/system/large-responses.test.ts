/** Large answers and slow clients: memory stays flat, and workers stay free. */

import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';

import type { Daemon } from '../support/daemon.ts';
import { connect } from '../support/http.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** A loaded machine with two cores may take long for a gigabyte. */
const patient = { timeoutMs: 150_000 };
/** What a gateway may grow by, whatever it sends to whomever. */
const GROWTH_MAX_MIB = 150;

function residentMib(pid: number): number {
  const [, kib = ''] =
    /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

/** Reads one answer and throws it away; resolves with how many bytes its body had. */
function discard(port: number, target: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = connect({ port });
  socket.write(`GET ${target} HTTP/1.0\r\n\r\n`);
  let head: Buffer | undefined = Buffer.alloc(0);
  let bytes = 0;
  socket.on('data', (piece) => {
    bytes += piece.length;
    if (head === undefined) return;
    head = Buffer.concat([head, piece]);
    const end = head.indexOf('\r\n\r\n');
    if (end >= 0) [head, bytes] = [undefined, bytes - end - 4];
  });
  socket.on('error', reject);
  socket.on('close', () => resolve(bytes));
  return promise;
}

/** The most that the gateway grows by while `work` lasts. */
async function growthMib(daemon: Daemon, work: () => Promise<void>): Promise<number> {
  const pid = await daemon.pid('http 1');
  const beforeMib = residentMib(pid);
  let mostMib = beforeMib;
  const timer = setInterval(() => (mostMib = Math.max(mostMib, residentMib(pid))), 20);
  await work().finally(() => clearInterval(timer));
  return mostMib - beforeMib;
}

/** A file of that many bytes, all zero, that takes no space. */
function sparseFile(place: Place, bytes: number): string {
  const path = place.path('sparse');
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

for (const [what, target] of [
  ['by static-map', () => '/s/sparse'],
  ['through wsgi.file_wrapper', (path: string) => `/file?path=${path}`],
  ['named in X-Sendfile', (path: string) => `/x-sendfile?path=${path}`],
] as const) {
  story(
    `a file of 1 GiB is sent ${what}, and memory stays flat`,
    async (place) => {
      const path = sparseFile(place, GIB);
      const ini = `static-map = /s=${place.directory}\nsendfile-root = ${place.directory}`;
      const daemon = await place.start({ app: 'sends_files', ini });
      const grown = await growthMib(daemon, async () => {
        assert.equal(await discard(place.port, target(path)), GIB);
      });
      assert.ok(grown < GROWTH_MAX_MIB, `it grew by ${grown} MiB`);
    },
    patient,
  );
}

story(
  '1 GiB that the application makes is sent, and memory stays flat',
  async (place) => {
    const daemon = await place.start({ app: 'sends_files' });
    const grown = await growthMib(daemon, async () => {
      assert.equal(await discard(place.port, `/pieces?size=${GIB}`), GIB);
    });
    assert.ok(grown < GROWTH_MAX_MIB, `it grew by ${grown} MiB`);
  },
  patient,
);

story(
  '200 clients that hardly read hold no worker, and memory stays flat',
  async (place) => {
    const daemon = await place.start({ app: 'sends_files', ini: 'processes = 2' });
    const slow: Socket[] = [];
    const grown = await growthMib(daemon, async () => {
      for (let count = 0; count < 200; count += 1) {
        const socket = connect({ port: place.port });
        socket.on('error', () => undefined);
        socket.write(`GET /pieces?size=${6 * MIB} HTTP/1.1\r\nHost: h\r\n\r\n`);
        // A little of the answer, then no more than 10 KB now and then.
        socket.once('readable', () => socket.read(1));
        slow.push(socket);
      }
      const timer = setInterval(() => slow.forEach((socket) => socket.read(1000)), 100);
      await until('all have been served', () => daemon.timesSaid(/GET \/pieces/) === 200, {
        timeoutMs: 100_000,
      });
      clearInterval(timer);
      assert.equal((await daemon.get('/quick')).text, 'quick');
    }).finally(() => slow.forEach((socket) => socket.destroy()));
    assert.ok(grown < GROWTH_MAX_MIB, `it grew by ${grown} MiB`);
  },
  patient,
);

story("Flask's send_file: by path, in part, from memory, without a name", async (place) => {
  const path = place.write('some.bin', '0123456789');
  const daemon = await place.start({ app: 'sends_files' });
  const whole = await daemon.get(`/file?path=${path}`);
  assert.deepEqual([whole.status, whole.text, whole.complete], [200, '0123456789', true]);
  const part = await daemon.get(`/file?path=${path}`, { headers: { Range: 'bytes=2-4' } });
  assert.deepEqual([part.status, part.text], [206, '234']);
  const tag = whole.headers['etag'] ?? '';
  const known = await daemon.get(`/file?path=${path}`, { headers: { 'If-None-Match': tag } });
  assert.deepEqual([known.status, known.body.length], [304, 0]);
  const bare = await daemon.get(`/file?path=${path}`, { method: 'HEAD' });
  assert.deepEqual([bare.headers['content-length'], bare.body.length], ['10', 0]);
  assert.equal((await daemon.get('/memory')).text, 'from memory');
  assert.equal((await daemon.get('/temporary')).text, 'a name');
});

story('a client that is slow to take a file holds no worker', async (place) => {
  const path = sparseFile(place, 64 * MIB);
  const daemon = await place.start({ app: 'sends_files' });
  const socket = connect({ port: place.port });
  socket.write(`GET /file?path=${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
  socket.pause();
  await until('its answer is decided', () => daemon.timesSaid(/GET \/file/) === 1);
  assert.equal((await daemon.get('/quick')).text, 'quick');
  let bytes = 0;
  socket.on('data', (piece) => (bytes += piece.length));
  socket.resume();
  await until('it has all', () => bytes > 64 * MIB, { timeoutMs: 60_000 });
  socket.destroy();
});
