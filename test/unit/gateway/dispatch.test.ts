/** Which worker takes the next request, in chosen orders of events and in thousands of others. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Dispatcher } from '../../../src/gateway/dispatch.ts';
import type { DispatchSlot, DispatchWorker } from '../../../src/gateway/dispatch.ts';

type Slot = DispatchSlot<number> & { readonly name: string };

function worker(): DispatchWorker {
  return { isEnabled: true, taken: 0, busy: 0 };
}

function slot(of: DispatchWorker, name = ''): Slot {
  return { worker: of, job: undefined, name };
}

function dispatcherWith(slots: Slot[], queueMax = 0): Dispatcher<number, Slot> {
  const dispatcher = new Dispatcher<number, Slot>(queueMax);
  for (const idle of slots) dispatcher.release(idle);
  return dispatcher;
}

describe('the next request', () => {
  test('is the oldest that waits', () => {
    const dispatcher = dispatcherWith([slot(worker())]);
    dispatcher.submit(1);
    dispatcher.submit(2);
    assert.equal(dispatcher.next()?.job, 1);
    assert.equal(dispatcher.next(), undefined);
  });
  test('goes to the worker that runs the fewest', () => {
    const [a, b] = [worker(), worker()];
    const dispatcher = dispatcherWith([slot(b), slot(a), slot(a)]);
    for (const job of [1, 2, 3]) dispatcher.submit(job);
    assert.equal(dispatcher.next()?.slot.worker, a);
    assert.equal(dispatcher.next()?.slot.worker, b);
    assert.equal(dispatcher.next()?.slot.worker, a);
  });
  test('goes to the slot that was busy last, among equals', () => {
    const dispatcher = dispatcherWith([slot(worker(), 'first'), slot(worker(), 'last')]);
    dispatcher.submit(1);
    assert.equal(dispatcher.next()?.slot.name, 'last');
  });
  test('waits while the gateway is suspended', () => {
    const dispatcher = dispatcherWith([slot(worker())]);
    dispatcher.suspend();
    dispatcher.submit(1);
    assert.equal(dispatcher.next(), undefined);
    dispatcher.resume();
    assert.equal(dispatcher.next()?.job, 1);
  });
});

describe('a queue with a limit', () => {
  test('refuses what would wait beyond it, and nothing that a slot can take', () => {
    const dispatcher = dispatcherWith([slot(worker())], 1);
    assert.equal(dispatcher.submit(1), true);
    assert.equal(dispatcher.next()?.job, 1);
    assert.equal(dispatcher.submit(2), true);
    assert.equal(dispatcher.submit(3), false);
    assert.equal(dispatcher.waiting, 1);
  });
});

/** A small generator of chances, so that a failing order can be run again. */
function chances(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/** Runs one random order of events, and checks the promises after each. */
function runOrder(seed: number): void {
  const chance = chances(seed);
  const workers = [worker(), worker(), worker()];
  const idle = new Set<Slot>();
  const busy = new Set<Slot>();
  const dispatcher = new Dispatcher<number, Slot>(0);
  const waiting: number[] = [];
  let nextJob = 0;
  for (const of of workers) {
    for (const connected of [slot(of), slot(of)]) {
      idle.add(connected);
      dispatcher.release(connected);
    }
  }
  for (let turn = 0; turn < 200; turn += 1) {
    const running = [...busy];
    switch (chance(6)) {
      case 0:
      case 1:
        dispatcher.submit((nextJob += 1));
        waiting.push(nextJob);
        break;
      case 2: {
        const ended = running[chance(running.length)];
        if (ended === undefined) break;
        busy.delete(ended);
        idle.add(ended);
        dispatcher.release(ended);
        break;
      }
      case 3: {
        const changed = workers[chance(3)];
        if (changed !== undefined) changed.isEnabled = !changed.isEnabled;
        break;
      }
      case 4: {
        const gone = waiting[chance(waiting.length)];
        if (gone === undefined) break;
        assert.ok(dispatcher.withdraw(gone));
        waiting.splice(waiting.indexOf(gone), 1);
        break;
      }
      case 5: {
        const all = [...idle, ...busy];
        const lost = all[chance(all.length)];
        if (lost === undefined || all.length < 3) break;
        dispatcher.remove(lost);
        idle.delete(lost);
        busy.delete(lost);
        break;
      }
    }
    for (let given = dispatcher.next(); given !== undefined; given = dispatcher.next()) {
      assert.equal(given.job, waiting.shift(), 'requests are given out once, in their order');
      assert.ok(given.slot.worker.isEnabled, 'no request goes to a worker that is not enabled');
      assert.ok(idle.delete(given.slot), 'a slot has one request at a time');
      busy.add(given.slot);
    }
    const mayTake = [...idle].some((free) => free.worker.isEnabled);
    assert.ok(waiting.length === 0 || !mayTake, 'nothing waits while a slot may take it');
    assert.equal(dispatcher.waiting, waiting.length);
    assert.equal(dispatcher.running, busy.size);
    for (const of of workers) {
      assert.equal(of.busy, [...busy].filter((taken) => taken.worker === of).length);
    }
  }
}

test('in any order of events no request is lost, given twice, or kept from an idle slot', () => {
  for (let seed = 1; seed <= 2000; seed += 1) {
    try {
      runOrder(seed);
    } catch (error) {
      throw new Error(`order ${seed}`, { cause: error });
    }
  }
});
