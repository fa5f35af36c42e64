/** X-Sendfile and X-Accel-Redirect: untouched, unless sendfile-root says where the files lie. */

import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { defaultResponses } from './default-settings.ts';
import type { FakeWorker } from './fake-worker.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-named-'));
const files = join(folder, 'files');
const large = Buffer.alloc(3_000_000, 'large ');

let gateway: GatewayUnderTest;
let worker: FakeWorker;

before(async () => {
  mkdirSync(join(files, 'sub'), { recursive: true });
  mkdirSync(join(folder, 'files-secret'));
  writeFileSync(join(files, 'a b.css'), 'body {}');
  writeFileSync(join(files, 'large.bin'), large);
  writeFileSync(join(files, 'empty'), '');
  writeFileSync(join(folder, 'files-secret', 'secret'), 'secret');
  symlinkSync(join(folder, 'files-secret', 'secret'), join(files, 'link'));
  utimesSync(join(files, 'a b.css'), 1_700_000_000, 1_700_000_000);
  const sendfileRoots = [
    { prefix: '', root: files },
    { prefix: '/protected', root: files },
  ];
  gateway = await GatewayUnderTest.start({ responses: { ...defaultResponses, sendfileRoots } });
  worker = await gateway.worker();
});
after(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

/** What a client gets where the application answers with these headers. */
async function ask(
  headers: readonly string[],
  { method = 'GET', header = '', status = '200 OK', body = 'for the server in front' } = {},
): Promise<string> {
  worker.serve = () => worker.answer(0, body, status, ...headers);
  return gateway.ask(`${method} / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${header}\r\n`);
}

const css = join(files, 'a b.css');

describe('a file that the application names', () => {
  test("is sent instead of its body, with the application's headers and without the name", async () => {
    const text = await ask(['Content-Type', 'text/x-own', 'X-Sendfile', css, 'Set-Cookie', 'a=b']);
    assert.match(text, /^HTTP\/1.1 200 OK\r\nContent-Type: text\/x-own\r\nSet-Cookie: a=b\r\n/);
    assert.match(text, /\r\nContent-Length: 7\r\n/);
    assert.match(text, /\r\n\r\nbody {}$/);
    assert.doesNotMatch(text, /sendfile|in front/i);
  });
  test('has the type of its name where the application says none', async () => {
    assert.match(await ask(['X-Sendfile', css]), /\r\nContent-Type: text\/css\r\n/);
  });
  test('may be named as nginx has it: by an internal address', async () => {
    const text = await ask(['X-Accel-Redirect', '/protected/a%20b.css', 'Content-Length', '99']);
    assert.match(text, /\r\nContent-Length: 7\r\n/);
    assert.match(text, /\r\n\r\nbody {}$/);
  });
  test('is sent whole when it is large, and in part to whoever asks for a part', async () => {
    const named = ['X-Sendfile', join(files, 'large.bin')];
    assert.ok((await ask(named)).endsWith(`\r\n\r\n${large}`));
    const part = await ask(named, { header: 'Range: bytes=6-10\r\n' });
    assert.match(part, /^HTTP\/1.1 206 .*Content-Range: bytes 6-10\/3000000\r\n/s);
    assert.match(part, /\r\n\r\nlarge$/);
    const beyond = await ask(named, { header: 'Range: bytes=9999999-\r\n' });
    assert.match(beyond, /^HTTP\/1.1 416 .*Content-Range: bytes \*\/3000000\r\n/s);
  });
  test('is not sent again to whoever has it, by its date or the tag of the application', async () => {
    const since = 'If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\n';
    assert.match(await ask(['X-Sendfile', css], { header: since }), /^HTTP\/1.1 304 /);
    const tagged = ['X-Sendfile', css, 'ETag', '"mine"'];
    assert.match(await ask(tagged), /\r\nETag: "mine"\r\n/);
    assert.match(await ask(tagged, { header: 'If-None-Match: "mine"\r\n' }), /^HTTP\/1.1 304 /);
    assert.match(await ask(tagged, { header: 'If-None-Match: "other"\r\n' }), /^HTTP\/1.1 200 /);
  });
  test('keeps another status, and is whole then', async () => {
    const header = 'Range: bytes=0-1\r\n';
    const text = await ask(['X-Sendfile', css], { status: '404 Not Here', header });
    assert.match(text, /^HTTP\/1.1 404 Not Here\r\n.*\r\n\r\nbody {}$/s);
  });
  test('has no body for HEAD, and none when it is empty', async () => {
    const bare = await ask(['X-Sendfile', css], { method: 'HEAD', body: '' });
    assert.match(bare, /Content-Length: 7\r\n(?:.+\r\n)*\r\n$/);
    const empty = await ask(['X-Sendfile', join(files, 'empty')]);
    assert.match(empty, /Content-Length: 0\r\n(?:.+\r\n)*\r\n$/);
  });
  test('needs its worker no more: a client that does not read holds nobody', async () => {
    // More than the kernel takes of a client that does not read; it takes no space.
    const huge = join(files, 'huge');
    writeFileSync(huge, '');
    truncateSync(huge, 200_000_000);
    worker.serve = () => worker.answer(0, '', '200 OK', 'X-Sendfile', huge);
    const client = gateway.client();
    client.socket.pause();
    client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await gateway.until('it is open', () => gateway.openFiles().includes(huge));
    assert.match(await ask([], { body: 'next' }), /next$/);
    client.destroy();
    const isClosed = () => !gateway.openFiles().includes(huge);
    await gateway.until('it is closed', isClosed);
  });
});

describe('a file that may not be sent', () => {
  const cases: readonly (readonly [string, string, 403 | 404])[] = [
    ['because it is not there', join(files, 'none'), 404],
    ['because it is a directory', join(files, 'sub'), 404],
    ['because it lies elsewhere', '/etc/passwd', 403],
    ['because its directory only begins like the root', join(folder, 'files-secret/secret'), 403],
    ['because it is a link that leads out', join(files, 'link'), 403],
    ['because its path leads out', `${files}/../files-secret/secret`, 403],
  ];
  for (const [why, path, status] of cases) {
    test(`${why} is a page of ours, and the log says why`, async () => {
      const before = gateway.log.length;
      const text = await ask(['X-Sendfile', path, 'Content-Type', 'text/x-own']);
      assert.match(text, new RegExp(`^HTTP/1.1 ${status} `));
      assert.doesNotMatch(text, /secret|root|x-own/);
      await gateway.until('it is said', () =>
        gateway.log.slice(before).includes('sendfile.refused'),
      );
    });
  }
});

test('without sendfile-root the headers go to the client as they are', async () => {
  const plain = await GatewayUnderTest.start();
  try {
    const other = await plain.worker();
    other.serve = () =>
      other.answer(0, 'body', '200 OK', 'X-Sendfile', css, 'X-Accel-Redirect', '/p');
    const text = await plain.ask('GET / HTTP/1.0\r\n\r\n');
    assert.match(text, /\r\nX-Sendfile: .*\r\nX-Accel-Redirect: \/p\r\n/);
    assert.match(text, /\r\n\r\nbody$/);
  } finally {
    await plain.stop();
  }
});
