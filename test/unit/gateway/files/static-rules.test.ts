/** Rules for static files: when to ask again, and what may be compressed. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readPattern } from '../../../../src/base/pattern.ts';
import { readExpires } from '../../../../src/config/values/expires.ts';
import {
  CompressedFiles,
  Expiry,
  acceptedEncodings,
} from '../../../../src/gateway/files/static-rules.ts';

describe('static-expires', () => {
  const served = {
    file: '/srv/a.css',
    uri: '/s/a.css?v=1',
    path: '/s/a.css',
    type: 'text/css',
    modifiedMs: 1_700_000_000_000,
  };
  const rule = { of: 'file', pattern: 'css$', seconds: 60, since: 'now' } as const;
  test('counts from now, or from when the file was changed', () => {
    assert.equal(new Expiry([rule]).of(served, 0), 'Thu, 01 Jan 1970 00:01:00 GMT');
    const since = new Expiry([{ ...rule, since: 'modified' }]);
    assert.equal(since.of(served, 0), 'Tue, 14 Nov 2023 22:14:20 GMT');
  });
  test('has the first rule that fits, or none', () => {
    const expiry = new Expiry([{ ...rule, pattern: 'js$' }, rule, { ...rule, seconds: 0 }]);
    assert.equal(expiry.of(served, 0), 'Thu, 01 Jan 1970 00:01:00 GMT');
    assert.equal(new Expiry([{ ...rule, of: 'type', pattern: 'text' }]).of(served, 0), undefined);
  });
  test('is read as uWSGI reads it', () => {
    const read = (text: string, by: 'pattern' | 'type') => readExpires(text, by);
    assert.deepEqual(read('/* 31557600', 'pattern'), {
      kind: 'rule',
      pattern: '/*',
      seconds: 31_557_600,
    });
    assert.deepEqual(read('text/css=60', 'type'), {
      kind: 'rule',
      pattern: 'text/css',
      seconds: 60,
    });
    for (const text of ['x', 'x y', ' 5', '( 5'])
      assert.equal(read(text, 'pattern').kind, 'problem');
    assert.equal(read('text/css 60', 'type').kind, 'problem');
  });
  test('may ignore case as PCRE does', () => {
    assert.ok(readPattern('(?i)\\.CSS$')?.test('a.css'));
    assert.equal(readPattern('['), undefined);
  });
});

describe('a compressed file', () => {
  const none = { all: false, prefixes: [], endings: [], patterns: [] };
  const mayBe = (settings: Partial<ConstructorParameters<typeof CompressedFiles>[0]>) =>
    new CompressedFiles({ ...none, ...settings }).mayBe('/srv/s/a.css');
  test('is looked for where a rule says so', () => {
    assert.ok(!mayBe({}));
    assert.ok(mayBe({ all: true }));
    assert.ok(mayBe({ prefixes: ['/srv/s'] }) && !mayBe({ prefixes: ['/srv/t'] }));
    assert.ok(mayBe({ endings: ['.css'] }) && !mayBe({ endings: ['.js'] }));
    assert.ok(mayBe({ patterns: ['a\\.c'] }) && !mayBe({ patterns: ['^a'] }));
  });
  const names = (header: string) => acceptedEncodings(header).map(({ name }) => name);
  for (const [header, expected] of [
    ['', []],
    ['gzip', ['gzip']],
    ['gzip, deflate, BR', ['br', 'gzip']],
    ['gzip;q=0, *', ['br']],
    ['br; q=0, gzip;q=0.5', ['gzip']],
    ['identity', []],
  ] as const) {
    test(`is sent to a client that accepts "${header}" as ${expected.join(' or ') || 'nothing'}`, () => {
      assert.deepEqual(names(header), expected);
    });
  }
});
