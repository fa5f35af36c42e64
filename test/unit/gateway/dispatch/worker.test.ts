/** A worker process: when it has been given enough requests, and what it may be given. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Worker } from '../../../../src/gateway/dispatch/worker.ts';
import type { RetirementLimits } from '../../../../src/gateway/dispatch/worker.ts';

const usual = { maxRequests: 5, maxRequestsDelta: 0, minWorkerLifetime: 10, aheadMax: 3 };

/** A worker that was enabled at 0 ms and has been given `taken` requests. */
function workerWith(taken: number, limits: Partial<RetirementLimits> = {}, slot = 1, threads = 1) {
  const all = { ...usual, ...limits };
  const worker = new Worker({ generation: 1, slot, token: '', threads }, all);
  worker.enable(0);
  worker.taken = taken;
  return worker;
}

describe('after max-requests a worker leaves', () => {
  const isDue = (...given: Parameters<typeof workerWith>): boolean =>
    workerWith(...given).retirement(20_000) === 'due';

  test('with its last request', () => {
    assert.equal(isDue(4), false);
    assert.equal(isDue(5), true);
  });
  test('later by the delta, if it is a further one', () => {
    assert.equal(isDue(8, { maxRequestsDelta: 2 }, 3), false);
    assert.equal(isDue(9, { maxRequestsDelta: 2 }, 3), true);
  });
  test('but not while it is too young', () => {
    assert.equal(isDue(100, { minWorkerLifetime: 30 }), false);
  });
  test('and never without max-requests', () => {
    assert.equal(isDue(1_000_000, { maxRequests: 0 }), false);
    assert.equal(workerWith(0, { maxRequests: 0 }).nearFrom, Infinity);
  });
});

describe('nothing is sent ahead to a worker', () => {
  /** What is said of one that has been given `taken` of 100 requests, after 20 s. */
  const retirement = (taken: number, minWorkerLifetime: number): string =>
    workerWith(taken, { maxRequests: 100, minWorkerLifetime }, 1, 2).retirement(20_000);

  test('when what its threads may hold would reach max-requests', () => {
    assert.equal(workerWith(0, { maxRequests: 100 }, 1, 2).nearFrom, 92);
    assert.equal(retirement(91, 10), 'far');
    assert.equal(retirement(92, 10), 'near');
  });
  test('but it is while the worker is too young to leave', () => {
    assert.equal(retirement(1000, 60), 'far');
    assert.equal(retirement(1000, 20.5), 'near');
  });
  test('whose max-requests is near, until requests are taken back', () => {
    const worker = workerWith(4);
    worker.apply('near');
    assert.deepEqual([worker.takesRequests, worker.takesAhead], [true, false]);
    worker.apply('far');
    assert.deepEqual([worker.takesRequests, worker.takesAhead], [true, true]);
  });
});

test('what a worker is given follows from its state', () => {
  const worker = new Worker({ generation: 1, slot: 1, token: '', threads: 1 }, usual);
  const given = () => [worker.state, worker.takesRequests, worker.takesAhead, worker.isLeaving];
  assert.deepEqual(given(), ['expected', false, false, false]);
  worker.enable(0);
  assert.deepEqual(given(), ['serving', true, true, false]);
  worker.apply('drain');
  assert.deepEqual(given(), ['draining', false, false, true]);
});

test('the age of a worker counts from its first enabling', () => {
  const worker = workerWith(5);
  worker.enable(15_000);
  assert.equal(worker.retirement(20_000), 'due');
});
