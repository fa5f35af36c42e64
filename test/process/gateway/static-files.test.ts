/** static-map: which files a client gets, and which not. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

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

describe('what else may be said of static files', () => {
  const other = join(folder, 'other');
  const start = (more: Parameters<typeof staticResponses>[1], maps = [{ mount: '/s', root }]) =>
    GatewayUnderTest.start({ responses: staticResponses(maps, more) });
  const get = (from: GatewayUnderTest, path: string, header = '') =>
    from.ask(`GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${header}\r\n`);
  let own: GatewayUnderTest;
  before(() => {
    mkdirSync(other);
    writeFileSync(join(root, 'sub', 'index.html'), 'the index');
    writeFileSync(join(root, 'x.css'), 'plain');
    writeFileSync(join(root, 'x.css.gz'), 'gzipped');
    writeFileSync(join(root, 'x.css.br'), 'br');
    writeFileSync(join(root, 'x.php'), 'code');
    utimesSync(join(root, 'x.css'), 1_700_000_000, 1_700_000_000);
  });
  afterEach(() => own.stop());
  async function serving(
    more: Parameters<typeof staticResponses>[1],
    maps?: { mount: string; root: string }[],
  ) {
    own = await start(more, maps);
    const worker = await own.worker();
    worker.serve = ({ thread }) => worker.answer(thread, 'application');
    return (path: string, header = '') => get(own, path, header);
  }

  test('a directory has an index, with and without a slash', async () => {
    const ask = await serving({ indexes: ['none.html', 'index.html'] });
    for (const path of ['/s/sub/', '/s/sub']) {
      const text = await ask(path);
      assert.match(text, /\r\nContent-Type: text\/html\r\n/, path);
      assert.match(text, /the index$/, path);
    }
    assert.match(await ask('/s/'), /application$/);
  });
  test('a link may lead into a safe directory, and into no other', async () => {
    const ask = await serving({ safeRoots: [join(folder, 'secret')] });
    assert.match(await ask('/s/link'), /secret$/);
    await own.stop();
    const again = await serving({ safeRoots: [join(folder, 'secre')] });
    assert.match(await again('/s/link'), /application$/);
  });
  test('a directory may be looked in for every path', async () => {
    const ask = await serving({}, [{ mount: '', root }]);
    assert.match(await ask('/x.css'), /plain$/);
    for (const path of ['/', '/sub', '/none', '/sub/'])
      assert.match(await ask(path), /application$/);
  });
  test('some endings are never sent', async () => {
    const ask = await serving({ skippedEndings: ['.php'] });
    assert.match(await ask('/s/x.php'), /application$/);
    assert.match(await ask('/s/x.css'), /plain$/);
  });
  test('clients are told when to ask again', async () => {
    const rule = (of: 'file' | 'uri' | 'path' | 'type', pattern: string) =>
      ({ of, pattern, seconds: 3600, since: 'modified' }) as const;
    const expected = /\r\nExpires: Tue, 14 Nov 2023 23:13:20 GMT\r\n/;
    for (const [one, hit, miss] of [
      [rule('file', '.css$'), '/s/x.css', '/s/x.php'],
      [rule('path', '^/s/x'), '/s/x.css', '/s/large.bin'],
      [rule('uri', 'v=1'), '/s/x.css?v=1', '/s/x.css?v=2'],
      [rule('type', 'text/css'), '/s/x.css', '/s/large.bin'],
    ] as const) {
      const ask = await serving({ expires: [one] });
      assert.match(await ask(hit), expected, hit);
      assert.doesNotMatch(await ask(miss), /Expires/, miss);
      await own.stop();
    }
    const ask = await serving({ expires: [{ ...rule('file', '/*'), since: 'now' }] });
    const [, date = ''] = /\r\nExpires: (.+)\r\n/.exec(await ask('/s/x.css')) ?? [];
    assert.ok(Math.abs(Date.parse(date) - Date.now() - 3_600_000) < 600_000, date);
  });
  test('a compressed file is sent to whoever takes it, and says so', async () => {
    const compressed = { all: false, prefixes: [], endings: ['.css'], patterns: [] };
    const ask = await serving({ compressed });
    const accept = (what: string) => ask('/s/x.css', `Accept-Encoding: ${what}\r\n`);
    assert.match(await accept('gzip, br'), /Content-Encoding: br\r\n.*\r\n\r\nbr$/s);
    const text = await accept('gzip, br;q=0');
    assert.match(text, /Content-Type: text\/css\r\n/);
    assert.match(text, /Vary: Accept-Encoding\r\nContent-Encoding: gzip\r\n/);
    assert.match(text, /\r\n\r\ngzipped$/);
    assert.match(await ask('/s/x.css'), /Vary: Accept-Encoding\r\n.*\r\n\r\nplain$/s);
    assert.doesNotMatch(await ask('/s/x.php', 'Accept-Encoding: gzip\r\n'), /Vary/);
  });
  test('types may come from a table of its own', async () => {
    const ask = await serving({
      mimeTypes: ['text/x-own css # ours\n', 'text/x-second css bin\n'],
    });
    assert.match(await ask('/s/x.css'), /Content-Type: text\/x-own\r\n/);
    assert.match(await ask('/s/large.bin'), /Content-Type: text\/x-second\r\n/);
  });
  test('the server in front may be told to send it', async () => {
    const ask = await serving({ sentBy: 'X-Accel-Redirect' });
    const text = await ask('/s/x.css');
    assert.match(text, new RegExp(`\r\nX-Accel-Redirect: ${root}/x.css\r\n`));
    assert.doesNotMatch(text, /plain/);
    const since = 'If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\n';
    assert.match(await ask('/s/x.css', since), /^HTTP\/1.1 304 /);
  });
  test('a directory that comes later, or in place of another, is found', async () => {
    const later = join(folder, 'later');
    const ask = await serving({}, [{ mount: '/s', root: later }]);
    assert.match(await ask('/s/x'), /application$/);
    mkdirSync(later);
    writeFileSync(join(later, 'x'), 'first');
    assert.match(await ask('/s/x'), /first$/);
    rmSync(later, { recursive: true });
    symlinkSync(other, later);
    writeFileSync(join(other, 'x'), 'second');
    assert.match(await ask('/s/x'), /second$/);
  });
  test('only a file that is as it was is sent to whoever wants it so', async () => {
    const ask = await serving({});
    assert.match(await ask('/s/x.css', 'If-Match: "none"\r\n'), /^HTTP\/1.1 412 /);
    const old = 'If-Unmodified-Since: Tue, 14 Nov 2023 22:13:19 GMT\r\n';
    assert.match(await ask('/s/x.css', old), /^HTTP\/1.1 412 /);
    assert.match(await ask('/s/x.css', old.replace(':19', ':20')), /plain$/);
  });
});
