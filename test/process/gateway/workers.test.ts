/** Workers that come and go, and what waits for them meanwhile. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import { encodeFrame, frameTypes } from '../../../src/protocol/request-frames.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

const get = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const place = { generation: 1, slot: 1 };

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

describe('a worker that connects', () => {
  test('is announced once all its threads have, and gets nothing before the switch', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker(1, { threads: 3, enable: false });
    const client = gateway.client();
    client.write(get);
    await gateway.until('it waits', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.queued === 1;
    });
    assert.equal(worker.requests.length, 0);
    assert.equal(gateway.heard('worker-connected')?.pid, worker.pid);
    worker.serve = ({ thread }) => worker.answer(thread, 'at last');
    gateway.say({ type: 'switch', enable: [place], drain: [] });
    await gateway.until('it is answered', () => client.text.endsWith('at last'));
  });
  test('before it is expected is held until it is', async () => {
    gateway = await GatewayUnderTest.start();
    const token = 'c'.repeat(32);
    gateway.stranger({ ...place, token, threads: 1 });
    await gateway.ask('GET /%00 HTTP/1.0\r\n\r\n');
    gateway.say({ type: 'expect-worker', ...place, token, threads: 1 });
    await gateway.until('it is welcome', () => gateway.heard('worker-connected'));
  });
  test('with another token gets no request', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const stranger = gateway.stranger({ ...place, token: 'f'.repeat(32), threads: 1 });
    worker.serve = ({ thread }) => worker.answer(thread, 'mine');
    for (const _ of [1, 2, 3]) assert.match(await gateway.ask(get), /mine$/);
    assert.equal(stranger.requests.length, 0);
  });
  test('and speaks out of order is cut off, and its request answered 502', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    worker.serve = () => worker.data(0, 'no head before this');
    assert.match(await gateway.ask(get), /^HTTP\/1.1 502 /);
    await gateway.until('it is cut off', () => worker.ended.has(0));
    assert.match(gateway.log, /request.lost .*DATA|request.lost .*out of order/);
  });
});

describe('a switch', () => {
  test('gives requests to the new, and sends the old away as they become idle', async () => {
    gateway = await GatewayUnderTest.start();
    const old = await gateway.worker(1, { threads: 2 });
    const { client, received } = await gateway.running(old);
    const next = await gateway.worker(1, { generation: 2, enable: false });
    next.serve = ({ thread }) => next.answer(thread, 'new');
    gateway.say({ type: 'switch', enable: [{ generation: 2, slot: 1 }], drain: [place] });
    assert.match(await gateway.ask(get), /new$/);
    const other = 1 - received.thread;
    await gateway.until('the idle thread leaves', () => old.drained.has(other));
    assert.ok(!old.drained.has(received.thread));
    old.answer(received.thread, 'old');
    await gateway.until('the other leaves', () => old.drained.has(received.thread));
    assert.match(client.text, /old$/);
  });
});

test('a full queue is answered 503 with the advice to try again', async () => {
  gateway = await GatewayUnderTest.start({ 'queue-max': 1 });
  const worker = await gateway.worker();
  await gateway.running(worker);
  gateway.client().write(get);
  await gateway.until('one waits', () => {
    gateway.say({ type: 'report-status' });
    return gateway.heard('status')?.queued === 1;
  });
  assert.match(await gateway.ask(get), /^HTTP\/1.1 503 .*\r\nRetry-After: 1\r\n/s);
});

test('without an application every request is a 500, until there is one', async () => {
  gateway = await GatewayUnderTest.start();
  gateway.say({ type: 'application', state: 'absent' });
  assert.match(await gateway.ask(get), /^HTTP\/1.1 500 /);
  const worker = await gateway.worker();
  worker.serve = ({ thread }) => worker.answer(thread, 'here');
  gateway.say({ type: 'application', state: 'present' });
  assert.match(await gateway.ask(get), /here$/);
});

test('while suspended requests wait', async () => {
  gateway = await GatewayUnderTest.start();
  const worker = await gateway.worker();
  worker.serve = ({ thread }) => worker.answer(thread, 'resumed');
  gateway.say({ type: 'suspend' });
  const client = gateway.client();
  client.write(get);
  await gateway.until('it waits', () => {
    gateway.say({ type: 'report-status' });
    return gateway.heard('status')?.queued === 1;
  });
  gateway.say({ type: 'resume' });
  await gateway.until('it is answered', () => client.text.endsWith('resumed'));
});

test('each worker opens its log anew when told, a busy one when it is idle', async () => {
  gateway = await GatewayUnderTest.start();
  const worker = await gateway.worker();
  await gateway.running(worker);
  gateway.say({ type: 'reopen-log' });
  gateway.say({ type: 'report-status' });
  await gateway.until('that is read', () => gateway.heard('status'));
  assert.equal(worker.reopened.size, 0);
  worker.answer(0, 'x');
  await gateway.until('it is told', () => worker.reopened.has(0));
});

test('a worker that speaks another version of the channel is given nothing', async () => {
  gateway = await GatewayUnderTest.start();
  gateway.say({ type: 'expect-worker', ...place, token: 'known', threads: 1 });
  const old = gateway.stranger({ ...place, token: 'known', threads: 1, version: '1' });
  await gateway.until('it is cut off', () => old.ended.has(0));
  assert.equal(gateway.heard('worker-connected'), undefined);
});

test('an unknown frame from a worker does not end the gateway', async () => {
  gateway = await GatewayUnderTest.start();
  const worker = await gateway.worker();
  worker.sockets[0]?.write(encodeFrame(frameTypes.request, Buffer.from('x\0')));
  await gateway.until('it is cut off', () => worker.ended.has(0));
  assert.match(await gateway.ask('GET /%00 HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 400 /);
});
