/** Requests that wait for signals: who gets which, and what ends a wait. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { WorkerPool } from '../../../../src/gateway/workers/pool.ts';
import { encodeStringsFrame, frameTypes } from '../../../../src/protocol/request-frames.ts';
import { endFrame } from '../../../support/response-frames.ts';
import { FakeConnection, FakeJob, noLimits } from '../../../support/fake-slot.ts';
import { keptLog } from '../../../support/kept-log.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

/** A worker with so many threads that serves; `waits` is a request of it that waits. */
function serving(threads: number) {
  const timers = manualTimers();
  const pool = new WorkerPool(noLimits, { tellMaster: () => {}, log: keptLog(), timers });
  const connectTo = (slot: number, thread: number | string): FakeConnection => {
    const connection = new FakeConnection();
    pool.accept(connection);
    const strings = ['2', 'token', 1, slot, thread, 42].map(String);
    connection.emit('data', encodeStringsFrame(frameTypes.hello, strings));
    return connection;
  };
  const worker = (slot: number): FakeConnection[] => {
    pool.expect({ type: 'expect-worker', generation: 1, slot, token: 'token', threads });
    const slots = Array.from({ length: threads }, (_each, thread) => connectTo(slot, thread));
    pool.switch([{ generation: 1, slot }], []);
    return slots;
  };
  const waits = (wanted?: number, slot = 1): FakeConnection =>
    connectTo(slot, wanted === undefined ? 'signals' : `signals ${wanted}`);
  return { pool, timers, slots: worker(1), worker, waits };
}

function handles(connection: FakeConnection): void {
  connection.emit('data', endFrame());
}

describe('a signal for any worker', () => {
  test('goes to the request that waits for it, not to an idle slot', () => {
    const { pool, slots, waits } = serving(2);
    const [other, mine] = [waits(8), waits(7)];
    pool.signals.raise(7, []);
    assert.deepEqual(
      [other.sent, mine.sent, slots[0]?.sent, slots[1]?.sent],
      [[], ['SIGNAL'], [], []],
    );
  });
  test('goes to one of two that wait, and to the other when the first is at work', () => {
    const { pool, waits } = serving(1);
    const both = [waits(), waits()];
    pool.signals.raise(7, []);
    pool.signals.raise(7, []);
    assert.deepEqual(
      both.map(({ sent }) => sent),
      [['SIGNAL'], ['SIGNAL']],
    );
  });
  test('goes to an idle slot where requests wait for others', () => {
    const { pool, slots, waits } = serving(1);
    const other = waits(8);
    pool.signals.raise(7, []);
    assert.deepEqual([other.sent, slots[0]?.sent], [[], ['SIGNAL']]);
  });
  test('is handled by a request that waits for another where no slot is idle', () => {
    const { pool, slots, waits } = serving(1);
    pool.assigner.submit(new FakeJob('/waits'));
    const other = waits(8);
    pool.signals.raise(7, []);
    handles(other);
    pool.signals.raise(8, []);
    assert.deepEqual([other.sent, slots[0]?.sent], [['SIGNAL', 'SIGNAL'], ['REQUEST /waits']]);
    assert.equal(pool.signals.waiting, 0);
  });
  test('that has waited for an idle slot goes to a request that begins to wait, once', () => {
    const { pool, slots, waits } = serving(1);
    pool.assigner.submit(new FakeJob('/waits'));
    pool.signals.raise(7, []);
    const mine = waits(7);
    mine.emit('end');
    slots[0]?.answer();
    assert.deepEqual([mine.sent, slots[0]?.sent], [['SIGNAL'], ['REQUEST /waits']]);
  });
  test('that did not reach a request waits again', () => {
    const { pool, slots, waits } = serving(1);
    const mine = waits(7);
    pool.signals.raise(7, []);
    mine.emit('error', Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    assert.deepEqual(slots[0]?.sent, ['SIGNAL']);
  });
});

describe('a signal for a certain worker', () => {
  test('goes to the request there that waits, and no other takes it', () => {
    const { pool, slots, worker, waits } = serving(1);
    const second = worker(2);
    const [here, there] = [waits(7), waits(7, 2)];
    pool.signals.raise(7, [2]);
    assert.deepEqual(
      [here.sent, there.sent, slots[0]?.sent, second[0]?.sent],
      [[], ['SIGNAL'], [], []],
    );
  });
});

describe('a wait ends', () => {
  test('when its worker is to leave, and after the signal that it handles', () => {
    const { pool, waits } = serving(1);
    const [idle, busy] = [waits(), waits()];
    pool.signals.raise(7, []);
    pool.switch([], [{ generation: 1, slot: 1 }]);
    assert.deepEqual([idle.sent, busy.sent], [['SIGNAL'], ['DRAIN']]);
    handles(idle);
    assert.deepEqual(idle.sent, ['SIGNAL', 'DRAIN']);
    assert.deepEqual(waits().sent, ['DRAIN']);
  });
  test('when the gateway drains', () => {
    const { pool, slots, waits } = serving(1);
    const mine = waits(7);
    pool.signals.waiters.close();
    pool.signals.raise(7, []);
    assert.deepEqual(
      [mine.sent, waits(7).sent, slots[0]?.sent],
      [['DRAIN'], ['DRAIN'], ['SIGNAL']],
    );
  });
  test('when its worker has ended', () => {
    const { pool, waits } = serving(1);
    const mine = waits(7);
    const how = { how: 'exited with code 1', code: 1, signal: 0, isOutOfMemory: false };
    pool.exited({ type: 'worker-exited', generation: 1, slot: 1, pid: 42, ...how });
    assert.ok(mine.destroyed);
  });
});
