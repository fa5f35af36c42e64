/**
 * Gives requests to the slots of workers, some ahead, and takes back those that would wait there
 * behind a request that has turned out slow.
 */

import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import { shapeOf } from '../../protocol/gateway-views.ts';
import type { EndFrame } from '../../protocol/response-frames.ts';
import { Dispatcher, SLOW_MS } from '../dispatch/dispatcher.ts';
import type { Job } from '../dispatch/port.ts';
import { requestKey } from '../dispatch/request-key.ts';
import { ServiceTimes, ThreadUse } from '../dispatch/run-times.ts';
import type { MemoryGrowth } from '../measures/memory-growth.ts';
import { logReturned } from './lost.ts';
import { QuarantineWatch } from './quarantine-watch.ts';
import type { PooledWorker, Slot, SlotRequests } from './slot.ts';

/** How often it is looked whether a request that runs alone may begin. */
const ISOLATION_LOOK_MS = 50;
/** A shorter wait than this is not worth a timer of its own. */
const LOOK_AGAIN_MIN_MS = 1;

export interface AssignLimits {
  /** How many requests may wait; 0 = as many as come. */
  readonly queueMax: number;
  /** How many requests may be sent ahead to one slot; 0 = none. */
  readonly aheadMax: number;
}

export interface AssignerParts {
  readonly limits: AssignLimits;
  readonly workers: () => Iterable<PooledWorker>;
  readonly log: Logger;
  readonly timers: Timers;
  /** A request was given to a slot; undefined where no time limit is configured. */
  readonly hasStarted: (() => void) | undefined;
  /** A worker is about to be sent its first request. */
  readonly hasBegun: (worker: PooledWorker) => void;
  /** A worker may have been given enough requests to be replaced. */
  readonly mayRetire: (worker: PooledWorker, nowMs: number) => void;
  /** A request of a worker that does not simply serve has ended: its slot may be idle now. */
  readonly hasEnded: (slot: Slot) => void;
  /** A request has come, and there are some that wait. */
  readonly hasToWait: () => void;
  /** A request has ended in a worker with an overrun, and had not overrun itself. */
  readonly otherEnded: (worker: PooledWorker) => void;
  /** Measures by how much the memory of workers grows with the requests of a path. */
  readonly growth: MemoryGrowth;
  /** Signals for certain workers come before all requests. */
  readonly giveSignals: (nowMs: number) => void;
}

export class Assigner implements SlotRequests {
  readonly dispatcher: Dispatcher<Job, Slot>;
  readonly quarantine: QuarantineWatch;
  /** While the gateway drains: what runs or waits has changed. */
  whenChanged: (() => void) | undefined;
  readonly #parts: AssignerParts;
  readonly #serviceTimes = new ServiceTimes();
  readonly #threadUse = new ThreadUse();
  /** The timer runs only while requests are ahead. */
  #isWatching = false;
  /** The timer runs only while requests run alone, or wait for that. */
  #isIsolating = false;

  constructor(parts: AssignerParts) {
    this.#parts = parts;
    const { queueMax, aheadMax } = parts.limits;
    const aheadOf = ({ application, spooled }: Job): number =>
      spooled === undefined ? Math.min(aheadMax, this.#serviceTimes.aheadOf(application)) : 0;
    const fillsThread = ({ application }: Job): boolean => this.#threadUse.neverWaits(application);
    this.quarantine = new QuarantineWatch(parts.log, parts.timers);
    const runsAlone = (job: Job): boolean =>
      this.quarantine.isWatching && this.quarantine.holds(job);
    this.dispatcher = new Dispatcher({ queueMax, aheadOf, fillsThread, runsAlone });
  }

  /** Puts a request into the queue, from `queuedAtMs` on; false when it is full. */
  submit(job: Job): boolean {
    if (!this.dispatcher.submit(job)) return false;
    this.pump(job.queuedAtMs);
    if (this.dispatcher.waiting > 0) this.#parts.hasToWait();
    return true;
  }

  /** Gives waiting requests to idle slots, and ahead to busy ones. */
  pump(nowMs: number): void {
    this.#parts.giveSignals(nowMs);
    for (;;) {
      const assignment = this.dispatcher.next(nowMs);
      if (assignment === undefined) break;
      const { slot, job, how } = assignment;
      const { worker } = slot;
      if (how === 'to-idle') {
        if (worker.begun === 1 && job.isSignal !== true) this.#parts.hasBegun(worker);
        slot.send(job, nowMs);
      } else {
        slot.sendAhead(job, nowMs);
        this.#watch();
      }
      this.#parts.hasStarted?.();
      // Requests that are taken back lower `taken`: one that was near may be so no more.
      if (worker.taken >= worker.nearFrom || !worker.takesAhead) {
        this.#parts.mayRetire(worker, nowMs);
      }
    }
    if (this.dispatcher.isIsolating) this.#isolate();
  }

  /** Gives a job to an idle slot of this worker; false where it has none. */
  giveTo(worker: PooledWorker, job: Job, nowMs: number): boolean {
    const slot = this.dispatcher.giveTo(worker, job, nowMs);
    if (slot === undefined) return false;
    slot.send(job, nowMs);
    this.#parts.hasStarted?.();
    return true;
  }

  /** A worker's process and connections have ended. */
  died({ lost, mayHaveDiedOfRequest }: PooledWorker): void {
    if (!mayHaveDiedOfRequest || lost.length === 0) return;
    this.dispatcher.died();
    if (!this.quarantine.death(lost)) return;
    for (const worker of this.#parts.workers()) this.takeBackAll(worker);
    this.#sortAnew();
  }

  /** From time to time: ends what is in quarantine for nothing. */
  look(): void {
    if (this.quarantine.look() > 0) this.#sortAnew();
  }

  /** What was sent ahead waits again, and nothing is given out until `resume`. */
  suspend(): void {
    this.dispatcher.suspend();
    for (const worker of this.#parts.workers()) this.takeBackAll(worker);
  }

  resume(): void {
    this.dispatcher.resume();
    this.pump(this.#parts.timers.now());
  }

  /** The first request of a slot has had its END; what was behind it is next. */
  ended(slot: Slot, end: EndFrame): void {
    const { job, worker, hasOverrun, readAtMs } = slot;
    if (job !== undefined && job.isSignal !== true) {
      this.#serviceTimes.observe(job.application, end.applicationMicros);
      this.#threadUse.observe(job.application, slot.ranAlone ? end.hasWaited : undefined);
      const hasFailed = end.failed && !slot.isCancelled;
      worker.tally.ended(slot.thread, job.application, end.applicationMicros, hasFailed);
      const { growth } = this.#parts;
      if (growth.isDue(worker, readAtMs)) {
        const kind = (): string => shapeOf(requestKey(job.method, job.uri));
        if (slot.ranAlone) growth.ended(worker, kind, readAtMs);
        else growth.mixed(worker);
      }
    }
    this.#proceed(slot);
    if (this.quarantine.isWatching && job !== undefined && this.quarantine.ended(job)) {
      this.dispatcher.sortAnew();
    }
    job?.finished(end);
    if (!simplyServes(worker)) this.#parts.hasEnded(slot);
    if (worker.state === 'overrun' && !hasOverrun) this.#parts.otherEnded(worker);
    this.pump(readAtMs);
    this.whenChanged?.();
  }

  skipped(slot: Slot): void {
    this.#proceed(slot);
    if (!simplyServes(slot.worker)) this.#parts.hasEnded(slot);
    this.pump(slot.readAtMs);
  }

  /** What was sent ahead to a slot and has not begun waits again, where it was in the queue. */
  takeBack(slot: Slot): void {
    if (!slot.pipeline.hasUnclaimed) return;
    const jobs = this.dispatcher.takeBack(slot, slot.readClaims());
    slot.proceed(this.#parts.timers.now());
    this.#submitAgain(jobs);
  }

  takeBackAll(worker: PooledWorker): void {
    for (const slot of worker.connections.values()) this.takeBack(slot);
  }

  /** A connection has ended: returns the requests that are lost with it; the others wait again. */
  lostWith(slot: Slot): readonly Job[] {
    const { isUntouched } = slot;
    const { begun, unbegun } = this.dispatcher.remove(slot, slot.readClaims());
    const again = isUntouched ? [...begun, ...unbegun] : unbegun;
    this.#submitAgain(again);
    if (again.length > 0) logReturned(again.length, slot.worker, this.#parts.log);
    return isUntouched ? [] : begun;
  }

  /** The worker has done with the first of a pipeline. */
  #proceed(slot: Slot): void {
    this.dispatcher.shift(slot, slot.readAtMs);
    slot.proceed(slot.readAtMs);
  }

  #sortAnew(): void {
    this.dispatcher.sortAnew();
    this.pump(this.#parts.timers.now());
  }

  /** Time is the only event that some of those that run alone wait for. */
  #isolate(): void {
    if (this.#isIsolating) return;
    this.#isIsolating = true;
    this.#parts.timers.after(ISOLATION_LOOK_MS, () => {
      this.#isIsolating = false;
      this.pump(this.#parts.timers.now());
    });
  }

  #submitAgain(jobs: readonly Job[]): void {
    for (const job of jobs) if (job.returned()) this.dispatcher.submitAgain(job);
  }

  /**
   * Looks a little later whether a request has turned out slow while others are behind it: after
   * what has come in was read, as after a pause of the gateway's own the answers lie there already.
   */
  #watch(waitMs = SLOW_MS): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { timers } = this.#parts;
    timers.after(waitMs, () => timers.afterInput(() => this.#takeBackFromSlow()));
  }

  /** Looks again when the one that runs longest would be slow: nothing waits behind it for long. */
  #takeBackFromSlow(): void {
    const nowMs = this.#parts.timers.now();
    let nextMs = Infinity;
    for (const worker of this.#parts.workers()) {
      for (const slot of worker.connections.values()) {
        if (!slot.pipeline.hasUnclaimed) continue;
        const leftMs = SLOW_MS - (nowMs - slot.pipeline.startedAtMs);
        nextMs = Math.min(nextMs, leftMs > 0 ? Math.max(leftMs, LOOK_AGAIN_MIN_MS) : SLOW_MS);
        if (leftMs > 0) continue;
        this.takeBack(slot);
        this.pump(nowMs);
      }
    }
    this.#isWatching = false;
    if (nextMs !== Infinity) this.#watch(nextMs);
  }
}

/** Nothing is to be done when one of its slots becomes idle but to give it a request. */
function simplyServes({ takesRequests, logReopenDue }: PooledWorker): boolean {
  return takesRequests && logReopenDue === undefined;
}
