/** When the requests of an application count as short. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ServiceTimes } from '../../../src/gateway/service-times.ts';

test('nothing is known of an application before its first request', () => {
  const times = new ServiceTimes();
  assert.equal(times.areShort(0), false);
  times.observe(0, 300);
  assert.equal(times.areShort(0), true);
  assert.equal(times.areShort(1), false);
});
test('one slow request among quick ones is forgotten, however slow it was', () => {
  const times = new ServiceTimes();
  times.observe(0, 300);
  times.observe(0, 60_000_000);
  assert.equal(times.areShort(0), false);
  for (let quick = 0; quick < 50; quick += 1) times.observe(0, 300);
  assert.equal(times.areShort(0), true);
});
