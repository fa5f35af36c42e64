/** Connections to the channel: the right token, a wrong one, one that is early, none. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Worker, keyOf } from '../../../../src/gateway/dispatch/worker.ts';
import { Handshakes } from '../../../../src/gateway/workers/handshake.ts';
import { Slot } from '../../../../src/gateway/workers/slot.ts';
import type { PooledWorker } from '../../../../src/gateway/workers/slot.ts';
import { FakeConnection } from '../../../support/fake-slot.ts';
import { keptLog } from '../../../support/kept-log.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

const limits = { maxRequests: 0, maxRequestsDelta: 0, minWorkerLifetime: 0, aheadMax: 0 };

function gate() {
  const timers = manualTimers();
  const workers = new Map<string, PooledWorker>();
  const welcomed: string[] = [];
  const closed: string[] = [];
  const handshakes = new Handshakes({
    log: keptLog(),
    timers,
    workers,
    welcome: (slot, worker) =>
      void welcomed.push(`worker ${worker.slot} thread ${slot.thread} pid ${worker.pid}`),
    waits: (_slot, worker, name) => void welcomed.push(`worker ${worker.slot} ${name}`),
  });
  const connect = (): FakeConnection => {
    const connection = new FakeConnection();
    const slot = new Slot(connection, {
      nobody: new Worker({ generation: 0, slot: 0, token: '', threads: 0 }, limits),
      requests: { ended: () => undefined, skipped: () => undefined, takeBack: () => undefined },
      owner: {
        hello: (one, strings) => handshakes.hello(one, strings),
        limited: () => undefined,
        closed: (one, reason) => {
          closed.push(reason);
          handshakes.forget(one);
        },
      },
      timers,
    });
    handshakes.await(slot);
    return connection;
  };
  const expect = (token: string): PooledWorker => {
    const worker: PooledWorker = new Worker({ generation: 1, slot: 1, token, threads: 2 }, limits);
    workers.set(keyOf(worker), worker);
    handshakes.look();
    return worker;
  };
  return { connect, expect, timers, welcomed, closed };
}

describe('a connection', () => {
  test('with the token that is expected is a thread of its worker', () => {
    const { connect, expect, timers, welcomed, closed } = gate();
    expect('right');
    connect().hello('right', { thread: 1, pid: 77 });
    assert.deepEqual(welcomed, ['worker 1 thread 1 pid 77']);
    assert.equal(timers.waiting, 0);
    timers.pass(60_000);
    assert.deepEqual(closed, []);
  });
  test('that comes before the message of the master waits for it', () => {
    const { connect, expect, welcomed } = gate();
    connect().hello('right');
    assert.deepEqual(welcomed, []);
    expect('right');
    assert.deepEqual(welcomed, ['worker 1 thread 0 pid 42']);
  });
  test('with another token is closed after five seconds', () => {
    const { connect, expect, timers, welcomed, closed } = gate();
    expect('right');
    connect().hello('wrong');
    timers.pass(4999);
    assert.deepEqual(closed, []);
    timers.pass(1);
    assert.deepEqual(closed, ['it showed no token that is known']);
    assert.deepEqual(welcomed, []);
  });
  test('that sends nothing is closed too', () => {
    const { connect, timers, closed } = gate();
    connect();
    timers.pass(5000);
    assert.deepEqual(closed, ['it showed no token that is known']);
  });
  test('of a thread that its worker does not have is closed at once', () => {
    const { connect, expect, closed } = gate();
    expect('right');
    connect().hello('right', { thread: 2 });
    assert.deepEqual(closed, ['it has no thread 2']);
  });
  test('of a worker whose process has ended is not let in', () => {
    const { connect, expect, welcomed } = gate();
    expect('right').apply('exit');
    connect().hello('right');
    assert.deepEqual(welcomed, []);
  });
});

test('of very many unknown connections the last are closed at once', () => {
  const { connect, closed } = gate();
  for (let count = 0; count < 1024; count += 1) connect();
  assert.deepEqual(closed, []);
  connect();
  assert.deepEqual(closed, ['too many unknown connections']);
});
