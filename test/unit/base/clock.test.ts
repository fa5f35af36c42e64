/** Which time counts: that in which the process ran. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { RunningTime } from '../../../src/base/clock.ts';

/** The clock of a process after looks at these times of the machine's clock. */
function afterLooksAt(...timesMs: readonly number[]): RunningTime {
  let elapsedMs = 0;
  const time = new RunningTime(() => elapsedMs);
  for (const atMs of timesMs) {
    elapsedMs = atMs;
    time.now();
  }
  return time;
}

describe('the time in which a process ran', () => {
  test("is the machine's, while it is looked at once a second, or a little late", () => {
    const time = afterLooksAt(1_000, 2_000, 3_900, 5_900);
    assert.equal(time.now(), 5_900);
    assert.equal(time.sleptMs(), 0);
  });
  test('leaves out a gap but for a second, in which it may have run', () => {
    const time = afterLooksAt(1_000, 61_000);
    assert.equal(time.now(), 2_000);
    assert.equal(time.sleptMs(), 59_000);
  });
  test('goes on from there, and leaves out every gap', () => {
    const time = afterLooksAt(1_000, 61_000, 62_000, 162_000, 162_500);
    assert.equal(time.now(), 4_500);
    assert.equal(time.sleptMs(), 158_000);
  });
  test('never goes back', () => {
    let elapsedMs = 0;
    const time = new RunningTime(() => elapsedMs);
    let before = time.now();
    for (const stepMs of [1, 2_000, 2_001, 0, 500_000, 1, 3_000, 1_999]) {
      elapsedMs += stepMs;
      const now = time.now();
      assert.ok(now >= before, `${now} after ${before}`);
      before = now;
    }
  });
});
