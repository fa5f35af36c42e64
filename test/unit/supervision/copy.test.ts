/** Copies of plain data. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { copyOf } from '../../../src/supervision/copy.ts';

test('a copy is the same, and shares nothing that can be changed', () => {
  const data = { list: [{ at: Infinity, name: 'a' }], none: null, gap: undefined, text: '' };
  const copy = copyOf(data);
  assert.deepEqual(copy, data);
  const [first] = copy.list;
  assert.ok(first !== undefined && first !== data.list[0]);
  first.at = 2;
  assert.equal(data.list[0]?.at, Infinity);
});
