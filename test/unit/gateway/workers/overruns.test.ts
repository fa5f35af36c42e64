/** Requests that run longer than harakiri allows; the time is the test's. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Worker } from '../../../../src/gateway/dispatch/worker.ts';
import { RecentRequests } from '../../../../src/gateway/measures/recent-requests.ts';
import { Overruns } from '../../../../src/gateway/workers/overruns.ts';
import { Slot } from '../../../../src/gateway/workers/slot.ts';
import type { PooledWorker } from '../../../../src/gateway/workers/slot.ts';
import type { PythonStack } from '../../../../src/stacks/stacks.ts';
import type { FromGateway } from '../../../../src/protocol/control-messages.ts';
import { FakeConnection, FakeJob, deaf } from '../../../support/fake-slot.ts';
import { keptLog } from '../../../support/kept-log.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

const limits = { maxRequests: 0, maxRequestsDelta: 0, minWorkerLifetime: 0, aheadMax: 0 };

/** A worker with two threads, watched with a harakiri of so many seconds. */
function watched(limit: number) {
  const timers = manualTimers();
  const log = keptLog();
  const told: string[] = [];
  const worker: PooledWorker = new Worker(
    { generation: 1, slot: 3, token: '', threads: 2 },
    limits,
  );
  worker.pid = 42;
  worker.enable(0);
  const { promise: stackRead, resolve: readStack } = Promise.withResolvers<PythonStack>();
  const overruns = new Overruns({
    limit,
    workers: () => [worker],
    takeBack: () => void told.push('taken back'),
    readStack: () => stackRead,
    recent: new RecentRequests(),
    tellMaster: (message: FromGateway) => {
      if (message.type === 'worker-overran') told.push(`others: ${message.othersRunning}`);
    },
    log,
    timers,
  });
  /** A thread that begins to run this request now. */
  const run = (job: FakeJob) => {
    const connection = new FakeConnection();
    const slot: Slot = new Slot(connection, {
      nobody: worker,
      requests: {
        ended: () => slot.pipeline.shift(timers.now()),
        skipped: () => undefined,
        takeBack: () => undefined,
      },
      owner: deaf,
      timers,
    });
    slot.thread = worker.connections.size;
    worker.connections.set(slot.thread, slot);
    connection.hello('token');
    slot.pipeline.add(job, timers.now());
    slot.send(job, timers.now());
    if (limit > 0) overruns.started();
    return { slot, connection };
  };
  const stackIs = async (stack: PythonStack): Promise<void> => {
    readStack(stack);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { overruns, timers, log, told, worker, run, stackIs };
}

describe('a request that runs longer than harakiri', () => {
  test('is answered with 504, and its worker gets nothing more', () => {
    const { timers, told, worker, run } = watched(2);
    const job = new FakeJob('/slow');
    run(job);
    timers.pass(1999);
    assert.deepEqual(job.log, ['to-idle']);
    timers.pass(1);
    assert.deepEqual(job.log, ['to-idle', 'failed 504']);
    assert.equal(worker.state, 'overrun');
    assert.deepEqual(told, ['taken back']);
  });
  test('is reported to the master when its stack was read, and logged with it', async () => {
    const { timers, log, told, run, stackIs } = watched(2);
    run(new FakeJob('/slow'));
    timers.pass(2000);
    await stackIs({ kind: 'stack', text: '  File "a.py", line 1 in view', waitsIn: '' });
    assert.deepEqual(told, ['taken back', 'others: 0']);
    assert.deepEqual(log.lines, [
      'error request.overran: GET /slow ran longer than harakiri = 2 s in worker 3; ' +
        'its Python stack, the innermost call first:\n  File "a.py", line 1 in view',
    ]);
  });
  test('leaves time to the others of its worker', async () => {
    const { overruns, timers, told, worker, run, stackIs } = watched(2);
    run(new FakeJob('/slow'));
    timers.pass(1000);
    const other = run(new FakeJob('/other'));
    timers.pass(1000);
    await stackIs({ kind: 'none', reason: 'there is none' });
    assert.deepEqual(told, ['taken back', 'others: 1']);
    other.connection.answer();
    overruns.otherEnded(worker);
    assert.deepEqual(told, ['taken back', 'others: 1', 'others: 0']);
  });
});

describe('the time of a request', () => {
  test('stands still while its client holds the worker back', () => {
    const { timers, run } = watched(2);
    const job = new FakeJob('/slow');
    const { slot } = run(job);
    timers.pass(1000);
    slot.runTime.hold(timers.now());
    timers.pass(60_000);
    assert.deepEqual(job.log, ['to-idle']);
    slot.goOn();
    timers.pass(1000);
    assert.deepEqual(job.log, ['to-idle', 'failed 504']);
  });
  test('may be limited by the application, also without harakiri', () => {
    const { overruns, timers, run } = watched(0);
    const job = new FakeJob('/slow');
    const { slot } = run(job);
    assert.equal(timers.waiting, 0, 'nothing is watched');
    timers.pass(60_000);
    slot.runMaxMs = 60_500;
    overruns.limited();
    timers.pass(499);
    assert.deepEqual(job.log, ['to-idle']);
    timers.pass(1);
    assert.deepEqual(job.log, ['to-idle', 'failed 504']);
  });
});

test('the watch ends when nothing runs any more', () => {
  const { timers, run } = watched(2);
  run(new FakeJob('/quick')).connection.answer();
  timers.pass(2000);
  assert.equal(timers.waiting, 0);
});
