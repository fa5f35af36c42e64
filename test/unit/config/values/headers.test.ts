/** Headers as options write them. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readCollected, readHeader } from '../../../../src/config/values/headers.ts';

describe('a header of an option', () => {
  for (const [text, name, value] of [
    ['X-A: 1', 'X-A', '1'],
    ['X-A:1', 'X-A', '1'],
    ['X-A:  a: b ', 'X-A', 'a: b'],
    ['X-A:', 'X-A', ''],
  ] as const) {
    test(`is read out of "${text}"`, () => assert.deepEqual(readHeader(text), { name, value }));
  }
  for (const text of ['X-A', '', ': 1', 'X A: 1', ' X-A: 1', 'X-A : 1', 'X-A: 1\r\nX-B: 2']) {
    test(`is not ${JSON.stringify(text)}`, () => assert.equal(readHeader(text), undefined));
  }
});

describe('a header that becomes a variable', () => {
  test('is two words', () => {
    assert.deepEqual(readCollected(' X-A  NAME '), { name: 'X-A', variable: 'NAME' });
  });
  for (const text of ['X-A', '', 'X-A B C', 'X:A B']) {
    test(`is not "${text}"`, () => assert.equal(readCollected(text), undefined));
  }
});
