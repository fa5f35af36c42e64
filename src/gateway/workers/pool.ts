/**
 * The workers that the gateway knows: which may connect, which are given requests, and which must
 * leave.
 *
 * The master decides which workers there are; the pool carries out its switch, notices when a
 * worker has had enough requests, and answers for requests whose worker has ended. A request on its
 * way passes by the pool (`assign.ts`).
 */

import type { Socket } from 'node:net';

import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { FromGateway, ToGateway, WorkerSlot } from '../../protocol/control-messages.ts';
import { readThreadStack } from '../../stacks/stacks.ts';
import { processMemory } from '../../processes/memory.ts';
import { mayBeOfRequest } from '../dispatch/quarantine.ts';
import { requestKey } from '../dispatch/request-key.ts';
import { Tally } from '../dispatch/tally.ts';
import { Worker, generationIn, keyOf } from '../dispatch/worker.ts';
import type { RetirementLimits } from '../dispatch/worker.ts';
import { MemoryGrowth } from '../measures/memory-growth.ts';
import { RecentRequests } from '../measures/recent-requests.ts';
import { Assigner } from './assign.ts';
import type { AssignLimits } from './assign.ts';
import { Handshakes } from './handshake.ts';
import { answerLost, readLastWords } from './lost.ts';
import { Overruns } from './overruns.ts';
import { Signals } from './signals.ts';
import { Slot } from './slot.ts';
import type { PooledWorker, SlotParts } from './slot.ts';

export interface PoolLimits extends AssignLimits, RetirementLimits {
  /** Seconds a request may run; 0 = without limit. */
  readonly harakiri: number;
}

export interface PoolParts {
  readonly tellMaster: (message: FromGateway) => void;
  readonly log: Logger;
  readonly timers: Timers;
}

type ExpectWorker = Extract<ToGateway, { readonly type: 'expect-worker' }>;
type WorkerExited = Extract<ToGateway, { readonly type: 'worker-exited' }>;

export class WorkerPool {
  readonly assigner: Assigner;
  readonly signals: Signals;
  readonly recent = new RecentRequests();
  readonly growth = new MemoryGrowth((pid) => processMemory(pid)?.residentBytes ?? 0);
  readonly #limits: PoolLimits;
  readonly #parts: PoolParts;
  readonly #workers = new Map<string, PooledWorker>();
  /** By place; what the workers of generations that have gone did is forgotten. */
  readonly #tallies = new Map<string, Tally>();
  readonly #handshakes: Handshakes;
  /** The master knows that requests wait for a first worker. */
  #isWantTold = false;
  readonly #overruns: Overruns;
  readonly #slotParts: SlotParts;

  constructor(limits: PoolLimits, parts: PoolParts) {
    const { tellMaster, log, timers } = parts;
    this.#limits = limits;
    this.#parts = parts;
    const workers = (): Iterable<PooledWorker> => this.#workers.values();
    this.#overruns = new Overruns({
      limit: limits.harakiri,
      workers,
      takeBack: (worker) => this.assigner.takeBackAll(worker),
      readStack: (pid, thread) => readThreadStack(pid, thread, timers),
      recent: this.recent,
      tellMaster,
      log,
      timers,
    });
    this.assigner = new Assigner({
      limits,
      workers,
      log,
      timers,
      hasStarted: limits.harakiri > 0 ? () => this.#overruns.started() : undefined,
      hasBegun: ({ generation, slot, pid }) =>
        tellMaster({ type: 'worker-begun', generation, slot, pid }),
      mayRetire: (worker, nowMs) => this.#retireWhenDue(worker, nowMs),
      hasEnded: (slot) => this.#whenIdle(slot),
      otherEnded: (worker) => this.#overruns.otherEnded(worker),
      hasToWait: () => this.#wantWorkers(),
      growth: this.growth,
      giveSignals: (nowMs) => this.signals.give(nowMs),
    });
    this.signals = new Signals({ assigner: this.assigner, workers, log, timers });
    const welcome = (slot: Slot, worker: PooledWorker): void => this.#welcome(slot, worker);
    this.#handshakes = new Handshakes({
      log,
      timers,
      workers: this.#workers,
      welcome,
      waits: (slot, worker, name) => this.signals.waiters.add(slot, worker, name),
    });
    this.#slotParts = {
      nobody: new Worker({ generation: 0, slot: 0, token: '', threads: 0 }, limits),
      requests: this.assigner,
      owner: {
        hello: (slot, strings) => this.#handshakes.hello(slot, strings),
        limited: () => this.#overruns.limited(),
        closed: (slot, reason) => this.#closed(slot, reason),
      },
      timers,
    };
  }

  get workers(): Iterable<PooledWorker> {
    return this.#workers.values();
  }

  /** Requests that have run longer than they may. */
  get overruns(): number {
    return this.#overruns.count;
  }

  /** For how long requests have run in workers, all together; those that run now count so far. */
  ranMs(nowMs: number): number {
    let ranMs = 0;
    for (const { runMicros } of this.#tallies.values()) ranMs += runMicros / 1000;
    for (const { busy, connections } of this.#workers.values()) {
      if (busy === 0) continue;
      for (const slot of connections.values()) {
        if (slot.isRunning) ranMs += slot.runTime.sinceStartMs(nowMs);
      }
    }
    return ranMs;
  }

  /** How many threads the workers of a generation have together. */
  slotsOf(generation: number): number {
    let slots = 0;
    for (const worker of this.#workers.values()) {
      if (worker.generation === generation) slots += worker.threads;
    }
    return slots;
  }

  /** Takes a connection that a worker has made to the channel. */
  accept(socket: Socket): void {
    this.#handshakes.await(new Slot(socket, this.#slotParts));
  }

  expect(message: ExpectWorker): void {
    const known = this.#workers.get(keyOf(message));
    if (known !== undefined && known.token === message.token) return;
    if (known !== undefined) this.#forget(known);
    this.#workers.set(keyOf(message), new Worker(message, this.#limits, this.#tallyOf(message)));
    this.#handshakes.look();
  }

  #tallyOf(message: ExpectWorker): Tally {
    const generations = [...this.#workers.values(), message].map(({ generation }) => generation);
    for (const key of this.#tallies.keys()) {
      if (!generations.includes(generationIn(key))) this.#tallies.delete(key);
    }
    const tally = this.#tallies.get(keyOf(message)) ?? new Tally();
    this.#tallies.set(keyOf(message), tally);
    return tally;
  }

  /** In one step: requests go to these, and no more to those. */
  switch(enable: readonly WorkerSlot[], drain: readonly WorkerSlot[]): void {
    const nowMs = this.#parts.timers.now();
    if (enable.length > 0) this.#isWantTold = false;
    for (const slot of enable) {
      const worker = this.#workers.get(keyOf(slot));
      if (worker === undefined) continue;
      worker.enable(nowMs);
      this.assigner.dispatcher.enabled(worker);
    }
    for (const slot of drain) {
      const worker = this.#workers.get(keyOf(slot));
      if (worker !== undefined) this.#drain(worker);
    }
    this.assigner.pump(nowMs);
  }

  /** The master reports that a worker's process has ended. */
  exited(message: WorkerExited): void {
    const worker = this.#workers.get(keyOf(message));
    if (worker === undefined || (worker.pid !== 0 && worker.pid !== message.pid)) return;
    worker.howItEnded = message.how;
    worker.mayHaveDiedOfRequest = mayBeOfRequest(message, worker);
    worker.apply('exit');
    this.signals.waiters.died(worker);
    for (const slot of [...worker.connections.values()]) readLastWords(slot, this.#parts.timers);
    if (worker.connections.size > 0) return;
    this.#workers.delete(keyOf(worker));
    this.assigner.died(worker);
  }

  /** One thread of each worker opens the log anew for the process, as soon as it is idle. */
  reopenLogs(): void {
    for (const worker of this.#workers.values()) {
      const [slot] = worker.connections.values();
      if (slot?.reopenLog() === false) worker.logReopenDue = slot;
    }
  }

  #welcome(slot: Slot, worker: PooledWorker): void {
    worker.connections.get(slot.thread)?.close('its thread has connected anew');
    worker.connections.set(slot.thread, slot);
    slot.worker = worker;
    if (worker.isLeaving) slot.drain();
    else if (worker.state !== 'overrun') this.assigner.dispatcher.add(slot);
    // It was one less before, so the master is told once each time that all are connected.
    if (worker.connections.size === worker.threads) {
      const { generation, slot: number, pid } = worker;
      this.#parts.tellMaster({ type: 'worker-connected', generation, slot: number, pid });
    }
    this.assigner.pump(slot.readAtMs);
  }

  /** What a slot of a worker that does not simply serve is to do once it has nothing to run. */
  #whenIdle(slot: Slot): void {
    const { worker } = slot;
    if (slot.pipeline.length > 0) return;
    if (worker.logReopenDue === slot) {
      worker.logReopenDue = undefined;
      slot.reopenLog();
    }
    if (worker.takesRequests) return;
    this.assigner.dispatcher.withhold(slot);
    if (worker.isLeaving) slot.drain();
  }

  /** A request waits: the master is told once if there is no worker that takes any. */
  #wantWorkers(): void {
    if (this.#isWantTold) return;
    for (const { takesRequests } of this.#workers.values()) if (takesRequests) return;
    this.#isWantTold = true;
    this.#parts.tellMaster({ type: 'workers-wanted' });
  }

  #drain(worker: PooledWorker): void {
    worker.apply('drain');
    this.signals.waiters.drain(worker);
    for (const slot of worker.connections.values()) {
      this.assigner.takeBack(slot);
      this.#whenIdle(slot);
    }
  }

  #retireWhenDue(worker: PooledWorker, nowMs: number): void {
    if (!worker.takesRequests) return;
    const retirement = worker.retirement(nowMs);
    if (retirement !== 'due') return void worker.apply(retirement);
    if (this.#isAnotherAway(worker)) return void worker.apply('near');
    this.#drain(worker);
    const { generation, slot, pid, taken } = worker;
    const reason = `it has been given ${taken} requests (max-requests)`;
    this.#parts.tellMaster({ type: 'worker-due', generation, slot, pid, reason });
  }

  /** Whether another worker of its generation takes no requests: it leaves, or is to come. */
  #isAnotherAway({ generation }: PooledWorker): boolean {
    for (const other of this.#workers.values()) {
      if (other.generation === generation && !other.takesRequests) return true;
    }
    return false;
  }

  #closed(slot: Slot, reason: string): void {
    const { worker, hasOverrun } = slot;
    const { log, timers } = this.#parts;
    this.#handshakes.forget(slot);
    if (worker.connections.get(slot.thread) === slot) worker.connections.delete(slot.thread);
    if (worker.logReopenDue === slot) worker.logReopenDue = undefined;
    const lost = this.assigner.lostWith(slot);
    for (const { method, uri } of lost) worker.lost.push(requestKey(method, uri));
    if (!hasOverrun) {
      const { recent } = this;
      for (const job of lost) answerLost(job, worker, { reason, recent, log, timers });
      if (worker.state === 'overrun' && lost.length > 0) this.#overruns.otherEnded(worker);
    }
    this.assigner.pump(timers.now());
    if (worker.state === 'exited' && worker.connections.size === 0) {
      this.#forget(worker);
      this.assigner.died(worker);
    }
    this.assigner.whenChanged?.();
  }

  #forget(worker: PooledWorker): void {
    if (this.#workers.get(keyOf(worker)) === worker) this.#workers.delete(keyOf(worker));
    this.signals.waiters.died(worker);
    // Of one that has ended, the last words are being read.
    if (worker.state === 'exited') return;
    for (const slot of [...worker.connections.values()]) {
      slot.close('another worker has its place');
    }
  }
}
