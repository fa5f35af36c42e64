/** Requests are given to slots, sent ahead and taken back; the workers are the test's. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { SLOW_MS } from '../../../../src/gateway/dispatch/dispatcher.ts';
import { Worker } from '../../../../src/gateway/dispatch/worker.ts';
import { MemoryGrowth } from '../../../../src/gateway/measures/memory-growth.ts';
import { Assigner } from '../../../../src/gateway/workers/assign.ts';
import type { AssignerParts } from '../../../../src/gateway/workers/assign.ts';
import { Slot } from '../../../../src/gateway/workers/slot.ts';
import type { PooledWorker } from '../../../../src/gateway/workers/slot.ts';
import { frameTypes } from '../../../../src/protocol/request-frames.ts';
import { FakeConnection, FakeJob, deaf, withClaims } from '../../../support/fake-slot.ts';
import { keptLog } from '../../../support/kept-log.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

const limits = { maxRequests: 0, maxRequestsDelta: 0, minWorkerLifetime: 0, aheadMax: 8 };

/** An assigner with workers of one thread each, which serve. */
function assignerWith(workerCount: number, more: Partial<AssignerParts> = {}) {
  const timers = manualTimers();
  const log = keptLog();
  const workers: PooledWorker[] = [];
  const assigner = new Assigner({
    limits: { queueMax: 0, aheadMax: 8 },
    workers: () => workers,
    log,
    timers,
    hasStarted: undefined,
    hasBegun: () => undefined,
    mayRetire: () => undefined,
    hasEnded: () => undefined,
    otherEnded: () => undefined,
    giveSignals: () => undefined,
    hasToWait: () => undefined,
    growth: new MemoryGrowth(() => 0),
    ...more,
  });
  const threads = Array.from({ length: workerCount }, (_each, at) => {
    const worker: PooledWorker = new Worker(
      { generation: 1, slot: at + 1, token: '', threads: 1 },
      { ...limits },
    );
    worker.enable(timers.now());
    const connection = new FakeConnection();
    const slot = new Slot(connection, { nobody: worker, requests: assigner, owner: deaf, timers });
    slot.thread = 0;
    const claims = withClaims(slot);
    connection.hello('token');
    worker.connections.set(0, slot);
    workers.push(worker);
    assigner.dispatcher.add(slot);
    return { connection, slot, worker, claims };
  });
  const submit = (uri: string): FakeJob => {
    const job = new FakeJob(uri, timers.now());
    assert.ok(assigner.submit(job));
    return job;
  };
  return { assigner, timers, log, threads, submit };
}

/** One worker whose application is known to be quick, and which runs /1; /2 and /3 are ahead. */
function withTwoAhead() {
  const one = assignerWith(1);
  const [thread] = one.threads;
  assert.ok(thread !== undefined);
  one.submit('/0');
  thread.connection.answer();
  const jobs = ['/1', '/2', '/3'].map(one.submit);
  one.timers.inputRead();
  return { ...one, thread, jobs };
}

describe('a request', () => {
  test('goes to an idle slot at once', () => {
    const { threads, submit } = assignerWith(2);
    const job = submit('/a');
    assert.deepEqual(threads.map(({ connection }) => connection.sent).flat(), ['REQUEST /a']);
    assert.deepEqual(job.log, ['to-idle']);
  });
  test('waits while its only slot runs one of which nothing is known', () => {
    const { threads, submit } = assignerWith(1);
    submit('/a');
    const job = submit('/b');
    assert.deepEqual(job.log, []);
    threads[0]?.connection.answer();
    assert.deepEqual(job.log, ['to-idle']);
  });
  test('is sent ahead where requests are short, all together when the input has been read', () => {
    const { thread, jobs } = withTwoAhead();
    assert.deepEqual(thread.connection.sent, [
      'REQUEST /0',
      'REQUEST /1',
      'REQUEST /2',
      'REQUEST /3',
    ]);
    assert.equal(thread.claims.count, 2);
    assert.deepEqual(jobs[2]?.log, ['ahead']);
  });
  test('that was sent ahead begins when the one before it has ended', () => {
    const { thread, jobs } = withTwoAhead();
    thread.claims.claim();
    thread.connection.answer();
    assert.deepEqual(jobs[0]?.log, ['to-idle', 'whole', 'finished']);
    assert.deepEqual(jobs[1]?.log, ['ahead', 'begins']);
  });
});

describe('requests that were sent ahead are taken back', () => {
  test('when the one before them turns out slow, and another worker runs them', () => {
    const { assigner, thread, jobs, timers } = withTwoAhead();
    timers.pass(SLOW_MS + 1);
    assert.equal(thread.claims.count, 0);
    assert.deepEqual(jobs[1]?.log, ['ahead', 'returned']);
    assert.equal(assigner.dispatcher.waiting, 2);
    // The worker finds no bytes for them when it has done with /1.
    thread.connection.answer();
    thread.connection.say(frameTypes.skipped);
    thread.connection.say(frameTypes.skipped);
    assert.deepEqual(jobs[1]?.log.slice(2), ['to-idle']);
  });
  test('but not while it is quick: the watch goes on', () => {
    const { thread, timers } = withTwoAhead();
    timers.pass(SLOW_MS / 2);
    thread.claims.claim();
    thread.connection.answer();
    timers.pass(SLOW_MS / 2);
    assert.equal(thread.claims.count, 1);
    assert.equal(timers.waiting, 1);
  });
  test('as soon as it is slow, whenever it has begun', () => {
    const { thread, jobs, timers } = withTwoAhead();
    timers.pass(SLOW_MS - 3);
    thread.claims.claim();
    thread.connection.answer();
    // /2 runs from here on; the watch looks 3 ms later, and has to look again when /2 is slow.
    timers.pass(SLOW_MS - 1);
    assert.deepEqual(jobs[2]?.log, ['ahead']);
    timers.pass(1);
    assert.deepEqual(jobs[2]?.log, ['ahead', 'returned']);
    assert.equal(thread.claims.count, 0);
  });
  test('when the gateway is suspended, and are given out at the end of that', () => {
    const { assigner, thread, jobs } = withTwoAhead();
    assigner.suspend();
    assert.deepEqual(jobs[2]?.log, ['ahead', 'returned']);
    thread.connection.answer();
    thread.connection.say(frameTypes.skipped);
    thread.connection.say(frameTypes.skipped);
    assert.equal(assigner.dispatcher.waiting, 2);
    assigner.resume();
    assert.deepEqual(jobs[1]?.log.slice(2), ['to-idle']);
  });
  test('when a client has gone: its own request waits no more', () => {
    const { assigner, thread, jobs } = withTwoAhead();
    const [, gone] = jobs;
    assert.ok(gone !== undefined);
    gone.isClientGone = true;
    thread.slot.cancel(gone);
    assert.equal(assigner.dispatcher.waiting, 1);
    assert.deepEqual(thread.connection.sent.includes('CANCEL'), false);
  });
});

describe('of a slot that is no more', () => {
  test('what had not begun waits again, and only the rest is lost', () => {
    const { assigner, thread, jobs, log } = withTwoAhead();
    const lost = assigner.lostWith(thread.slot);
    assert.deepEqual(lost, [jobs[0]]);
    assert.deepEqual(jobs[1]?.log, ['ahead', 'returned']);
    assert.deepEqual(log.lines, [
      'info request.returned: worker 1 ended before it began 2 requests: another takes over',
    ]);
  });
  test('what the worker had claimed is lost too', () => {
    const { assigner, thread, jobs } = withTwoAhead();
    thread.claims.claim();
    assert.deepEqual(assigner.lostWith(thread.slot), jobs.slice(0, 2));
  });
});

describe('the pool is asked', () => {
  test('only about a worker that does not simply serve', () => {
    const asked: string[] = [];
    const { threads, submit } = assignerWith(1, { hasEnded: () => void asked.push('ended') });
    const [thread] = threads;
    submit('/a');
    thread?.connection.answer();
    assert.deepEqual(asked, []);
    submit('/b');
    thread?.worker.apply('drain');
    thread?.connection.answer();
    assert.deepEqual(asked, ['ended']);
  });
  test('about max-requests only near it, or when nothing is sent ahead', () => {
    const asked: number[] = [];
    const mayRetire = (worker: PooledWorker): void => void asked.push(worker.taken);
    const { threads, submit } = assignerWith(1, { mayRetire });
    const [thread] = threads;
    submit('/a');
    thread?.connection.answer();
    thread?.worker.apply('near');
    submit('/b');
    assert.deepEqual(asked, [2]);
  });
});
