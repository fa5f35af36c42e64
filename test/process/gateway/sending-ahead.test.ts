/** Short requests that lie in a worker's channel before their turn, and come back if it is slow. */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import type { Client } from './client.ts';
import type { FakeWorker, Received } from './fake-worker.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

/** The gateway learns within a few rounds that the requests are short. */
const ROUNDS_MAX = 200;

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;

/** Answers a request as the shim does: one sent ahead only if it can be claimed. */
function answer({ thread, isAhead, variables }: Received, worker: FakeWorker): void {
  if (isAhead && !worker.claim(thread)) worker.skip(thread);
  else worker.answer(thread, `answer to ${variables['PATH_INFO']}`);
}

/**
 * Asks in rounds of eight at once, until a worker has been sent a request behind `/slow/…`, which
 * is left unanswered. Returns what that worker was sent, and the clients of the round.
 */
async function sentBehindSlow(workers: readonly FakeWorker[], clients: readonly Client[]) {
  const held = new Map<FakeWorker, Received[]>();
  let round = 0;
  for (const worker of workers) {
    worker.serve = (request) => {
      const holds = held.get(worker);
      if (holds !== undefined) holds.push(request);
      else if (request.variables['PATH_INFO'] === `/slow/${round}`) held.set(worker, [request]);
      else answer(request, worker);
    };
  }
  while (round < ROUNDS_MAX) {
    round += 1;
    held.clear();
    for (const client of clients) client.text = '';
    const paths = clients.map((_, at) => (at === 0 ? `/slow/${round}` : `/quick/${round}/${at}`));
    clients.forEach((client, at) => client.write(get(paths[at] ?? '')));
    const [worker] = await gateway.until(
      'it runs',
      () => held.keys().next().value && [...held.keys()],
    );
    await gateway.until(
      'the quick ones are answered, or lie behind it',
      () =>
        clients.slice(1).every(({ text }) => text.includes('answer to')) || workers.length === 1,
    );
    const sent = held.get(worker ?? workers[0]!) ?? [];
    if (worker !== undefined && sent.length > 1) return { worker, sent, paths };
    for (const request of sent.splice(0)) answer(request, worker ?? workers[0]!);
    held.clear();
    await gateway.until('all are answered', () =>
      clients.every(({ text }) => text.includes('answer to')),
    );
  }
  throw new Error(`in ${ROUNDS_MAX} rounds nothing was sent ahead behind the slow request`);
}

test('a request that was sent ahead behind a slow one is taken back and run by another', async () => {
  gateway = await GatewayUnderTest.start();
  const workers = [
    await gateway.worker(1, { claims: 'pipe' }),
    await gateway.worker(2, { claims: 'pipe' }),
  ];
  const clients = Array.from({ length: 8 }, () => gateway.client());
  const { worker, sent } = await sentBehindSlow(workers, clients);
  // All quick ones were answered, though this worker has not gone on.
  assert.ok(sent.slice(1).every(({ isAhead }) => isAhead));
  assert.equal(worker.claim(0), false);
  for (const request of sent.splice(0)) answer(request, worker);
  await gateway.until('the slow one ends', () => clients[0]?.text.includes('answer to /slow'));
  worker.serve = answer;
  clients[1]?.write(get('/after'));
  await gateway.until('it goes on', () => clients[1]?.text.includes('/after'));
  assert.doesNotMatch(gateway.log, /request.lost/);
});

test('a worker that skips what was not taken back is cut off, and nothing is lost', async () => {
  gateway = await GatewayUnderTest.start();
  const [bad, good] = [
    await gateway.worker(1, { claims: 'pipe' }),
    await gateway.worker(2, { claims: 'pipe' }),
  ];
  good.serve = answer;
  bad.serve = (request) => (request.isAhead ? bad.skip(0) : answer(request, bad));
  const clients = Array.from({ length: 12 }, () => gateway.client());
  await gateway.until('it is cut off', () => {
    for (const client of clients) {
      if (client.text !== '' && !client.text.includes('answer to')) return false;
    }
    for (const client of clients) {
      client.text = '';
      client.write(get('/x'));
    }
    return bad.ended.has(0);
  });
  assert.doesNotMatch(gateway.log, /request.lost/);
});

test('without a pipe nothing is sent ahead, and the log says so once', async () => {
  gateway = await GatewayUnderTest.start();
  const worker = await gateway.worker(1, { claims: 'no-pipe', threads: 2 });
  worker.serve = answer;
  const clients = Array.from({ length: 8 }, () => gateway.client());
  for (let round = 0; round < 5; round += 1) {
    for (const client of clients) {
      client.text = '';
      client.write(get('/x'));
    }
    await gateway.until('all are answered', () =>
      clients.every(({ text }) => text.includes('answer to')),
    );
  }
  assert.ok(worker.requests.every(({ isAhead }) => !isAhead));
  assert.equal(gateway.log.match(/channel\.no-claims/g)?.length, 1);
});
