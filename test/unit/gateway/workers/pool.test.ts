/** The pool of workers: connecting, the switch, deaths; in chosen orders and in random ones. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { WorkerPool } from '../../../../src/gateway/workers/pool.ts';
import type { PoolLimits } from '../../../../src/gateway/workers/pool.ts';
import type { FromGateway } from '../../../../src/protocol/control-messages.ts';
import { FakeConnection, FakeJob, noLimits } from '../../../support/fake-slot.ts';
import { keptLog } from '../../../support/kept-log.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

/** A pool with one worker that is expected. */
function poolWith(limits: Partial<PoolLimits> = {}, threads = 1) {
  const timers = manualTimers();
  const log = keptLog();
  const told: string[] = [];
  const tellMaster = (message: FromGateway): void => void told.push(message.type);
  const pool = new WorkerPool({ ...noLimits, ...limits }, { tellMaster, log, timers });
  const place = { generation: 1, slot: 1 };
  pool.expect({ type: 'expect-worker', ...place, token: 'right', threads });
  const connect = (thread = 0): FakeConnection => {
    const connection = new FakeConnection();
    pool.accept(connection);
    connection.hello('right', { thread });
    return connection;
  };
  const submit = (uri: string): FakeJob => {
    const job = new FakeJob(uri, timers.now());
    assert.ok(pool.assigner.submit(job));
    return job;
  };
  const exit = (): void =>
    pool.exited({
      type: 'worker-exited',
      ...place,
      pid: 42,
      how: 'killed by signal 9',
      code: -1,
      signal: 9,
      isOutOfMemory: false,
    });
  return { pool, place, timers, log, told, connect, submit, exit };
}

describe('a worker is announced', () => {
  test('when all its threads are connected, and again when one came back', () => {
    const { told, connect } = poolWith({}, 2);
    connect(0);
    assert.deepEqual(told, []);
    const second = connect(1);
    assert.deepEqual(told, ['worker-connected']);
    second.emit('end');
    connect(1);
    assert.deepEqual(told, ['worker-connected', 'worker-connected']);
  });
  test('also when a thread has connected anew before its old connection ended', () => {
    const { told, connect } = poolWith();
    connect();
    const again = connect();
    assert.deepEqual(told, ['worker-connected', 'worker-connected']);
    assert.ok(!again.destroyed);
  });
});

describe('the switch', () => {
  test('gives requests to a worker, and then no more', () => {
    const { pool, place, connect, submit } = poolWith();
    const connection = connect();
    const job = submit('/a');
    assert.deepEqual(job.log, []);
    pool.switch([place], []);
    assert.deepEqual(connection.sent, ['REQUEST /a']);
    pool.switch([], [place]);
    submit('/b');
    connection.answer();
    assert.deepEqual(connection.sent, ['REQUEST /a', 'DRAIN']);
    pool.switch([place], []);
    assert.equal(pool.assigner.dispatcher.waiting, 1);
  });
  test('sends away also a thread that connects afterwards', () => {
    const { pool, place, connect } = poolWith({}, 2);
    pool.switch([], [place]);
    assert.deepEqual(connect(1).sent, ['DRAIN']);
  });
});

describe('a worker that ends', () => {
  test('while it runs a request costs the client a 502, with the reason in the log', () => {
    const { pool, place, timers, log, connect, submit, exit } = poolWith();
    const connection = connect();
    pool.switch([place], []);
    const job = submit('/a');
    exit();
    connection.emit('end');
    timers.pass(20);
    assert.deepEqual(job.log, ['to-idle', 'failed 502']);
    assert.deepEqual(log.lines, [
      'error request.lost: worker 1 ended while it ran GET /a: killed by signal 9',
    ]);
    assert.deepEqual([...pool.workers], []);
  });
  test('is waited for a moment when its connection ends before the master reports it', () => {
    const { pool, place, timers, connect, submit } = poolWith();
    const connection = connect();
    pool.switch([place], []);
    const job = submit('/a');
    connection.emit('end');
    timers.pass(180);
    assert.deepEqual(job.log, ['to-idle']);
    timers.pass(40);
    assert.deepEqual(job.log, ['to-idle', 'failed 502']);
  });
  test('with a connection that another process holds open is given up when it is silent', () => {
    const { pool, place, timers, connect, submit, exit } = poolWith();
    const connection = connect();
    pool.switch([place], []);
    const job = submit('/a');
    exit();
    timers.pass(80);
    connection.answer();
    assert.deepEqual(job.log, ['to-idle', 'whole', 'finished']);
    assert.ok(!connection.destroyed);
    timers.pass(120);
    assert.ok(connection.destroyed);
    assert.deepEqual([...pool.workers], []);
  });
});

test('after max-requests a worker is sent away, and the master is told', () => {
  const { pool, place, told, connect, submit } = poolWith({ maxRequests: 2 });
  const connection = connect();
  pool.switch([place], []);
  for (const uri of ['/a', '/b', '/c']) submit(uri);
  for (let count = 0; count < 2; count += 1) connection.answer();
  assert.deepEqual(connection.sent, ['REQUEST /a', 'REQUEST /b', 'DRAIN']);
  assert.deepEqual(told, ['worker-connected', 'worker-begun', 'worker-due']);
});

test('after max-requests a worker waits while another of its generation leaves or comes', () => {
  const { pool, place, told, connect, submit } = poolWith({ maxRequests: 1 });
  const connection = connect();
  pool.expect({ type: 'expect-worker', generation: 1, slot: 2, token: 'other', threads: 1 });
  pool.expect({ type: 'expect-worker', generation: 2, slot: 1, token: 'later', threads: 1 });
  pool.switch([place], []);
  for (const uri of ['/a', '/b']) submit(uri);
  for (let count = 0; count < 2; count += 1) connection.answer();
  assert.ok(!told.includes('worker-due'));
  pool.switch([{ generation: 1, slot: 2 }], []);
  submit('/c');
  assert.ok(told.includes('worker-due'));
  connection.answer();
  assert.deepEqual(connection.sent, ['REQUEST /a', 'REQUEST /b', 'REQUEST /c', 'DRAIN']);
});

test('the log is opened anew by one thread, as soon as it is idle', () => {
  const { pool, place, connect, submit } = poolWith({}, 2);
  const connections = [connect(0), connect(1)];
  pool.switch([place], []);
  submit('/a');
  submit('/b');
  pool.reopenLogs();
  for (const connection of connections) connection.answer();
  assert.deepEqual(connections.map(({ sent }) => sent.slice(1)).flat(), ['REOPEN_LOG']);
});
