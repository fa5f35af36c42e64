/** The gateway as a process: signals, lifeline, titles, drain, timeouts. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, test } from 'node:test';

import { GatewayUnderTest } from './gateway-under-test.ts';

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

describe('the process', () => {
  test('is called as the settings say, and reeve for short', async () => {
    gateway = await GatewayUnderTest.start({ title: 'demo reeve http 1' });
    const title = readFileSync(`/proc/${gateway.pid}/cmdline`, 'latin1').replace(/\0+$/, '');
    assert.equal(title, 'demo reeve http 1');
    assert.equal(readFileSync(`/proc/${gateway.pid}/comm`, 'utf8'), 'reeve\n');
  });
  test('takes no notice of signals that mean to stop it', async () => {
    gateway = await GatewayUnderTest.start();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) {
      process.kill(gateway.pid, signal);
    }
    const worker = await gateway.worker();
    worker.serve = ({ thread }) => worker.answer(thread, 'still here');
    assert.match(await gateway.ask('GET / HTTP/1.0\r\n\r\n'), /still here$/);
  });
  test('is killed by the kernel when the master is gone', async () => {
    gateway = await GatewayUnderTest.start();
    gateway.cutLifeline();
    await gateway.until('it is gone', () => gateway.exitSignal === 'SIGKILL');
  });
  test('ends when the master closes the control stream', async () => {
    gateway = await GatewayUnderTest.start();
    await gateway.stop();
    assert.equal(gateway.exitCode, 0);
    gateway = await GatewayUnderTest.start();
  });
});

describe('a drain', () => {
  test('closes what rests, finishes what runs, and says how much is left', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    worker.serve = ({ thread }) => worker.answer(thread, 'first');
    const { client: resting } = await gateway.running(worker, get);
    await gateway.until('it is answered', () => resting.text.endsWith('first'));
    worker.serve = undefined;
    const { client: busy } = await gateway.running(worker, get);
    const waiting = gateway.client();
    waiting.write(get);
    await gateway.until('one waits', () => {
      gateway.say({ type: 'report-status' });
      return gateway.heard('status')?.queued === 1;
    });
    gateway.say({ type: 'drain' });
    await gateway.until('the resting one is closed', () => resting.hasEnded);
    assert.deepEqual(gateway.heard('draining'), { type: 'draining', running: 1, queued: 1 });
    assert.match((await refusedClient()).error, /ECONNREFUSED/);
    worker.answer(0, 'second');
    await gateway.until('the next runs', () => worker.requests.length === 3);
    assert.equal(gateway.heard('drained'), undefined);
    worker.answer(0, 'third');
    await gateway.until('it is drained', () => gateway.heard('drained'));
    await gateway.until('both have ended', () => busy.hasEnded && waiting.hasEnded);
    assert.match(busy.text, /Connection: close\r\n.*second$/s);
    assert.match(waiting.text, /Connection: close\r\n.*third$/s);
  });
  test('with nothing to finish is over at once', async () => {
    gateway = await GatewayUnderTest.start();
    gateway.say({ type: 'drain' });
    await gateway.until('it is drained', () => gateway.heard('drained'));
  });
  test('waits until a slow client has taken its answer', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const { client } = await gateway.running(worker);
    client.socket.pause();
    // More than the sockets and the gateway hold: the client must take some of it.
    const body = Buffer.alloc(800_000, 'z');
    for (let count = 0; count < 10; count += 1) {
      if (count === 0) worker.head(0, '200 OK', 'Content-Length', String(10 * body.length));
      worker.data(0, body);
    }
    worker.end(0);
    gateway.say({ type: 'drain' });
    await gateway.until('it drains', () => gateway.heard('draining'));
    gateway.say({ type: 'report-status' });
    await gateway.until('what was to be told is', () => gateway.heard('status'));
    assert.deepEqual(gateway.heard('draining'), { type: 'draining', running: 1, queued: 0 });
    client.socket.resume();
    await gateway.until('it is drained', () => gateway.heard('drained'));
    await gateway.until('it has all', () => client.hasEnded);
    assert.ok(client.text.length > 10 * body.length);
  });
});

async function refusedClient() {
  const client = gateway.client();
  await gateway.until('it is refused', () => client.hasEnded);
  return client;
}

/** The most that the kernel takes for a client that does not read (tcp(7)). */
function kernelHoldsBytes(): number {
  const largest = (name: string): number =>
    Number(readFileSync(`/proc/sys/net/ipv4/${name}`, 'latin1').trim().split(/\s+/)[2]);
  return largest('tcp_rmem') + largest('tcp_wmem');
}

describe('a client that is silent', () => {
  test('within its head is answered 408', async () => {
    gateway = await GatewayUnderTest.start({ 'http-timeout': 0.3 });
    assert.match(await gateway.ask('GET / HTTP/1.1\r\nHost:'), /^HTTP\/1.1 408 /);
  });
  test('within its body is answered 408', async () => {
    gateway = await GatewayUnderTest.start({ 'http-timeout': 0.3 });
    const text = await gateway.ask('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc');
    assert.match(text, /^HTTP\/1.1 408 /);
  });
  test('between two requests is let go', async () => {
    gateway = await GatewayUnderTest.start({ 'http-keepalive': 0.2 });
    const worker = await gateway.worker();
    worker.serve = ({ thread }) => worker.answer(thread, 'x');
    const { client } = await gateway.running(worker, get);
    await gateway.until('it is closed', () => client.hasEnded);
  });
  test('while the application works is waited for as long as it takes', async () => {
    gateway = await GatewayUnderTest.start({ 'http-timeout': 0.1 });
    const worker = await gateway.worker();
    const { client } = await gateway.running(worker);
    await gateway.hasRun(0.5);
    worker.answer(0, 'after all');
    await gateway.until('it is answered', () => client.text.endsWith('after all'));
  });
  test('and takes no bytes of its answer is given up', async () => {
    gateway = await GatewayUnderTest.start({ 'http-timeout': 0.3 });
    const worker = await gateway.worker();
    const { client } = await gateway.running(worker);
    client.socket.pause();
    // Its time has passed before, while the application worked.
    await gateway.hasRun(1);
    const piece = Buffer.alloc(1024 * 1024);
    worker.head(0, '200 OK');
    for (let sent = 0; sent <= kernelHoldsBytes(); sent += piece.length) worker.data(0, piece);
    await gateway.until('it is cancelled', () => worker.requests[0]?.isCancelled);
  });
});
