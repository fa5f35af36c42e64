/** Points in time as logs write them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ctime, timeFormatter } from '../../../src/log/log-times.ts';

test('within a second the text is the same, in the next another', () => {
  const write = timeFormatter('%H:%M:%S');
  const at = new Date(2026, 10, 3, 2, 8, 57, 0);
  assert.equal(write(at), '02:08:57');
  assert.equal(write(new Date(at.getTime() + 999)), '02:08:57');
  assert.equal(write(new Date(at.getTime() + 1000)), '02:08:58');
  assert.equal(ctime(at), 'Tue Nov  3 02:08:57 2026');
});
