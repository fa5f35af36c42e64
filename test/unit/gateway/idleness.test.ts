/** When a gateway is idle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Idleness } from '../../../src/gateway/idleness.ts';

test('is over the limit only when nothing was asked for so long', () => {
  const idleness = new Idleness(3_000);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 50_000), false);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 52_999), false);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 53_000), true);
});

test('a request that came and went between two looks counts', () => {
  const idleness = new Idleness(3_000);
  idleness.look({ open: 0, requests: 0 }, 0);
  assert.equal(idleness.look({ open: 0, requests: 1 }, 2_900), false);
  assert.equal(idleness.look({ open: 0, requests: 1 }, 5_800), false);
  assert.equal(idleness.look({ open: 0, requests: 1 }, 5_900), true);
});

test('a request that runs or waits keeps it from being idle for as long as it takes', () => {
  const idleness = new Idleness(3_000);
  idleness.look({ open: 1, requests: 0 }, 0);
  assert.equal(idleness.look({ open: 1, requests: 0 }, 60_000), false);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 62_000), false);
  assert.equal(idleness.look({ open: 0, requests: 0 }, 63_000), true);
});
