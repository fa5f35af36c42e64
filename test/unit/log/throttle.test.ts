/** What happens again and again is said once in a while, with how often it did. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Seldom } from '../../../src/log/throttle.ts';

test('the first is said, the next ones are counted until ten seconds have passed', () => {
  const seldom = new Seldom();
  assert.equal(seldom.count(1000), 1);
  assert.equal(seldom.count(1001), 0);
  assert.equal(seldom.count(10_999), 0);
  assert.equal(seldom.count(11_000), 3);
  assert.equal(seldom.count(11_001), 0);
});
