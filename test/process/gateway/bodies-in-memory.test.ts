/** Large bodies that wait in memory: as much as all may have together, then in files. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, test } from 'node:test';

import { GatewayUnderTest } from './gateway-under-test.ts';

const MIB = 1024 * 1024;

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

/** A body in which no piece is like another. */
function bodyOf(bytes: number): Buffer {
  const body = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) body.writeUInt32LE(at, at);
  return body;
}

const head = 'POST /u HTTP/1.1\r\nHost: h\r\nConnection: close\r\n';

function upload(body: Buffer): Buffer {
  const length = `Content-Length: ${body.length}`;
  return Buffer.concat([Buffer.from(`${head}${length}\r\n\r\n`), body]);
}

/** The same in chunks: its length is not known before its end. */
function inChunks(body: Buffer): Buffer {
  const pieces: Buffer[] = [Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`)];
  for (let at = 0; at < body.length; at += 50_000) {
    const chunk = body.subarray(at, at + 50_000);
    pieces.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

function spool() {
  gateway.say({ type: 'report-status' });
  const status = gateway.heard('status');
  return { files: status?.spool.files ?? -1, queued: status?.queued ?? -1 };
}

/** The most memory that the gateway has had so far, in bytes. */
function mostResident(): number {
  const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

describe('a body over 64 KiB', () => {
  for (const [bytes, isInFile] of [
    [65_537, false],
    [131_072, false],
    [1_000_000, false],
    [4 * MIB, false],
    [4 * MIB + 1, true],
    [9_000_000, true],
  ] as const) {
    test(`of ${bytes} bytes waits ${isInFile ? 'in a file' : 'in memory'} and arrives as it was sent`, async () => {
      gateway = await GatewayUnderTest.start();
      const body = bodyOf(bytes);
      const client = gateway.client();
      client.write(upload(body));
      await gateway.until('it waits', () => spool().queued === 1);
      assert.equal(spool().files, isInFile ? 1 : 0);
      const worker = await gateway.worker();
      worker.serve = ({ thread, body: received }) =>
        worker.answer(thread, received.equals(body) ? 'the same' : 'another');
      await gateway.until('it is answered', () => client.hasEnded);
      assert.match(client.text, /the same$/);
    });
  }
  test('in chunks begins in memory and goes on in a file', async () => {
    gateway = await GatewayUnderTest.start();
    const body = bodyOf(6 * MIB + 13);
    const client = gateway.client();
    client.write(inChunks(body));
    await gateway.until('it waits', () => spool().queued === 1);
    assert.equal(spool().files, 1);
    const worker = await gateway.worker();
    worker.serve = ({ thread, body: received, variables: { CONTENT_LENGTH: length } }) =>
      worker.answer(thread, received.equals(body) ? `the same ${length}` : 'another');
    await gateway.until('it is answered', () => client.hasEnded);
    assert.ok(client.text.includes(`the same ${body.length}`), client.text.slice(-100));
  });
  test('needs no disk, as long as there is memory', async () => {
    gateway = await GatewayUnderTest.start({ spoolDirectories: ['/nowhere/at/all'] });
    const worker = await gateway.worker();
    worker.serve = ({ thread, body }) => worker.answer(thread, `${body.length} bytes`);
    assert.match(await gateway.ask(upload(bodyOf(300_000))), / 200 [^]*300000 bytes$/);
    assert.match(await gateway.ask(upload(bodyOf(5 * MIB))), /^HTTP\/1.1 507 /);
  });
});

describe('many bodies at once', () => {
  test('have 32 MiB of memory together; the others wait in files, and all arrive', async () => {
    gateway = await GatewayUnderTest.start();
    const body = bodyOf(2 * MIB);
    const clients = Array.from({ length: 24 }, () => gateway.client());
    for (const client of clients) client.write(upload(body));
    await gateway.until('all wait', () => spool().queued === clients.length);
    const { files } = spool();
    assert.ok(files >= 8, `${files} files`);
    const worker = await gateway.worker();
    worker.serve = ({ thread, body: received }) =>
      worker.answer(thread, received.equals(body) ? 'the same' : 'another');
    await gateway.until('all are answered', () => clients.every(({ hasEnded }) => hasEnded));
    for (const client of clients) assert.match(client.text, /the same$/);
    await gateway.until('no file is left', () => spool().files === 0);
  });
  test('of any size do not let the gateway grow', async () => {
    gateway = await GatewayUnderTest.start();
    const before = mostResident();
    const request = inChunks(bodyOf(8 * MIB));
    const clients = Array.from({ length: 24 }, () => gateway.client());
    for (const client of clients) client.write(request);
    // 192 MB go through chunks and files: that takes long on a busy machine.
    await gateway.until('all wait', () => spool().queued === clients.length, 60_000);
    const grown = mostResident() - before;
    assert.ok(grown < 120 * MIB, `it has grown by ${grown} bytes for ${24 * 8 * MIB}`);
    for (const client of clients) client.destroy();
    await gateway.until('no file is left', () => spool().files === 0);
  });
  test('give their memory back, whether they are answered or their clients go away', async () => {
    gateway = await GatewayUnderTest.start();
    const body = bodyOf(4 * MIB);
    for (let round = 0; round < 3; round += 1) {
      const clients = Array.from({ length: 8 }, () => gateway.client());
      for (const client of clients) client.write(upload(body));
      await gateway.until('all wait', () => spool().queued === clients.length);
      assert.equal(spool().files, 0, `in round ${round} all fit into memory`);
      for (const client of clients) client.destroy();
      await gateway.until('none waits', () => spool().queued === 0);
    }
  });
});
