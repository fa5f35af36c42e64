/** The file that an application names, and the head that goes with it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { mergedHeaders, takeNamedFile } from '../../../../src/gateway/files/named-file.ts';
import { isBelow, sendfileCandidates } from '../../../../src/gateway/files/candidates.ts';

describe('a naming header', () => {
  test('is taken out, in whatever case', () => {
    const headers = ['A', '1', 'x-sendFILE', '/srv/a%20b', 'B', '2'];
    assert.deepEqual(takeNamedFile(headers), { header: 'x-sendFILE', path: '/srv/a%20b' });
    assert.deepEqual(headers, ['A', '1', 'B', '2']);
  });
  test('of nginx is decoded, and loses its arguments', () => {
    const named = takeNamedFile(['X-Accel-Redirect', '/p/a%20%c3%a9?x=1']);
    assert.equal(named?.path, '/p/a \xc3\xa9');
  });
  test('that is empty names nothing', () => {
    assert.equal(takeNamedFile(['X-Sendfile', '']), undefined);
    assert.equal(takeNamedFile(['X-Sendfiles', '/x']), undefined);
  });
});

describe('a named file is looked for', () => {
  const roots = [
    { prefix: '', root: '/srv/a' },
    { prefix: '/protected/', root: '/srv/b/' },
  ];
  const paths = (named: string) => sendfileCandidates(roots, named).map(({ path }) => path);
  test('where its own path is, below a root', () => {
    assert.deepEqual(paths('/srv/a/x'), ['/srv/a/x']);
  });
  test('where its address stands for a root', () => {
    assert.deepEqual(paths('/protected/x'), ['/srv/b/x']);
  });
  test('below each root, when its path is relative', () => {
    assert.deepEqual(paths('x/y'), ['/srv/a/x/y', '/srv/b/x/y']);
  });
  for (const named of [
    '/srv/ab',
    '/etc/passwd',
    '/srv/a/../x',
    '../x',
    '/protectedx/y',
    '/srv/a\0',
  ]) {
    test(`nowhere for ${JSON.stringify(named)}`, () => assert.deepEqual(paths(named), []));
  }
});

test('a sibling whose name begins like a root is not below it', () => {
  assert.ok(isBelow('/srv/static/x', '/srv/static'));
  assert.ok(isBelow('/srv/static', '/srv/static'));
  assert.ok(isBelow('/x', '/'));
  assert.ok(!isBelow('/srv/static-secret/x', '/srv/static'));
});

describe("the application's headers", () => {
  const answer = {
    status: 200,
    headers: ['Content-Type', 'text/css', 'ETag', '"f"', 'Content-Length', '7'],
    start: 0,
    lengthBytes: 7,
  } as const;
  test('stand, but for those of the bytes', () => {
    const own = ['content-type', 'text/own', 'Content-Length', '99', 'ETag', '"o"', 'X', '1'];
    assert.deepEqual(mergedHeaders(own, { ...answer, headers: [...answer.headers] }), [
      ...['content-type', 'text/own', 'X', '1', 'ETag', '"f"', 'Content-Length', '7'],
    ]);
  });
  test('about a body are left out of an answer without it', () => {
    const headers = ['Content-Range', 'bytes */7', 'Content-Length', '0'];
    const own = ['Content-Type', 'text/own', 'Content-Disposition', 'attachment', 'X', '1'];
    const merged = mergedHeaders(own, { ...answer, status: 416, headers });
    assert.deepEqual(merged, ['X', '1', ...headers]);
  });
});
