/** Answers that wait for their clients: workers are free, memory is flat, nothing is lost. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import type { Client } from './client.ts';
import type { FakeWorker } from './fake-worker.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

const get = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
/** More than the kernel takes of a client that does not read, and no piece of it like another. */
const large = Buffer.alloc(16 * 1024 * 1024);
for (let at = 0; at < large.length; at += 8) large.writeDoubleLE(at, at);

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

function limited(bytes: number) {
  return { 'response-buffering': bytes };
}

/** A client that does not read, whose request runs. */
async function silentClient(worker: FakeWorker, request = get): Promise<Client> {
  const { client } = await gateway.running(worker, request);
  client.socket.pause();
  return client;
}

/** The body of what it has read, once the connection has ended. */
async function bodyOf(client: Client): Promise<Buffer> {
  client.socket.resume();
  await gateway.until('it has all', () => client.hasEnded);
  return Buffer.from(client.text.slice(client.text.indexOf('\r\n\r\n') + 4), 'latin1');
}

function runningNow(): string {
  gateway.say({ type: 'report-status' });
  return gateway.heard('status')?.workers[0]?.now.join() ?? 'unknown';
}

const length = ['Content-Length', String(large.length)];

describe('a client that does not read', () => {
  test('holds no worker: the next request is answered, and it gets all in the end', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const slow = await silentClient(worker);
    worker.answer(0, large, '200 OK', ...length);
    worker.serve = () => worker.answer(0, 'quick');
    assert.match(await gateway.ask(get), /quick$/);
    assert.equal(gateway.waitingFiles().length, 1);
    assert.ok((await bodyOf(slow)).equals(large));
    await gateway.until('the file is closed', () => gateway.waitingFiles().length === 0);
  });
  test('gets chunks that are whole, when the length is not known', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const slow = await silentClient(worker);
    worker.answer(0, large);
    await gateway.until('the worker is free', () => runningNow() === '');
    const chunked = await bodyOf(slow);
    const pieces: Buffer[] = [];
    for (let at = 0; ;) {
      const lineEnd = chunked.indexOf('\r\n', at);
      const size = Number.parseInt(chunked.toString('latin1', at, lineEnd), 16);
      if (size === 0) break;
      pieces.push(chunked.subarray(lineEnd + 2, lineEnd + 2 + size));
      at = lineEnd + 2 + size + 2;
    }
    assert.ok(Buffer.concat(pieces).equals(large));
  });
  test('holds its worker beyond response-buffering, and nothing is lost', async () => {
    gateway = await GatewayUnderTest.start(limited(1024 * 1024));
    const worker = await gateway.worker();
    const slow = await silentClient(worker);
    worker.answer(0, large, '200 OK', ...length);
    await gateway.until('it is held back', () => runningNow().includes('held back'));
    assert.ok((await bodyOf(slow)).equals(large));
    await gateway.until('the worker is free', () => runningNow() === '');
  });
  test('holds its worker at once when nothing may be stored', async () => {
    gateway = await GatewayUnderTest.start(limited(0));
    const worker = await gateway.worker();
    const slow = await silentClient(worker);
    worker.answer(0, large, '200 OK', ...length);
    await gateway.until('it is held back', () => runningNow().includes('held back'));
    assert.deepEqual(gateway.waitingFiles(), []);
    assert.ok((await bodyOf(slow)).equals(large));
  });
  test('and goes away gives the file back', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const slow = await silentClient(worker);
    worker.answer(0, large, '200 OK', ...length);
    await gateway.until('it waits', () => gateway.waitingFiles().length === 1);
    slow.destroy();
    await gateway.until('the file is closed', () => gateway.waitingFiles().length === 0);
  });
});

describe('an answer that fails while a part of it waits', () => {
  test('never looks complete, and gives the file back', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    for (const headers of [[], ['Content-Length', String(large.length + 1)]]) {
      const slow = await silentClient(worker);
      worker.head(0, '200 OK', ...headers);
      worker.data(0, large);
      await gateway.until('it waits', () => gateway.waitingFiles().length === 1);
      worker.end(0, 1);
      await gateway.until('the file is closed', () => gateway.waitingFiles().length === 0);
      assert.ok((await bodyOf(slow)).length < large.length);
      assert.doesNotMatch(slow.text, /\r\n0\r\n\r\n$/);
    }
  });
  test('because its worker has died is a lost one', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const slow = await silentClient(worker);
    worker.head(0, '200 OK');
    worker.data(0, large);
    await gateway.until('it waits', () => gateway.waitingFiles().length === 1);
    worker.destroy();
    await gateway.until('it is said', () => gateway.log.includes('request.lost'));
    await gateway.until('the file is closed', () => gateway.waitingFiles().length === 0);
    assert.doesNotMatch((await bodyOf(slow)).toString('latin1'), /\r\n0\r\n\r\n$/);
  });
  test('after all that it announced is whole all the same', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const slow = await silentClient(worker);
    worker.head(0, '200 OK', ...length);
    worker.data(0, large);
    await gateway.until('all is written', () => worker.sockets[0]?.writableLength === 0);
    worker.destroy();
    await gateway.until('it is said', () => gateway.log.includes('request.lost'));
    assert.ok((await bodyOf(slow)).equals(large));
  });
});

describe('a client that keeps up', () => {
  test('gets each piece at once, and nothing is stored', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const { client } = await gateway.running(worker);
    worker.head(0, '200 OK', 'Content-Type', 'text/event-stream');
    for (let event = 0; event < 20; event += 1) {
      worker.data(0, `data: ${event}\n\n`);
      await gateway.until('it is there', () => client.text.includes(`data: ${event}\n\n`));
      assert.deepEqual(gateway.waitingFiles(), []);
    }
    worker.end(0);
    await gateway.until('it ends', () => client.hasEnded);
  });
  test('again after it did not gets the next pieces at once', async () => {
    gateway = await GatewayUnderTest.start();
    const worker = await gateway.worker();
    const client = await silentClient(worker);
    worker.head(0, '200 OK');
    worker.data(0, large);
    await gateway.until('it waits', () => gateway.waitingFiles().length === 1);
    client.socket.resume();
    await gateway.until('it has all', () => client.text.length > large.length);
    for (const piece of ['first', 'second']) {
      worker.data(0, piece);
      await gateway.until('it is there', () => client.text.includes(piece));
    }
    worker.end(0);
    await gateway.until('it ends', () => client.text.endsWith('0\r\n\r\n'));
  });
});

describe('where nothing can be stored', () => {
  test('for want of a directory the worker waits, the log says so once, nothing is lost', async () => {
    gateway = await GatewayUnderTest.start({ spoolDirectories: ['/nowhere/at/all'] });
    const worker = await gateway.worker(1, { threads: 2 });
    const slow = [await silentClient(worker), await silentClient(worker)];
    for (const { thread } of worker.requests) worker.answer(thread, large, '200 OK', ...length);
    await gateway.until('both are held', () => runningNow().split('held back').length === 3);
    await gateway.until('it is said', () => gateway.log.includes('response.not-stored'));
    assert.equal(gateway.log.split('response.not-stored').length, 2);
    assert.match(gateway.log, /ENOENT.*TMPDIR/);
    for (const client of slow) assert.ok((await bodyOf(client)).equals(large));
  });
});
