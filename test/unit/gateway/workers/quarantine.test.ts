/** A pool whose workers die of what they run: what is logged, held back, and begun again. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { WorkerPool } from '../../../../src/gateway/workers/pool.ts';
import { FakeConnection, FakeJob } from '../../../support/fake-slot.ts';
import { keptLog } from '../../../support/kept-log.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

const place = { generation: 1, slot: 1 };
const limits = {
  ...{ maxRequests: 0, maxRequestsDelta: 0, minWorkerLifetime: 0 },
  ...{ aheadMax: 0, queueMax: 0, harakiri: 0 },
};

interface End {
  readonly code?: number;
  readonly signal?: number;
  readonly isOutOfMemory?: boolean;
}

/** A pool whose only worker is replaced each time. */
function poolOfOne(threads = 1) {
  const [timers, log] = [manualTimers(), keptLog()];
  const pool = new WorkerPool(limits, { tellMaster: () => undefined, log, timers });
  let pid = 0;
  const start = (): FakeConnection[] => {
    pid += 1;
    pool.expect({ type: 'expect-worker', ...place, token: `token ${pid}`, threads });
    const connections = Array.from({ length: threads }, (_, thread) => {
      const connection = new FakeConnection();
      pool.accept(connection);
      connection.hello(`token ${pid}`, { thread, pid });
      return connection;
    });
    pool.switch([place], []);
    return connections;
  };
  const die = (connections: readonly FakeConnection[], end: End): void => {
    const facts = { code: -1, signal: -1, isOutOfMemory: false, ...end };
    const report = (): void =>
      pool.exited({ type: 'worker-exited', ...place, pid, how: 'died', ...facts });
    // Both orders happen.
    if (pid % 2 === 0) report();
    for (const connection of connections) connection.emit('end');
    if (pid % 2 === 1) report();
  };
  const submit = (uri: string): FakeJob => {
    const job = new FakeJob(uri, timers.now());
    assert.ok(pool.assigner.submit(job));
    return job;
  };
  /** A worker that runs these is started, and ends so. */
  const killed = (end: End, ...uris: readonly string[]): void => {
    const connections = start();
    for (const uri of uris) submit(uri);
    die(connections, end);
  };
  const quarantined = (): readonly string[] =>
    log.lines.filter((line) => line.includes('quarantine')).map((line) => line.slice(0, 50));
  return { pool, timers, start, die, submit, killed, quarantined };
}

describe('the fourth request of those that kill their worker', () => {
  /** Three workers were killed by GET /x, and a fourth has just been started. */
  function afterThree() {
    const one = poolOfOne();
    for (let time = 0; time < 3; time += 1) one.killed({ code: 3 }, `/x?${time}`);
    const connections = one.start();
    return { ...one, connections };
  }

  test('runs when the only worker has served others for a second', () => {
    const { timers, submit, quarantined, connections } = afterThree();
    assert.deepEqual(quarantined(), ['warn request.quarantined: GET /x has killed three ']);
    const [job, other] = [submit('//x'), submit('/y')];
    assert.deepEqual([job.log, other.log], [[], ['to-idle']]);
    connections[0]?.answer();
    timers.pass(900);
    assert.deepEqual(job.log, []);
    timers.pass(150);
    assert.deepEqual(job.log, ['to-idle']);
  });
  test('ends the quarantine when it ends well', () => {
    const { timers, submit, quarantined, connections, pool } = afterThree();
    const [job, second] = [submit('/x'), submit('/x')];
    assert.deepEqual(pool.assigner.quarantine.view(pool.assigner.dispatcher.waitingAlone), [
      { method: 'GET', path: '/x', seconds: 0, waiting: 2 },
    ]);
    timers.pass(1050);
    connections[0]?.answer();
    assert.deepEqual(second.log, ['to-idle']);
    assert.ok(job.log.includes('finished'));
    assert.equal(quarantined()[1], 'info request.released: GET /x is out of quarantine');
    assert.deepEqual(pool.assigner.quarantine.view([]), []);
  });
  test('is held back also where it was waiting already, and can be withdrawn', () => {
    const one = poolOfOne();
    for (let time = 0; time < 2; time += 1) one.killed({ signal: 11 }, '/x');
    const connections = one.start();
    one.submit('/x');
    const waiting = [one.submit('/x'), one.submit('/y')];
    one.die(connections, { signal: 11 });
    one.start();
    assert.deepEqual(
      waiting.map(({ log }) => log),
      [[], ['to-idle']],
    );
    const [held] = waiting;
    assert.ok(held !== undefined && one.pool.assigner.dispatcher.withdraw(held));
    assert.equal(one.pool.assigner.dispatcher.waiting, 0);
  });
  test('is forgotten with the quarantine when none has come for ten minutes', () => {
    const { timers, pool, quarantined } = afterThree();
    timers.pass(599_000);
    pool.assigner.look();
    assert.equal(quarantined().length, 1);
    timers.pass(2_000);
    pool.assigner.look();
    assert.equal(quarantined()[1], 'info request.released: GET /x is out of quarantine');
  });
});

describe('nothing is in quarantine', () => {
  const cases: readonly (readonly [string, End])[] = [
    ['kill -9', { signal: 9 }],
    ['SIGTERM', { signal: 15 }],
    ['an end that nobody saw', {}],
  ];
  for (const [name, end] of cases) {
    test(`after ${name}`, () => {
      const { killed, quarantined } = poolOfOne();
      for (let time = 0; time < 5; time += 1) killed(end, '/x');
      assert.deepEqual(quarantined(), []);
    });
  }
  test('after workers have ended that ran nothing', () => {
    const { killed, quarantined } = poolOfOne();
    for (let time = 0; time < 5; time += 1) killed({ code: 3 });
    assert.deepEqual(quarantined(), []);
  });
  test('but what the kernel has killed for want of memory', () => {
    const { killed, quarantined } = poolOfOne();
    for (let time = 0; time < 3; time += 1) killed({ signal: 9, isOutOfMemory: true }, '/x');
    assert.equal(quarantined().length, 1);
  });
  test('but the one that ran in all workers, of what ran beside each other', () => {
    const { killed, quarantined } = poolOfOne(3);
    killed({ code: 3 }, '/x', '/1', '/2');
    killed({ code: 3 }, '/3', '/x');
    killed({ code: 3 }, '/1', '/x', '/4');
    assert.deepEqual(quarantined(), ['warn request.quarantined: GET /x has killed three ']);
  });
});
