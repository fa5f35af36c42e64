/** When a worker has been given enough requests. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pooledWorker } from '../../../../src/gateway/dispatch/worker.ts';
import { isNearRetirement, reasonToRetire } from '../../../../src/gateway/dispatch/retirement.ts';

/** Whether a worker in `slot` that has been given `taken` requests in 20 s is to leave. */
function isDue(slot: number, taken: number, limits: Partial<Parameters<typeof reasonToRetire>[1]>) {
  const worker = { ...pooledWorker({ generation: 1, slot, token: '', threads: 1 }), taken };
  const all = { maxRequests: 5, maxRequestsDelta: 0, minWorkerLifetime: 10, ...limits };
  return reasonToRetire(worker, all, 20_000) !== '';
}

test('a worker leaves with its last request', () => {
  assert.equal(isDue(1, 4, {}), false);
  assert.equal(isDue(1, 5, {}), true);
});
test('further slots leave later by the delta', () => {
  assert.equal(isDue(3, 8, { maxRequestsDelta: 2 }), false);
  assert.equal(isDue(3, 9, { maxRequestsDelta: 2 }), true);
});
test('a worker that is too young stays', () => {
  assert.equal(isDue(1, 100, { minWorkerLifetime: 30 }), false);
});
test('without max-requests a worker stays', () => {
  assert.equal(isDue(1, 1_000_000, { maxRequests: 0 }), false);
});

/** Whether nothing is sent ahead any more to a worker that has been given `taken` requests. */
function isNear(taken: number, minWorkerLifetime: number): boolean {
  const worker = { ...pooledWorker({ generation: 1, slot: 1, token: '', threads: 2 }), taken };
  const limits = { maxRequests: 100, maxRequestsDelta: 0, minWorkerLifetime, aheadMax: 3 };
  return isNearRetirement(worker, limits, 20_000);
}

test('a worker is near its end when what its threads may hold would reach it', () => {
  assert.equal(isNear(91, 10), false);
  assert.equal(isNear(92, 10), true);
});
test('but not while it is too young to leave', () => {
  assert.equal(isNear(1000, 60), false);
  assert.equal(isNear(1000, 20.5), true);
});
