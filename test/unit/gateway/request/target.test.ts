/** How a request target is taken apart. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readTarget } from '../../../../src/gateway/request/target.ts';

/** What the real uwsgi makes of a path, and so do we. */
const asUwsgi = [
  ['/a/../b/./c//d%2fe%2e%2e/x', '/b/c//d/e../x'],
  ['//a//b/', '//a//b/'],
  ['/../../b/..', '/'],
  ['/a/b/..', '/a/'],
  ['/a/.', '/a/'],
  ['/%E4', '/\u00e4'],
  ['/x#fragment', '/x'],
  ['*', '*'],
] as const;

describe('the path of a target', () => {
  for (const [target, path] of asUwsgi) {
    test(`${target} is ${JSON.stringify(path)}`, () => {
      assert.equal(readTarget(target, 'OPTIONS')?.path, path);
    });
  }

  test('keeps an escape that is none as it stands', () => {
    assert.equal(readTarget('/%zz%4')?.path, '/%zz%4');
  });
  test('with a NUL is refused, as no application could be told of it', () => {
    assert.equal(readTarget('/a%00b'), undefined);
  });
  test('of an absolute target is what follows the authority', () => {
    assert.deepEqual(readTarget('http://host:81/p/q?z'), {
      path: '/p/q',
      query: 'z',
      authority: 'host:81',
    });
    assert.equal(readTarget('http://host')?.path, '/');
    assert.equal(readTarget('http://host?x')?.query, 'x');
  });
  test('that has no slash is refused', () => {
    assert.equal(readTarget('host:443'), undefined);
  });
});

describe('the query of a target', () => {
  test('is left as it was sent', () => {
    assert.equal(readTarget('/a?b=%20&c=?d')?.query, 'b=%20&c=?d');
  });
  test('is empty without a question mark', () => {
    assert.equal(readTarget('/a')?.query, '');
  });
});
