/** Requests that run too long, and workers that have served enough. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import type { GatewaySettings } from '../../../src/protocol/control-messages.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';
import type { FakeWorker } from './fake-worker.ts';

const get = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

async function start(settings: Partial<GatewaySettings> = {}): Promise<void> {
  gateway = await GatewayUnderTest.start(settings);
}

/** A client whose request is running in a worker. */
async function running(worker: FakeWorker, request = get) {
  const before = worker.requests.length;
  const client = gateway.client();
  client.write(request);
  const received = await gateway.until('it runs', () => worker.requests[before]);
  return { client, received };
}

describe('a request that runs too long', () => {
  test('is answered 504 at once, and its worker gets nothing more', async () => {
    await start({ harakiri: 0.2 });
    const worker = await gateway.worker(1, { threads: 2 });
    const { client: other, received } = await running(worker);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { client } = await running(worker, get.replace('/', '/hangs'));
    await gateway.until('the first is told', () => gateway.heard('worker-overran'));
    assert.equal(gateway.heard('worker-overran')?.othersRunning, 1);
    await gateway.until('both are answered', () => client.hasEnded && other.hasEnded);
    assert.match(client.text, /^HTTP\/1.1 504 Gateway Timeout/);
    assert.equal(gateway.heard('worker-overran')?.othersRunning, 0);
    assert.match(
      gateway.log,
      /request.overran method=GET uri="?\/hangs"? worker=1 pid=4242 seconds=/,
    );
    worker.answer(received.thread, 'too late');
    gateway.client().write(get);
    await gateway.until('the next waits', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.queued === 1;
    });
    assert.equal(worker.requests.length, 2);
  });
  test('lets the others of its worker finish, and says when they have', async () => {
    await start({ harakiri: 0.3 });
    const worker = await gateway.worker(1, { threads: 2 });
    const { client: hanging } = await running(worker);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const { client, received } = await running(worker);
    await gateway.until('the first is told', () => gateway.heard('worker-overran'));
    worker.answer(received.thread, 'in time');
    await gateway.until('it is answered', () => client.text.endsWith('in time'));
    await gateway.until('it is said', () => gateway.heard('worker-overran')?.othersRunning === 0);
    assert.match(hanging.text, /^HTTP\/1.1 504 /);
  });
});

describe('max-requests', () => {
  test('has a worker leave after that many, and the master told', async () => {
    await start({ maxRequests: 3, maxRequestsDelta: 2 });
    const worker = await gateway.worker(2);
    worker.serve = ({ thread }) => worker.answer(thread, 'x');
    for (let count = 0; count < 5; count += 1) await gateway.ask(get);
    await gateway.until('it leaves', () => worker.drained.has(0));
    assert.equal(worker.requests.length, 5);
    assert.match(gateway.heard('worker-due')?.reason ?? '', /max-requests/);
  });
  test('spares a worker that is too young', async () => {
    await start({ maxRequests: 1, minWorkerLifetime: 3600 });
    const worker = await gateway.worker();
    worker.serve = ({ thread }) => worker.answer(thread, 'x');
    for (let count = 0; count < 3; count += 1) await gateway.ask(get);
    assert.equal(gateway.heard('worker-due'), undefined);
  });
});
