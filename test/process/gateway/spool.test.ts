/** The spool on disks that are full, gone, forbidden or small: no 500, and no gateway is lost. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';

import { SmallDisk, cannotMount } from '../../support/mounts.ts';
import type { FakeWorker } from './fake-worker.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

let gateway: GatewayUnderTest;
afterEach(() => gateway.stop());

/** Larger bodies wait in a file, and not in memory that all share. */
const filed = { 'post-buffering': 64 * KIB };

/** A gateway whose spool may be in these directories, with a worker that sends bodies back. */
async function serving(directories: readonly string[], options = {}, place = {}) {
  const settings = { ...filed, spoolDirectories: directories, ...options };
  gateway = await GatewayUnderTest.start(settings, place);
  const worker = await gateway.worker();
  worker.serve = ({ thread, body }) => worker.answer(thread, body);
  return worker;
}

function upload(bytes: number, head = '', method = 'POST'): Buffer {
  const first = `${method} /u HTTP/1.1\r\nHost: h\r\nContent-Length: ${bytes}\r\n${head}\r\n`;
  return Buffer.concat([Buffer.from(first), Buffer.alloc(bytes, 'x')]);
}

function chunked(chunks: number, bytes: number): Buffer {
  const chunk = Buffer.from(`${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`);
  const head = 'POST /u HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';
  return Buffer.concat([Buffer.from(head), ...Array(chunks).fill(chunk), Buffer.from('0\r\n\r\n')]);
}

const closing = 'Connection: close\r\n';

async function statusOf(request: Buffer): Promise<string> {
  const client = gateway.client();
  client.write(request);
  await gateway.until('it is answered', () => client.text.includes('\r\n\r\n'));
  client.destroy();
  return client.text.slice(9, 12);
}

function spool() {
  gateway.say({ type: 'report-status' });
  return gateway.heard('status')?.spool;
}

/** How often a letter is in a text: the bytes of a body whose chunks do not matter. */
function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

async function logged(pattern: RegExp): Promise<void> {
  await gateway.until(`${pattern} is logged`, () => pattern.test(gateway.log));
}

async function served(): Promise<void> {
  const answer = await gateway.ask(upload(300_000, closing));
  assert.match(answer, /^HTTP\/1.1 200 /);
  assert.equal(count(answer, 'x'), 300_000);
}

describe('a directory that cannot be used at the start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-spool-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a file');
  writeFileSync(file, '');
  test('is passed over with one warning, which names it and the one that is used', async () => {
    await serving([join(folder, 'nowhere'), file, folder, '/tmp']);
    await served();
    await served();
    assert.equal(gateway.log.match(/spool\.directory/g)?.length, 1);
    await logged(/nowhere: .*\(ENOENT\), .*a file: .*\(ENOTDIR\); .* wait in /);
    assert.equal(spool()?.directory ?? folder, folder);
  });
  test('and no other one makes large bodies 507; small ones are served', async () => {
    await serving([join(folder, 'nowhere')]);
    await logged(/spool\.no-directory .*ENOENT/);
    assert.equal(await statusOf(upload(300_000)), '507');
    assert.equal(await statusOf(upload(1000)), '200');
    await logged(/request\.not-stored .*errno="?ENOENT/);
    mkdirSync(join(folder, 'nowhere'));
    await gateway.until('it is found again', () => isUsed(join(folder, 'nowhere')));
    await served();
  });
});

/** Whether files are made there now; directories are tried again with a request that needs one. */
function isUsed(directory: string): boolean {
  if (spool()?.directory === directory) return true;
  gateway.client().write(upload(300_000, closing));
  return false;
}

describe('a directory that fails while it is used', () => {
  test('because it was deleted is replaced without a request lost', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reeve-spool-'));
    await serving([folder, '/tmp']);
    await served();
    rmSync(folder, { recursive: true });
    await served();
    await logged(/spool\.directory .*ENOENT.* wait in \/tmp/);
  });
  test('because others have filled it is replaced too', { skip: cannotMount }, async () => {
    using disk = new SmallDisk('size=40m');
    await serving([disk.path, '/tmp']);
    await served();
    fill(disk, 'filled');
    await gateway.until('/tmp is used', () => isUsed('/tmp'));
    await served();
    await logged(/ENOSPC/);
    assert.doesNotMatch(gateway.log, /gateway\.crashed/);
  });
});

/** Writes a file that takes all the space there is. */
function fill(disk: SmallDisk, name: string): void {
  try {
    writeFileSync(join(disk.path, name), Buffer.alloc(64 * MIB));
  } catch {
    // ENOSPC: that is what it is for.
  }
}

describe('a body for which there is no room', { skip: cannotMount }, () => {
  test('is answered 507 before it is sent, where its client waits to be asked', async () => {
    using disk = new SmallDisk('size=1m');
    await serving([disk.path]);
    const client = gateway.client();
    const head = `POST /u HTTP/1.1\r\nHost: h\r\nContent-Length: ${5 * MIB}\r\n`;
    client.write(`${head}Expect: 100-continue\r\n\r\n`);
    await gateway.until('it is answered', () => client.text.includes('\r\n\r\n'));
    assert.match(client.text, /^HTTP\/1.1 507 Insufficient Storage\r\n(.*\r\n)*Connection: close/);
    await gateway.until('it ends', () => client.hasEnded);
    await logged(/request\.not-stored .*ENOSPC/);
    await served();
  });
  test('in the middle, with or without a length, is answered 507 and gives its space back', async () => {
    using disk = new SmallDisk('size=1m');
    await serving([disk.path], { 'spool-max': 64 * MIB });
    assert.equal(await statusOf(chunked(40, 64 * KIB)), '507');
    assert.equal(await statusOf(upload(3 * MIB)), '507');
    await logged(/request\.not-stored .*errno="?ENOSPC/);
    await gateway.until('the space is given back', () => spool()?.bytes === 0);
    await served();
  });
  test('because others wait is 503 with Retry-After; then it is served', async () => {
    using disk = new SmallDisk('size=8m');
    const options = { ...filed, 'spool-max': MIB };
    gateway = await GatewayUnderTest.start({ spoolDirectories: [disk.path], ...options });
    const first = gateway.client();
    first.write(upload(900 * KIB, closing));
    await gateway.until('it waits', () => spool()?.bytes === 900 * KIB);
    const second = await gateway.ask(upload(900 * KIB, closing));
    assert.match(second, /^HTTP\/1.1 503 (.*\r\n)*Retry-After: 1/);
    const worker = await gateway.worker();
    worker.serve = ({ thread, body }) => worker.answer(thread, body);
    await gateway.until('the first is answered', () => first.hasEnded);
    assert.equal(count(first.text, 'x'), 900 * KIB);
    await served();
  });
  test('closes its connection, so that a pipelined request behind it is not misread', async () => {
    using disk = new SmallDisk('size=1m');
    await serving([disk.path]);
    const client = gateway.client();
    const next = 'GET /next HTTP/1.1\r\nHost: h\r\n\r\n';
    client.write(Buffer.concat([upload(5 * MIB), Buffer.from(next)]));
    await gateway.until('it ends', () => client.hasEnded);
    assert.equal(client.text.match(/HTTP\/1.1 \d+/g)?.join(), 'HTTP/1.1 507');
  });
  test('for want of inodes goes to the next directory', async () => {
    using disk = new SmallDisk('size=40m,nr_inodes=8');
    await serving([disk.path, '/tmp']);
    for (let at = 0; at < 8; at += 1) fillInode(disk, at);
    await served();
    await logged(/spool\.directory .*ENOSPC.* wait in \/tmp/);
  });
  test('because the disk is read-only now is answered by the next directory', async () => {
    using disk = new SmallDisk('size=40m');
    await serving([disk.path, '/tmp']);
    disk.remount('ro');
    await served();
    await logged(/spool\.directory .*EROFS.* wait in \/tmp/);
  });
});

function fillInode(disk: SmallDisk, at: number): void {
  try {
    writeFileSync(join(disk.path, `inode-${at}`), '');
  } catch {
    // ENOSPC: that is what it is for.
  }
}

test('a file that may not grow (RLIMIT_FSIZE) is 507 for its body and no end of the gateway', async () => {
  await serving(['/tmp'], {}, { fileMaxBytes: 200 * KIB });
  assert.equal(await statusOf(upload(300_000)), '507');
  await logged(/request\.not-stored .*errno="?EFBIG/);
  assert.equal(await statusOf(upload(100_000)), '200');
});

/** A client that does not read; its worker has answered it with 16 MiB. */
async function slowReader(worker: FakeWorker) {
  const { client, received } = await gateway.running(worker);
  client.socket.pause();
  worker.answer(received.thread, Buffer.alloc(16 * MIB, 'y'));
  return client;
}

function heldBack(): number {
  gateway.say({ type: 'report-status' });
  const now = gateway.heard('status')?.workers.flatMap((each) => each.now) ?? [];
  return now.filter((text) => text.includes('held back')).length;
}

describe('slow readers', () => {
  test('beyond spool-max hold their own workers back, and others serve on', async () => {
    gateway = await GatewayUnderTest.start({ 'spool-max': 16 * MIB });
    const [one, two, three] = [
      await gateway.worker(1),
      await gateway.worker(2),
      await gateway.worker(3),
    ];
    const all = [one, two, three];
    for (const worker of all) {
      worker.serve = ({ thread, variables: { PATH_INFO: path } }) =>
        worker.answer(thread, path === '/slow' ? Buffer.alloc(16 * MIB, 'y') : 'quick');
    }
    const slow = [gateway.client(), gateway.client()];
    for (const client of slow) {
      client.socket.pause();
      client.write(`GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    }
    await gateway.until('one is held back', () => heldBack() === 1);
    const { bytes = 0, limitBytes = 0 } = spool() ?? {};
    assert.ok(bytes <= limitBytes * 0.75 && limitBytes === 16 * MIB, `${bytes} of ${limitBytes}`);
    for (let at = 0; at < 5; at += 1) {
      assert.match(await gateway.ask('GET /q HTTP/1.0\r\n\r\n'), /quick$/);
    }
    await logged(/response\.not-stored .*the spool is full/);
    slow[0]?.destroy();
    await gateway.until('there is room for the other', () => heldBack() === 0);
    slow[1]?.socket.resume();
    await gateway.until('it has all', () => slow[1]?.hasEnded === true);
    assert.equal(count(slow[1]?.text ?? '', 'y'), 16 * MIB);
    await gateway.until('all is given back', () => spool()?.bytes === 0 && spool()?.files === 0);
  });
  test(
    'and a disk that is nearly full hold no worker where another has room',
    { skip: cannotMount },
    async () => {
      using disk = new SmallDisk('size=2m');
      gateway = await GatewayUnderTest.start({ spoolDirectories: [disk.path, '/tmp'] });
      await logged(/spool\.directory .*only [\d.]+ MiB are free \(ENOSPC\).* wait in \/tmp/);
      const worker = await gateway.worker();
      const slow = [await slowReader(worker), await slowReader(worker), await slowReader(worker)];
      worker.serve = ({ thread }) => worker.answer(thread, 'quick');
      assert.match(await gateway.ask('GET /q HTTP/1.0\r\n\r\n'), /quick$/);
      for (const client of slow) client.destroy();
    },
  );
  test('go to another disk when others fill theirs', { skip: cannotMount }, async () => {
    using disk = new SmallDisk('size=64m');
    gateway = await GatewayUnderTest.start({ spoolDirectories: [disk.path, '/tmp'] });
    const worker = await gateway.worker();
    fill(disk, 'filled');
    const client = await slowReader(worker);
    await logged(/spool\.directory .*ENOSPC.* wait in \/tmp/);
    await gateway.until('no worker is held back', () => heldBack() === 0);
    client.destroy();
  });
  test('on a disk that is full in the middle lose nothing', { skip: cannotMount }, async () => {
    using disk = new SmallDisk('size=1m');
    gateway = await GatewayUnderTest.start({
      spoolDirectories: [disk.path],
      'spool-max': 64 * MIB,
    });
    const worker = await gateway.worker();
    const client = await slowReader(worker);
    await gateway.until('it is held back', () => heldBack() === 1);
    await logged(/response\.not-stored .*errno="?ENOSPC/);
    client.socket.resume();
    await gateway.until('it has all', () => client.hasEnded);
    assert.equal(count(client.text, 'y'), 16 * MIB);
    await gateway.until('all is given back', () => spool()?.bytes === 0);
  });
});
