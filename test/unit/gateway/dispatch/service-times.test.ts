/** How many requests of an application may be in line: the fewer the longer they take. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ServiceTimes } from '../../../../src/gateway/dispatch/service-times.ts';

test('nothing is known of an application before its first request', () => {
  const times = new ServiceTimes();
  assert.equal(times.aheadOf(0), 0);
  times.observe(0, 300);
  assert.equal(times.aheadOf(0), 13);
  assert.equal(times.aheadOf(1), 0);
});
test('one slow request among quick ones is forgotten, however slow it was', () => {
  const times = new ServiceTimes();
  times.observe(0, 300);
  times.observe(0, 60_000_000);
  assert.equal(times.aheadOf(0), 0);
  for (let quick = 0; quick < 500; quick += 1) times.observe(0, 300);
  assert.equal(times.aheadOf(0), 13);
});
test('of longer ones fewer are in line, and of long ones none', () => {
  const ahead = [100, 1000, 2000, 2001].map((micros) => {
    const times = new ServiceTimes();
    times.observe(0, micros);
    return times.aheadOf(0);
  });
  assert.deepEqual(ahead, [40, 4, 2, 0]);
});
