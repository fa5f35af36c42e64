/** Requests that run too long, and workers that have served enough. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import { GatewayUnderTest } from './gateway-under-test.ts';

const get = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

/** What the master was told of overruns, oldest first. */
function overruns() {
  return gateway.told.filter((message) => message.type === 'worker-overran');
}

describe('a request that runs too long', () => {
  test('is answered 504 at once, and its worker gets nothing more', async () => {
    gateway = await GatewayUnderTest.start({ harakiri: 0.3 });
    const worker = await gateway.worker(1, { threads: 2 });
    const clients = [gateway.client(), gateway.client()];
    for (const client of clients) client.write(get.replace('/', '/hangs'));
    await gateway.until('both are answered', () => clients.every((client) => client.hasEnded));
    for (const client of clients) assert.match(client.text, /^HTTP\/1.1 504 Gateway Timeout/);
    await gateway.until('both are told', () => overruns().length === 2);
    assert.deepEqual(
      overruns().map(({ othersRunning, pid }) => [othersRunning, pid]),
      [
        [1, worker.pid],
        [0, worker.pid],
      ],
    );
    assert.match(
      gateway.log,
      /request.overran method=GET uri="?\/hangs"? worker=1 pid=4242 thread=\d seconds=/,
    );
    worker.answer(0, 'too late');
    gateway.client().write(get);
    await gateway.until('the next waits', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.queued === 1;
    });
    assert.equal(worker.requests.length, 2);
  });
  test('lets the others of its worker finish, and says when they have', async () => {
    gateway = await GatewayUnderTest.start({ harakiri: 2 });
    const worker = await gateway.worker(1, { threads: 2 });
    const { client: hanging } = await gateway.running(worker);
    await gateway.hasRun(1);
    const { client, received } = await gateway.running(worker);
    await gateway.until('the first is told', () => gateway.heard('worker-overran'));
    worker.answer(received.thread, 'in time');
    await gateway.until('it is answered', () => client.text.endsWith('in time'));
    await gateway.until('it is said', () => overruns().length === 2);
    assert.deepEqual(
      overruns().map((overrun) => overrun.othersRunning),
      [1, 0],
    );
    assert.match(hanging.text, /^HTTP\/1.1 504 /);
  });
  test('by the limit that the worker gave it, without harakiri and against it', async () => {
    gateway = await GatewayUnderTest.start({ harakiri: 1 });
    const worker = await gateway.worker(1, { threads: 2 });
    const { client: longer, received } = await gateway.running(worker);
    worker.limit(received.thread, 0);
    const { client: shorter, received: second } = await gateway.running(worker);
    worker.limit(second.thread, 1);
    await gateway.until('the second is answered', () => shorter.hasEnded);
    assert.match(shorter.text, /^HTTP\/1.1 504 /);
    await gateway.until('it is told', () => overruns().length === 1);
    assert.match(gateway.log, /ran longer than the limit of its own in worker 1/);
    await gateway.hasRun(1.5);
    worker.answer(received.thread, 'at last');
    await gateway.until('the first is answered', () => longer.text.endsWith('at last'));
  });
  test("because its client takes the answer slowly is not the worker's fault", async () => {
    // Enough for the time in which the answer is on its way, also on a busy machine.
    const harakiri = 4;
    gateway = await GatewayUnderTest.start({ harakiri, 'response-buffering': 0 });
    const worker = await gateway.worker();
    const { client } = await gateway.running(worker);
    client.socket.pause();
    const body = Buffer.alloc(15 * 1024 * 1024, 'x');
    worker.answer(0, body);
    await gateway.until('it is held back for longer than harakiri', () => {
      gateway.say({ type: 'report-status' });
      const now = gateway.heard('status')?.workers[0]?.now[0] ?? '';
      const [, seconds] = /^GET \/ for (.+) s, held back by its client$/.exec(now) ?? [];
      return Number(seconds) > harakiri + 1;
    });
    client.socket.resume();
    await gateway.until('it has all', () => client.hasEnded);
    assert.ok(client.text.endsWith('x\r\n0\r\n\r\n'));
    assert.ok(client.text.length > body.length);
    assert.deepEqual(overruns(), []);
  });
});

describe('max-requests', () => {
  test('has a worker leave after that many, and the master told', async () => {
    gateway = await GatewayUnderTest.start({ 'max-requests': 3, 'max-requests-delta': 2 });
    const worker = await gateway.worker(2);
    worker.serve = ({ thread }) => worker.answer(thread, 'x');
    for (let count = 0; count < 5; count += 1) await gateway.ask(get);
    await gateway.until('it leaves', () => worker.drained.has(0));
    assert.equal(worker.requests.length, 5);
    assert.match(gateway.heard('worker-due')?.reason ?? '', /max-requests/);
  });
  test('spares a worker that is too young', async () => {
    gateway = await GatewayUnderTest.start({ 'max-requests': 1, 'min-worker-lifetime': 3600 });
    const worker = await gateway.worker();
    worker.serve = ({ thread }) => worker.answer(thread, 'x');
    for (let count = 0; count < 3; count += 1) await gateway.ask(get);
    assert.equal(gateway.heard('worker-due'), undefined);
  });
});
