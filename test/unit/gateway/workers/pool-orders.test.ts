/**
 * The pool in thousands of random orders: workers connect, answer, drain, overrun and die as they
 * like. A request runs once or never; a worker that is to leave begins none.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { SlotView } from '../../../../src/gateway/dispatch/port.ts';
import { WorkerPool } from '../../../../src/gateway/workers/pool.ts';
import type { FromGateway } from '../../../../src/protocol/control-messages.ts';
import { frameTypes } from '../../../../src/protocol/request-frames.ts';
import { chances } from '../../../support/chances.ts';
import { FakeConnection, FakeJob, withClaims } from '../../../support/fake-slot.ts';
import type { FakeClaims } from '../../../support/fake-slot.ts';
import { keptLog } from '../../../support/kept-log.ts';
import { manualTimers } from '../../../support/manual-timers.ts';

const THREADS = 2;
/** No process has such a pid. */
const PID_MAX = 2 ** 22;
const limits = {
  maxRequests: 12,
  maxRequestsDelta: 1,
  minWorkerLifetime: 0.1,
  aheadMax: 3,
  queueMax: 0,
  harakiri: 0.5,
};

/** A thread of a worker as the worker sees it. */
interface Thread {
  readonly connection: FakeConnection;
  readonly claims: FakeClaims;
  readonly process: Process;
  runs: string | undefined;
}

interface Process {
  readonly slot: number;
  readonly token: string;
  readonly pid: number;
  threads: Thread[];
  /** The switch or max-requests wants it to leave, or a request has overrun. */
  isOut: boolean;
}

class World {
  readonly chance: (below: number) => number;
  readonly timers = manualTimers();
  readonly pool: WorkerPool;
  processes: Process[] = [];
  readonly jobs = new Map<string, FakeJob>();
  readonly runs = new Map<string, number>();
  spawned = 0;
  announcements = 0;
  completions = 0;

  constructor(seed: number) {
    this.chance = chances(seed);
    const tellMaster = (message: FromGateway): void => this.hear(message);
    this.pool = new WorkerPool(limits, { tellMaster, log: keptLog(), timers: this.timers });
    for (const slot of [1, 2]) this.spawn(slot);
  }

  hear(message: FromGateway): void {
    if (message.type === 'worker-connected') this.announcements += 1;
    if (message.type === 'worker-due' || message.type === 'worker-overran') {
      for (const process of this.processes) {
        if (process.slot === message.slot && process.pid === message.pid) process.isOut = true;
      }
    }
  }

  spawn(slot: number): void {
    const pid = PID_MAX + this.spawned;
    this.spawned += 1;
    const process: Process = { slot, token: `token ${pid}`, pid, threads: [], isOut: false };
    this.processes.push(process);
    const { token } = process;
    this.pool.expect({ type: 'expect-worker', generation: 1, slot, token, threads: THREADS });
    for (let thread = 0; thread < THREADS; thread += 1) this.connect(process, thread);
    this.pool.switch([{ generation: 1, slot }], []);
  }

  connect(process: Process, thread: number): void {
    const connection = new FakeConnection();
    this.pool.accept(connection);
    const { slot, token, pid } = process;
    connection.hello(token, { slot, thread, pid });
    const worker = [...this.pool.workers].find((one) => one.token === token);
    const view = worker?.connections.get(thread);
    assert.ok(view !== undefined, 'a thread with the right token is let in');
    process.threads.push({ connection, claims: withClaims(view), process, runs: undefined });
    if (worker?.connections.size === THREADS) this.completions += 1;
  }

  submit(): void {
    const uri = `/${this.jobs.size}`;
    const job = new WatchedJob(uri, this.timers.now(), (slot) => this.checkGiven(slot));
    this.jobs.set(uri, job);
    this.pool.assigner.submit(job);
  }

  /** A slot that is given a request belongs to a worker that takes any. */
  checkGiven({ worker }: SlotView): void {
    const pooled = [...this.pool.workers].find((one) => one.pid === worker.pid);
    assert.ok(pooled?.takesRequests === true, `worker ${worker.pid} is given a request`);
    const process = this.processes.find((one) => one.pid === worker.pid);
    assert.notEqual(process?.isOut, true, `worker ${worker.pid} is to leave`);
  }

  takesRequests({ pid }: Process): boolean {
    return [...this.pool.workers].some((one) => one.pid === pid && one.takesRequests);
  }

  /** The thread does its next step, if it has one. */
  step(thread: Thread): void {
    const { connection, claims } = thread;
    if (connection.destroyed) return;
    if (thread.runs !== undefined) {
      thread.runs = undefined;
      return connection.answer(300);
    }
    const next = connection.requests.shift();
    if (next === undefined) return;
    if (next.isAhead && !claims.claim()) {
      claims.count = 0;
      return connection.say(frameTypes.skipped);
    }
    thread.runs = next.uri;
    this.runs.set(next.uri, (this.runs.get(next.uri) ?? 0) + 1);
  }

  die(process: Process): void {
    if (!this.processes.includes(process)) return;
    this.processes = this.processes.filter((one) => one !== process);
    const { slot, pid } = process;
    const end = (): void => {
      for (const { connection } of process.threads) connection.emit('end');
    };
    const end9 = { how: 'killed', code: -1, signal: 9, isOutOfMemory: false };
    const report = (): void =>
      this.pool.exited({ type: 'worker-exited', generation: 1, slot, pid, ...end9 });
    for (const happens of this.chance(2) === 0 ? [end, report] : [report, end]) happens();
    this.spawn(slot);
  }

  drain(process: Process): void {
    process.isOut = true;
    this.pool.switch([], [{ generation: 1, slot: process.slot }]);
    this.pool.switch([{ generation: 1, slot: process.slot }], []);
  }

  cancel(): void {
    const job = this.jobs.get(`/${this.chance(this.jobs.size + 1)}`);
    if (job === undefined || job.isOver) return;
    job.isClientGone = true;
    if (this.pool.assigner.dispatcher.withdraw(job)) return;
    if (job.slot?.job === job) job.slot.cancel(job);
  }

  event(): void {
    const process = this.processes[this.chance(this.processes.length)];
    const thread = process?.threads[this.chance(THREADS)];
    if (process === undefined || thread === undefined) return;
    const number = this.chance(40);
    if (number < 14) this.submit();
    else if (number < 30) this.step(thread);
    else if (number < 34) this.timers.inputRead();
    else if (number === 34) this.timers.pass(this.chance(30));
    else if (number === 35) this.cancel();
    else if (number === 36 && this.chance(4) === 0) this.drain(process);
    else if (number === 37 && this.chance(4) === 0) this.die(process);
    else if (number === 38 && this.chance(4) === 0) this.pool.reopenLogs();
    else if (number === 39 && this.chance(8) === 0) this.timers.pass(600);
  }

  check(): void {
    for (const [uri, count] of this.runs) assert.ok(count <= 1, `${uri} ran ${count} times`);
    for (const job of this.jobs.values()) assert.ok(job.ends <= 1, `${job.uri}: ${job.log}`);
    assert.equal(this.announcements, this.completions, 'announced once for each connect');
    for (const { connection } of this.processes.flatMap(({ threads }) => threads)) {
      const drainAt = connection.sent.indexOf('DRAIN');
      const requestAt = connection.sent.findLastIndex((name) => name.startsWith('REQUEST'));
      assert.ok(drainAt < 0 || drainAt > requestAt, 'nothing is sent behind a DRAIN');
    }
  }

  /** Everything comes to its end: workers that are to leave are replaced. */
  finish(): void {
    for (let turn = 0; turn < 4000; turn += 1) {
      this.timers.inputRead();
      for (const process of [...this.processes]) {
        for (const thread of process.threads) this.step(thread);
        if (
          !this.takesRequests(process) &&
          process.threads.every(({ runs }) => runs === undefined)
        ) {
          this.die(process);
        }
      }
      this.timers.pass(1);
      this.check();
      const isOver = [...this.jobs.values()].every((job) => job.isOver || job.isClientGone);
      if (isOver) return;
    }
    assert.fail('a request never ends');
  }
}

class WatchedJob extends FakeJob {
  readonly #given: (slot: SlotView) => void;

  constructor(uri: string, queuedAtMs: number, given: (slot: SlotView) => void) {
    super(uri, queuedAtMs);
    this.#given = given;
  }

  override started(slot: SlotView, nowMs: number, how: 'to-idle' | 'ahead'): Buffer {
    this.#given(slot);
    return super.started(slot, nowMs, how);
  }
}

test('in any order of events each request ends once, and a worker that is to leave begins none', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const world = new World(seed);
    try {
      for (let turn = 0; turn < 150; turn += 1) {
        world.event();
        world.check();
      }
      world.finish();
    } catch (error) {
      throw new Error(`order ${seed}`, { cause: error });
    }
  }
});
