/** How much of the responses may wait in memory. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ResponseLimits } from '../../../../src/gateway/exchange/backlog-limits.ts';

test('a response may have a megabyte of memory, and less where many wait', () => {
  const memory = (open: number) => new ResponseLimits(0, () => open).memoryMaxBytes;
  assert.equal(memory(0), 1024 * 1024);
  assert.equal(memory(32), 1024 * 1024);
  assert.ok(memory(200) * 200 <= 32 * 1024 * 1024);
  assert.equal(memory(100_000), 64 * 1024);
});
