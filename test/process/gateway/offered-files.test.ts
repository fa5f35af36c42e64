/** Files that a worker offers instead of their bytes: wsgi.file_wrapper. */

import assert from 'node:assert/strict';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import type { FakeWorker } from './fake-worker.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-offered-'));
const path = join(folder, 'file');
const text = Buffer.alloc(1_000_000);
for (let at = 0; at < text.length; at += 8) text.writeDoubleLE(at, at);
const request = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

let gateway: GatewayUnderTest;
let worker: FakeWorker;
let descriptor: number;

before(async () => {
  gateway = await GatewayUnderTest.start();
  // The files are open in this process.
  worker = await gateway.worker(1, { pid: process.pid });
});
after(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  worker.files.length = 0;
  descriptor = openSync(path, 'w+');
  writeSync(descriptor, text);
});
afterEach(() => closeSync(descriptor));

/** Asks; the worker offers a part of the file, and goes on when it is told what to do. */
async function ask(
  part: { start: number; length: number },
  { headers = [], method = 'GET' }: { headers?: readonly string[]; method?: string } = {},
  otherwise: () => void = () => worker.end(0),
): Promise<{ head: string; body: Buffer; said: string }> {
  worker.serve = () => {
    worker.file(0, { descriptor, ...part }, headers);
  };
  const client = gateway.client();
  client.write(request.replace('GET', method));
  await gateway.until('it is told', () => worker.files.length > 0);
  const said = worker.files[0] ?? '';
  if (said === 'taken') worker.end(0);
  else otherwise();
  await gateway.until('the answer ends', () => client.hasEnded);
  const cut = client.text.indexOf('\r\n\r\n');
  return {
    head: client.text.slice(0, cut),
    body: Buffer.from(client.text.slice(cut + 4), 'latin1'),
    said,
  };
}

describe('a file that a worker offers', () => {
  test('is sent, with its length', async () => {
    const { head, body, said } = await ask({ start: 0, length: text.length });
    assert.equal(said, 'taken');
    assert.match(head, /Content-Length: 1000000$/m);
    assert.ok(body.equals(text));
  });
  test('is sent from where it is to be sent', async () => {
    const { body } = await ask({ start: 999_990, length: 8 }, { headers: ['Content-Length', '8'] });
    assert.ok(body.equals(text.subarray(999_990, 999_998)));
  });
  test('needs no name', async () => {
    unlinkSync(path);
    const { body } = await ask({ start: 0, length: text.length });
    assert.ok(body.equals(text));
  });
  test('is closed by the gateway when it is sent', async () => {
    await ask({ start: 0, length: 10 });
    await gateway.until('it is free', () => !gateway.openFiles().includes(path));
  });
  test('has no body for HEAD', async () => {
    const { head, body, said } = await ask(
      { start: 0, length: 10 },
      { method: 'HEAD', headers: ['Content-Length', '10'] },
    );
    assert.equal(said, 'taken');
    assert.match(head, /Content-Length: 10$/m);
    assert.equal(body.length, 0);
  });
});

describe('the worker sends the bytes itself', () => {
  const byItself = (): void => {
    worker.data(0, 'by itself');
    worker.end(0);
  };
  test('of what is no regular file', async () => {
    closeSync(descriptor);
    descriptor = openSync('/dev/zero', 'r');
    const { body, said } = await ask({ start: 0, length: 9 }, {}, byItself);
    assert.equal(said, 'stream-it');
    assert.match(body.toString(), /by itself/);
  });
  test('of a descriptor that is not there', async () => {
    const open = descriptor;
    descriptor = 99_999;
    const { said, body } = await ask({ start: 0, length: 9 }, {}, byItself);
    descriptor = open;
    assert.equal(said, 'stream-it');
    assert.match(body.toString(), /by itself/);
  });
  test('of a file that is shorter than it said, or not as long as was announced', async () => {
    truncateSync(path, 5);
    assert.equal((await ask({ start: 0, length: 9 }, {}, byItself)).said, 'stream-it');
    worker.files.length = 0;
    const headers = ['Content-Length', '9'];
    assert.equal((await ask({ start: 0, length: 5 }, { headers }, byItself)).said, 'stream-it');
  });
});

describe('when something goes wrong', () => {
  test('a file that shrinks while it is sent never looks complete', async () => {
    const size = 50_000_000;
    truncateSync(path, size);
    worker.serve = () => {
      worker.file(0, { descriptor, start: 0, length: size });
    };
    const { client } = await gateway.running(worker);
    client.socket.pause();
    await gateway.until('it is told', () => worker.files.length > 0);
    worker.end(0);
    truncateSync(path, 10);
    client.socket.resume();
    await gateway.until('it ends', () => client.hasEnded);
    assert.ok(client.text.length < size);
    await gateway.until('it is said', () => gateway.log.includes('response.cut'));
  });
  test('a client that goes away gives the file back, and the worker serves on', async () => {
    truncateSync(path, 50_000_000);
    worker.serve = () => {
      worker.file(0, { descriptor, start: 0, length: 50_000_000 });
    };
    const { client } = await gateway.running(worker);
    client.socket.pause();
    await gateway.until('it is told', () => worker.files.length > 0);
    worker.end(0);
    client.destroy();
    await gateway.until('it is closed', () => !gateway.openFiles().includes(path));
    worker.serve = () => worker.answer(0, 'next');
    assert.match(await gateway.ask(request), /next$/);
  });
  test('bytes behind a file that was taken end the connection of the worker', async () => {
    const other = await gateway.worker(2, { pid: process.pid });
    gateway.say({ type: 'switch', enable: [], drain: [{ generation: 1, slot: 1 }] });
    await gateway.until('the first is away', () => worker.drained.has(0));
    other.serve = () => {
      other.file(0, { descriptor, start: 0, length: 10 });
    };
    const { client } = await gateway.running(other);
    await gateway.until('it is told', () => other.files.length > 0);
    other.data(0, 'stray');
    await gateway.until('it is cut off', () => other.ended.has(0));
    await gateway.until('it ends', () => client.hasEnded);
    assert.doesNotMatch(client.text, /stray/);
  });
});
