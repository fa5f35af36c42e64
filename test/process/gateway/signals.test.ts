/** Signals of the application: in an idle slot, never inside a request, and none is a request. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import { GatewayUnderTest } from './gateway-under-test.ts';

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

/** Its last report; it is asked for the next. */
function reported() {
  gateway.say({ type: 'report-status' });
  return gateway.heard('status');
}

describe('a signal for any worker', () => {
  test('goes to an idle one, in its turn with the requests', async () => {
    gateway = await GatewayUnderTest.start();
    const first = await gateway.worker(1);
    const running = await gateway.running(first);
    const second = await gateway.worker(2);
    gateway.say({ type: 'signal', number: 7, slots: [] });
    await gateway.until('the idle one has it', () => second.signals.length === 1);
    gateway.say({ type: 'signal', number: 8, slots: [] });
    const client = gateway.client();
    client.write('GET /behind HTTP/1.1\r\nHost: h\r\n\r\n');
    await gateway.until('both wait', () => reported()?.queued === 2);
    second.end(0);
    await gateway.until('the signal came first', () => second.signals.join() === '7,8');
    first.answer(running.received.thread, 'done');
    await gateway.until('the request is next', () => first.requests.length === 2);
    second.end(0);
    assert.deepEqual(first.signals, []);
  });

  test('waits while there is no worker', async () => {
    gateway = await GatewayUnderTest.start();
    gateway.say({ type: 'signal', number: 7, slots: [] });
    const worker = await gateway.worker();
    await gateway.until('it has it', () => worker.signals.join() === '7');
  });

  test('does not count as a request', async () => {
    gateway = await GatewayUnderTest.start({ 'max-requests': 1 });
    const worker = await gateway.worker();
    gateway.say({ type: 'signal', number: 7, slots: [] });
    await gateway.until('it has it', () => worker.signals.length === 1);
    worker.end(0);
    worker.serve = ({ thread }) => worker.answer(thread, 'served');
    const text = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
    assert.equal(gateway.heard('worker-begun'), undefined);
    assert.match(await gateway.ask(text), /served$/);
    await gateway.until('only that is counted', () => reported()?.workers[0]?.requests === 1);
  });
});

describe('a signal for certain workers', () => {
  test('reaches each of them once, as soon as it is idle', async () => {
    gateway = await GatewayUnderTest.start();
    const first = await gateway.worker(1);
    const { received } = await gateway.running(first);
    const second = await gateway.worker(2);
    gateway.say({ type: 'signal', number: 7, slots: [1, 2] });
    await gateway.until('the idle one has it', () => second.signals.length === 1);
    assert.deepEqual(first.signals, []);
    first.answer(received.thread, 'done');
    await gateway.until('the other has it', () => first.signals.length === 1);
    second.end(0);
    first.end(0);
    assert.deepEqual([first.signals, second.signals], [[7], [7]]);
  });

  test('waits for one that is not there, once', async () => {
    gateway = await GatewayUnderTest.start();
    const first = await gateway.worker(1);
    for (const number of [7, 7, 8]) gateway.say({ type: 'signal', number, slots: [2] });
    const second = await gateway.worker(2, { threads: 3 });
    await gateway.until('it has both', () => second.signals.length === 2);
    assert.deepEqual(second.signals.toSorted(), [7, 8]);
    assert.deepEqual(first.signals, []);
  });
});

test('too many signals are dropped, and that is logged', async () => {
  gateway = await GatewayUnderTest.start();
  const worker = await gateway.worker();
  await gateway.running(worker);
  for (let each = 0; each <= 1_000; each += 1)
    gateway.say({ type: 'signal', number: 7, slots: [] });
  await gateway.until('it is logged', () => /signal\.dropped signal=7 count=1/.test(gateway.log));
});
