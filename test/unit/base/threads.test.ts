/** How many threads libuv's pool will have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { poolSize } from '../../../src/base/threads.ts';

test('the size of the pool is read as libuv reads it', () => {
  const sizes = { '8': 8, ' 6x': 6, '0': 1, '': 1, abc: 1, '5000': 1024, '-1': 1024 };
  for (const [text, size] of Object.entries(sizes)) assert.equal(poolSize(text), size, text);
  assert.equal(poolSize(undefined), 4);
});
