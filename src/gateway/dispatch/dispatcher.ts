/**
 * Which worker takes the next request; the queue and its limit (pure).
 *
 * One queue, oldest first. Nothing waits while a slot that may take it is idle. Of the idle slots,
 * the one whose worker runs the fewest requests is chosen, as the threads of one worker share an
 * interpreter lock; among equals the one that was busy last, whose memory is still in the caches. A
 * worker that has answered nothing yet comes first, and has its first request alone: warm-up.ts.
 * Requests that never wait for anything are not given to a second thread of a worker while another
 * thread of it runs such a request: two would only take the lock from each other.
 *
 * When none is idle, the oldest is sent ahead to a slot that is about to end a short request: its
 * worker then goes on without sleeping. It goes where the fewest are, and never behind a request
 * that has turned out slow.
 *
 * Requests that kill their workers have a queue of their own: isolation.ts.
 */

import { BusySlots } from './busy-slots.ts';
import { Crews } from './crews.ts';
import { Isolation } from './isolation.ts';
import { JobQueue } from './job-queue.ts';
import type { QueuedJob } from './job-queue.ts';
import type { Ended, Pipeline } from './pipeline.ts';
import { WarmUp } from './warm-up.ts';
import type { WarmingWorker } from './warm-up.ts';

/** A worker process, as far as giving out requests goes. */
export interface DispatchWorker extends WarmingWorker {
  /** Its idle slots may be given requests; `enabled` is called when it becomes true. */
  readonly takesRequests: boolean;
  /** How many requests it has been given. */
  taken: number;
  /** How many of its slots have a request. */
  busy: number;
  /** How often an idle slot of it has been given one; requests sent ahead do not count. */
  begun: number;
  /** A signal waits for one of its slots to become idle. */
  readonly awaitsSignal?: boolean;
}

/** One thread of a worker. */
export interface DispatchSlot<Job> {
  readonly worker: DispatchWorker;
  readonly pipeline: Pipeline<Job>;
  /** It can be sent requests ahead, which can be taken back. */
  readonly takesAhead: boolean;
}

export interface Assignment<Job, Slot> {
  readonly slot: Slot;
  readonly job: Job;
  readonly how: 'to-idle' | 'ahead';
}

export interface DispatchRules<Job> {
  /** How many requests may wait, and as many of those that run alone; 0 = as many as come. */
  readonly queueMax: number;
  /**
   * How many requests may be ahead in a slot with this one. 0: it is not sent ahead, and nothing is
   * sent behind it, as its body is not complete or it is not short.
   */
  readonly aheadOf: (job: Job) => number;
  /** Such requests only compute: a second thread of the worker would not run them sooner. */
  readonly fillsThread: (job: Job) => boolean;
  /** Such a request runs in a worker that runs nothing else, one at a time. */
  readonly runsAlone: (job: Job) => boolean;
}

/** A request that runs longer than this is slow: what is behind it is taken back. */
export const SLOW_MS = 10;

export class Dispatcher<Job extends QueuedJob, Slot extends DispatchSlot<Job>> {
  readonly #rules: DispatchRules<Job>;
  readonly #queue = new JobQueue<Job>();
  readonly #crews = new Crews<Slot>();
  readonly #busy = new BusySlots<Slot>();
  readonly #warmUp = new WarmUp<DispatchWorker>((worker) => this.#crews.changed(worker));
  readonly #isolation = new Isolation<Job, DispatchWorker>();
  /** The slot that runs a request alone. */
  #isolated: Slot | undefined;
  #isSuspended = false;
  #turns = 0;

  constructor(rules: DispatchRules<Job>) {
    this.#rules = rules;
  }

  /** Requests that have not begun: in the queue, or sent ahead. */
  get waiting(): number {
    return this.#queue.length + this.#isolation.queue.length + this.#busy.ahead;
  }

  /** The job that has waited longest. */
  get oldest(): Job | undefined {
    const alone = this.#isolation.queue.first;
    const { first } = this.#queue;
    return alone === undefined || (first !== undefined && first.turn < alone.turn) ? first : alone;
  }

  /** A request that runs alone is here, or a worker is kept free for one: `next` looks again. */
  get isIsolating(): boolean {
    return this.#isolation.isOn;
  }

  /** Those that wait to run alone, oldest first. */
  get waitingAlone(): readonly Job[] {
    return this.#isolation.queue.all;
  }

  /** Those that wait and were sent to no slot, oldest first; for a question, not for a request. */
  get waitingJobs(): readonly Job[] {
    return [...this.#isolation.queue.all, ...this.#queue.all].toSorted(
      (one, other) => one.turn - other.turn,
    );
  }

  get running(): number {
    return this.#busy.running;
  }

  /** Puts a job at the end of the queue; false when the queue is full. Call `next` afterwards. */
  submit(job: Job): boolean {
    const { queueMax, runsAlone } = this.#rules;
    if (runsAlone(job)) {
      if (queueMax > 0 && this.#isolation.queue.length >= queueMax) return false;
      this.#turns += 1;
      job.turn = this.#turns;
      this.#isolation.hold(job);
      return true;
    }
    const wouldWait = this.#queue.length > 0 || !this.#hasTaker();
    if (wouldWait && queueMax > 0 && this.#queue.length >= queueMax) return false;
    this.#turns += 1;
    job.turn = this.#turns;
    this.#queue.push(job);
    return true;
  }

  /** Puts a job that was given to a slot, but never begun, back where it was in the queue. */
  submitAgain(job: Job): void {
    if (this.#rules.runsAlone(job)) this.#isolation.hold(job);
    else this.#queue.putBack(job);
  }

  /** Other requests are to run alone than before: puts each that waits into its queue. */
  sortAnew(): void {
    const jobs = this.withdrawAll();
    for (const job of jobs) this.submitAgain(job);
  }

  /** A request has killed its worker: the next that runs alone waits for another worker. */
  died(): void {
    this.#isolation.died();
  }

  /** Takes a waiting job out of the queue (its client has gone); false when it is not there. */
  withdraw(job: Job): boolean {
    return this.#queue.remove(job) || this.#isolation.queue.remove(job);
  }

  /** Takes every waiting job out of the queue, oldest first. */
  withdrawAll(): Job[] {
    const jobs = [...this.#queue.takeAll(), ...this.#isolation.queue.takeAll()];
    return jobs.toSorted((one, other) => one.turn - other.turn);
  }

  /** A slot has connected: it can be given a request (once its worker takes any). */
  add(slot: Slot): void {
    this.#crews.rests(slot);
    if (slot.worker.warmth === 'new') this.#isolation.connected();
    this.#warmUp.connected(slot.worker);
  }

  /** The first request of a slot has ended, or was skipped: the next of its pipeline is there. */
  shift(slot: Slot, nowMs: number): void {
    const wasBusy = slot.pipeline.length > 0;
    const wasSignal = slot.pipeline.current?.isSignal === true;
    slot.pipeline.shift(nowMs);
    if (slot === this.#isolated) {
      this.#isolated = undefined;
      this.#isolation.ended();
    }
    this.#busy.count(slot);
    this.#crews.sent(slot);
    if (this.#warmUp.unwarmed > 0 && !wasSignal) this.#warmUp.over(slot.worker);
    if (slot.pipeline.length > 0 || !wasBusy) return;
    slot.worker.busy -= 1;
    this.#crews.rests(slot);
  }

  /** Bytes were read back from a slot's pipe; returns the requests that they stood for. */
  takeBack(slot: Slot, count: number): Job[] {
    const jobs = slot.pipeline.takeBack(count);
    this.#busy.count(slot);
    this.#crews.sent(slot);
    slot.worker.taken -= jobs.length;
    return jobs;
  }

  /** A worker takes requests from now on. */
  enabled(worker: DispatchWorker): void {
    this.#crews.changed(worker);
  }

  /** A slot leaves, once it is idle; it is given nothing. */
  withhold(slot: Slot): void {
    this.#crews.withhold(slot);
  }

  /** A slot is no more; `count` bytes were in its pipe. */
  remove(slot: Slot, count: number): Ended<Job> {
    if (slot.pipeline.length > 0) slot.worker.busy -= 1;
    this.#crews.sent(slot);
    this.#crews.remove(slot);
    this.#warmUp.over(slot.worker);
    this.#isolation.lost(slot.worker);
    if (slot === this.#isolated) {
      this.#isolated = undefined;
      this.#isolation.endedWithSlot();
    }
    const ended = slot.pipeline.close(count);
    this.#busy.count(slot);
    return ended;
  }

  /** Gives the oldest waiting job to a slot; undefined when none may take it. */
  next(nowMs: number): Assignment<Job, Slot> | undefined {
    if (this.#isSuspended) return undefined;
    if (this.#isolation.isOn) {
      const slot = this.#takeAlone(nowMs);
      if (slot !== undefined) return this.#give(slot, this.#isolation.queue.shift(), nowMs);
    }
    const oldest = this.#queue.first;
    if (oldest === undefined) return undefined;
    const idle = this.#takeIdle(oldest, nowMs);
    if (idle !== undefined) return this.#give(idle, this.#queue.shift(), nowMs);
    const slot = this.#takeBusy(oldest, nowMs);
    if (slot === undefined) return undefined;
    const job = this.#queue.shift();
    this.#add(slot, job, nowMs);
    return { slot, job, how: 'ahead' };
  }

  /** Gives a job to an idle slot of this worker; undefined where it has none. */
  giveTo(worker: DispatchWorker, job: Job, nowMs: number): Slot | undefined {
    if (this.#isSuspended || worker === this.#crews.reserved) return undefined;
    const slot = this.#crews.takeOf(worker);
    if (slot !== undefined) this.#give(slot, job, nowMs);
    return slot;
  }

  suspend(): void {
    this.#isSuspended = true;
  }

  resume(): void {
    this.#isSuspended = false;
  }

  #hasTaker(): boolean {
    return !this.#isSuspended && this.#crews.hasTaker();
  }

  #give(slot: Slot, job: Job, nowMs: number): Assignment<Job, Slot> {
    this.#add(slot, job, nowMs);
    slot.worker.busy += 1;
    if (job.isSignal !== true) {
      if (this.#warmUp.unwarmed > 0) this.#warmUp.begun(slot.worker, nowMs);
      slot.worker.begun += 1;
    }
    return { slot, job, how: 'to-idle' };
  }

  #add(slot: Slot, job: Job, nowMs: number): void {
    slot.pipeline.add(job, nowMs);
    this.#busy.count(slot);
    if (job.isSignal !== true) slot.worker.taken += 1;
  }

  /** The slot for the next request that runs alone. */
  #takeAlone(nowMs: number): Slot | undefined {
    const worker = this.#isolation.look(this.#crews.workers(), nowMs);
    this.#crews.reserved = this.#isolation.reserved;
    if (!this.#isolation.isRunning) this.#isolated = undefined;
    const slot = worker === undefined ? undefined : this.#crews.takeOf(worker);
    if (slot === undefined) return undefined;
    this.#isolation.begun(nowMs);
    this.#crews.reserved = this.#isolation.reserved;
    this.#isolated = slot;
    return slot;
  }

  #takeIdle(job: Job, nowMs: number): Slot | undefined {
    const { aheadOf, fillsThread } = this.#rules;
    const isOneEnough = aheadOf(job) > 0 && fillsThread(job);
    const movingUntilMs = isOneEnough ? this.#movingUntilMs : undefined;
    if (this.#warmUp.unwarmed > 0) this.#warmUp.look(nowMs);
    return this.#crews.take(nowMs, movingUntilMs);
  }

  /** The slot with the fewest that a request may be sent ahead to. */
  #takeBusy(job: Job, nowMs: number): Slot | undefined {
    const aheadMax = this.#rules.aheadOf(job);
    if (aheadMax === 0) return undefined;
    return this.#busy.shortest(aheadMax, (slot) => {
      if (isStuck(slot.pipeline, nowMs)) return 'stuck';
      const { worker } = slot;
      if (!worker.takesRequests || worker.awaitsSignal === true) return 'no';
      if (worker === this.#crews.reserved) return 'no';
      return this.#movingUntilMs(slot) > nowMs ? 'yes' : 'no';
    });
  }

  /**
   * Until when a slot counts as one that is about to end a request: all that it has been sent is
   * short, and what it would be sent could be taken back. 0: it does not.
   */
  readonly #movingUntilMs = ({ pipeline, takesAhead }: Slot): number => {
    const { last, awaitsSkip, startedAtMs } = pipeline;
    if (!takesAhead || awaitsSkip || last === undefined) return 0;
    return this.#rules.aheadOf(last) > 0 ? startedAtMs + SLOW_MS : 0;
  };
}

/** Nothing may be sent behind what is in it, until its first request has ended. */
function isStuck<Job>({ awaitsSkip, startedAtMs }: Pipeline<Job>, nowMs: number): boolean {
  return awaitsSkip || nowMs - startedAtMs >= SLOW_MS;
}
