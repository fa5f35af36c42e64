/** A drain as its clients meet it: who may rest, and how long; who is answered. And idleness. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import { GatewayUnderTest } from './gateway-under-test.ts';

/** So long that no test waits for it. */
const LONG_MS = 600_000;
const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';
let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

async function started() {
  gateway = await GatewayUnderTest.start();
  const worker = await gateway.worker();
  worker.serve = ({ thread }) => worker.answer(thread, 'done');
  return worker;
}

/** A client that has been answered, and whose connection is open still. */
async function restingClient() {
  const client = gateway.client();
  client.write(get);
  await gateway.until('it is answered', () => client.text.endsWith('done'));
  client.text = '';
  return client;
}

async function draining(restMaxMs: number): Promise<void> {
  gateway.say({ type: 'drain', restMaxMs });
  await gateway.until('it drains', () => gateway.heard('draining'));
}

describe('during a drain', () => {
  test('a client that rests and sends its next request is answered with Connection: close', async () => {
    await started();
    const client = await restingClient();
    await draining(LONG_MS);
    client.write(get);
    await gateway.until('it is answered', () => client.hasEnded);
    assert.match(client.text, /^HTTP\/1\.1 200 .*Connection: close\r\n.*done$/s);
    await gateway.until('all is over', () => gateway.heard('drained'));
  });

  test('so is one that has only just connected, and one in the middle of its head', async () => {
    await started();
    const [silent, talking] = [gateway.client(), gateway.client()];
    talking.write(get.slice(0, 20));
    await gateway.until('both are here', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.connections === 2;
    });
    await draining(LONG_MS);
    talking.write(get.slice(20));
    silent.write(get);
    await gateway.until('both are answered', () => silent.hasEnded && talking.hasEnded);
    for (const { text } of [silent, talking]) assert.match(text, /Connection: close\r\n.*done$/s);
    await gateway.until('all is over', () => gateway.heard('drained'));
  });

  test('a client that says nothing is let go when its time is over, and then all is over', async () => {
    await started();
    const clients = [await restingClient(), gateway.client()];
    await gateway.until('both are here', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.connections === 2;
    });
    await draining(200);
    assert.equal(gateway.heard('drained'), undefined);
    await gateway.until('all is over', () => gateway.heard('drained'));
    await gateway.until('both have ended', () => clients.every((client) => client.hasEnded));
  });

  test('a client whose answer had begun before may ask once more', async () => {
    const worker = await started();
    worker.serve = undefined;
    const { client } = await gateway.running(worker, get);
    worker.head(0, '200 OK', 'Content-Length', '10');
    worker.data(0, Buffer.from('first'));
    await gateway.until('it has the beginning', () => client.text.endsWith('first'));
    await draining(LONG_MS);
    worker.serve = ({ thread }) => worker.answer(thread, 'again');
    worker.data(0, Buffer.from('-half'));
    worker.end(0);
    await gateway.until('it has the rest', () => client.text.endsWith('first-half'));
    assert.ok(!client.hasEnded);
    client.write(get);
    await gateway.until('it is answered', () => client.hasEnded);
    assert.match(client.text, /first-halfHTTP\/1\.1 200 .*Connection: close\r\n.*again$/s);
  });
});

describe('idleness', () => {
  test('is told when no request has come for long enough, though a client is connected', async () => {
    gateway = await GatewayUnderTest.start({ idle: 0.2, 'die-on-idle': true });
    gateway.client();
    await gateway.until('it says so', () => gateway.heard('idle'));
  });

  test('is not told while a request runs, however long, and none is wanted without `idle`', async () => {
    gateway = await GatewayUnderTest.start({ idle: 0.2, 'die-on-idle': true });
    const worker = await gateway.worker();
    const { client } = await gateway.running(worker, get);
    gateway.say({ type: 'report-status' });
    await gateway.until('all that it told before is here', () => gateway.heard('status'));
    gateway.told.length = 0; // It may have been idle before.
    await gateway.hasRun(0.6);
    assert.equal(gateway.heard('idle'), undefined);
    worker.answer(0, 'done');
    await gateway.until('it is answered', () => client.text.endsWith('done'));
    await gateway.until('it says so then', () => gateway.heard('idle'));
  });
});
