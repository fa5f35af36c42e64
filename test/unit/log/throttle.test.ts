/** What happens again and again is logged once in a while, with how often it did. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LogThrottle } from '../../../src/log/throttle.ts';

test('the first is logged, the next ones are counted until ten seconds have passed', () => {
  const throttle = new LogThrottle();
  assert.equal(throttle.count(1000), 1);
  assert.equal(throttle.count(1001), 0);
  assert.equal(throttle.count(10_999), 0);
  assert.equal(throttle.count(11_000), 3);
  assert.equal(throttle.count(11_001), 0);
});
