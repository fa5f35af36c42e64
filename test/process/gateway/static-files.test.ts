/** static-map: which files a client gets, and which not. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { staticResponses } from './default-settings.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve-static-'));
const root = join(folder, 'root');
const bytes = Buffer.alloc(300_000, 'static ');

let gateway: GatewayUnderTest;

before(async () => {
  mkdirSync(join(root, 'sub'), { recursive: true });
  writeFileSync(join(root, 'a b.css'), 'body {}');
  writeFileSync(join(root, 'large.bin'), bytes);
  writeFileSync(join(root, 'empty.txt'), '');
  writeFileSync(join(root, '.hidden'), 'dot');
  writeFileSync(join(folder, 'secret'), 'secret');
  writeFileSync(join(folder, 'rootless'), 'secret');
  symlinkSync(join(folder, 'secret'), join(root, 'link'));
  utimesSync(join(root, 'a b.css'), 1_700_000_000, 1_700_000_000);
  gateway = await GatewayUnderTest.start({
    responses: staticResponses([
      { mount: '/static', root },
      { mount: '/robots.txt', root: join(folder, 'secret') },
    ]),
  });
  const worker = await gateway.worker();
  worker.serve = ({ thread }) => worker.answer(thread, 'application');
});
after(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

function ask(path: string, method = 'GET', header = ''): Promise<string> {
  return gateway.ask(`${method} ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${header}\r\n`);
}

describe('a file under a static map', () => {
  test('is sent with type, length and date', async () => {
    const text = await ask('/static/a%20b.css?v=1');
    assert.match(
      text,
      /^HTTP\/1.1 200 OK\r\nContent-Type: text\/css\r\n(?:.+\r\n)*Content-Length: 7\r\n/,
    );
    assert.match(text, /Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n/);
    assert.match(text, /\r\n\r\nbody {}$/);
  });
  test('is sent whole when it is large', async () => {
    assert.ok((await ask('/static/large.bin')).endsWith(`\r\n\r\n${bytes}`));
  });
  test('is sent in part to whoever asks for a part', async () => {
    const text = await ask('/static/large.bin', 'GET', 'Range: bytes=7-13\r\n');
    assert.match(text, /^HTTP\/1.1 206 .*Content-Range: bytes 7-13\/300000\r\n/s);
    assert.match(text, /\r\n\r\nstatic $/);
  });
  test('has no body for HEAD, and none when it is empty', async () => {
    assert.match(await ask('/static/a%20b.css', 'HEAD'), /Content-Length: 7\r\n(?:.+\r\n)*\r\n$/);
    assert.match(await ask('/static/empty.txt'), /Content-Length: 0\r\n(?:.+\r\n)*\r\n$/);
  });
  test('is not sent again to whoever has it', async () => {
    const since = (date: string) =>
      ask('/static/a%20b.css', 'GET', `If-Modified-Since: ${date}\r\n`);
    assert.match(await since('Tue, 14 Nov 2023 22:13:20 GMT'), /^HTTP\/1.1 304 .*\r\n\r\n$/s);
    assert.match(await since('Tue, 14 Nov 2023 22:13:19 GMT'), /^HTTP\/1.1 200 /);
    assert.match(await since('nonsense'), /^HTTP\/1.1 200 /);
  });
  test('may be mapped by itself, and may begin with a dot', async () => {
    assert.match(await ask('/robots.txt'), /secret$/);
    assert.match(await ask('/static/.hidden'), /dot$/);
  });
});

describe('the application is asked instead', () => {
  const paths: readonly (readonly [string, string])[] = [
    ['for a file that is missing', '/static/none'],
    ['for a folder', '/static/sub'],
    ['for a path outside', '/static/../secret'],
    ['for a path outside that is encoded', '/static/%2e%2e/secret'],
    ['for an encoded slash', '/static/sub%2f..%2fa%20b.css'],
    ['for a backslash', '/static/..%5csecret'],
    ['for a link that leads outside', '/static/link'],
    ['for a path that only begins like the map', '/staticless'],
  ];
  for (const [what, path] of paths) {
    test(what, async () => assert.match(await ask(path), /application$/));
  }
  test('for a method that is not GET or HEAD', async () => {
    assert.match(await ask('/static/a%20b.css', 'POST'), /application$/);
  });
});
