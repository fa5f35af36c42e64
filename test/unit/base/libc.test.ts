/** Random bytes: as many as were asked for, and others each time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { randomBytes } from '../../../src/base/libc.ts';

test('each call gives as many bytes as were asked for, and others', () => {
  for (const count of [0, 1, 16, 4096]) assert.equal(randomBytes(count).length, count);
  const seen = new Set(Array.from({ length: 100 }, () => randomBytes(16).toString('hex')));
  assert.equal(seen.size, 100);
});

test('all bytes are filled, also those of a large number', () => {
  const count = 1024 * 1024;
  const zeros = randomBytes(count).filter((byte) => byte === 0).length;
  // 4096 are expected; a part that was left out would be zeros.
  assert.ok(zeros > 3_000 && zeros < 5_200, `${zeros} zeros`);
});
