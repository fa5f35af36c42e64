/**
 * Sending ahead in thousands of random orders: the dispatcher against workers that claim, run,
 * skip and die as they like.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Dispatcher, SLOW_MS } from '../../../../src/gateway/dispatch/dispatcher.ts';
import type { DispatchSlot, DispatchWorker } from '../../../../src/gateway/dispatch/dispatcher.ts';
import { Pipeline } from '../../../../src/gateway/dispatch/pipeline.ts';
import { chances } from '../../../support/chances.ts';

interface Job {
  readonly number: number;
  readonly isShort: boolean;
  readonly runsAlone: boolean;
  turn: number;
  runs: number;
}

/** A slot with its worker's thread, which is at its own place in the frames that it was sent. */
class Thread implements DispatchSlot<Job> {
  readonly worker: DispatchWorker;
  readonly pipeline = new Pipeline<Job>();
  takesAhead = true;
  /** Sent by the gateway, not yet looked at by the thread. */
  readonly frames: { readonly job: Job; readonly isAhead: boolean }[] = [];
  /** Said by the thread, not yet read by the gateway. */
  readonly said: ('end' | 'skipped')[] = [];
  claims = 0;
  runs: Job | undefined;

  constructor(worker: DispatchWorker) {
    this.worker = worker;
  }

  /** The thread does its next step, if it has one. */
  step(): void {
    if (this.runs !== undefined) {
      this.runs = undefined;
      this.said.push('end');
      return;
    }
    const frame = this.frames.shift();
    if (frame === undefined) return;
    if (frame.isAhead && this.claims === 0) return void this.said.push('skipped');
    if (frame.isAhead) this.claims -= 1;
    frame.job.runs += 1;
    assert.equal(frame.job.runs, 1, `request ${frame.job.number} ran twice`);
    this.runs = frame.job;
  }

  readBack(): number {
    const count = this.claims;
    this.claims = 0;
    return count;
  }
}

/** A worker that can be switched off. */
type Switchable = DispatchWorker & { takesRequests: boolean };

/** What the test knows of a worker's first request: it was sent at `sinceMs`, or never. */
interface FirstRequest {
  readonly sinceMs: number | undefined;
  readonly isOver: boolean;
}

function newWorker(): Switchable {
  return { takesRequests: true, taken: 0, busy: 0, begun: 0, warmth: 'new', warmingSinceMs: 0 };
}

class World {
  readonly chance: (below: number) => number;
  readonly workers: Switchable[] = [1, 2, 3].map(newWorker);
  readonly firsts = new Map<DispatchWorker, FirstRequest>();
  threads: Thread[] = [];
  readonly dispatcher: Dispatcher<Job, Thread>;
  readonly aheadOf: (job: Job) => number;
  /** Every other world has requests that leave the second thread of a worker alone. */
  readonly fillsThread: boolean;
  /** In every third world some requests run alone; these do at the moment. */
  readonly hasAlone: boolean;
  isAloneActive = true;
  readonly jobs: Job[] = [];
  readonly over = new Set<Job>();
  readonly waiting = new Set<Job>();
  nowMs = 0;
  /** The one that was begun last of those that run alone. */
  alone: Job | undefined;

  constructor(seed: number) {
    this.chance = chances(seed);
    const aheadMax = this.chance(4);
    this.aheadOf = ({ isShort }) => (isShort ? aheadMax : 0);
    this.fillsThread = seed % 2 === 0;
    const fillsThread = (): boolean => this.fillsThread;
    this.hasAlone = seed % 3 === 0;
    this.dispatcher = new Dispatcher({
      queueMax: 0,
      aheadOf: this.aheadOf,
      fillsThread,
      runsAlone: (job) => this.runsAlone(job),
    });
    for (const worker of [...this.workers, ...this.workers]) this.connect(worker);
  }

  connect(worker: DispatchWorker): void {
    const thread = new Thread(worker);
    thread.takesAhead = this.chance(4) > 0;
    this.threads.push(thread);
    this.dispatcher.add(thread);
  }

  submit(): void {
    const { length: number } = this.jobs;
    const runsAlone = this.hasAlone && this.chance(4) === 0;
    const job = { number, isShort: this.chance(5) > 0, runsAlone, turn: 0, runs: 0 };
    this.jobs.push(job);
    this.waiting.add(job);
    assert.ok(this.dispatcher.submit(job));
  }

  /** The gateway reads one thing that a thread has said. */
  hear(thread: Thread): void {
    const said = thread.said.shift();
    if (said === undefined) return;
    const { current } = thread.pipeline;
    assert.equal(current === undefined ? 'skipped' : 'end', said, 'answers come in order');
    if (current !== undefined) this.over.add(current);
    this.dispatcher.shift(thread, this.nowMs);
    this.firsts.set(thread.worker, { sinceMs: 0, isOver: true });
  }

  again(jobs: readonly Job[]): void {
    for (const job of jobs) {
      assert.equal(job.runs, 0, 'what was taken back has not begun');
      this.waiting.add(job);
      this.dispatcher.submitAgain(job);
    }
  }

  die(thread: Thread): void {
    this.end(thread);
    this.connect(thread.worker);
  }

  /** A worker ends with all of its threads, and the next one comes. */
  replace(worker: Switchable): void {
    const threads = this.threads.filter((thread) => thread.worker === worker);
    for (const thread of threads) this.end(thread);
    const next = newWorker();
    this.workers[this.workers.indexOf(worker)] = next;
    for (const _ of threads) this.connect(next);
  }

  end(thread: Thread): void {
    this.firsts.set(thread.worker, { sinceMs: 0, isOver: true });
    this.threads = this.threads.filter((each) => each !== thread);
    while (thread.said.length > 0) this.hear(thread);
    const { begun, unbegun } = this.dispatcher.remove(thread, thread.readBack());
    this.again(unbegun);
    for (const job of begun) {
      this.over.add(job);
      // At most one runs; one that was sent to an idle slot may not have been looked at.
      assert.ok(job === thread.runs || thread.frames.some((frame) => frame.job === job));
    }
    assert.ok(begun.length <= 1);
  }

  giveOut(): void {
    for (;;) {
      const assignment = this.dispatcher.next(this.nowMs);
      if (assignment === undefined) return;
      const { slot, job, how } = assignment;
      assert.equal(job, this.oldest(this.runsAlone(job)));
      assert.ok(slot.worker.takesRequests);
      this.waiting.delete(job);
      if (this.runsAlone(job)) this.checkAlone(slot, job);
      else this.checkOther(slot);
      if (!this.dispatcher.isIsolating) {
        this.checkFirst(slot, job, how);
        this.checkFewest(slot, how);
      }
      this.noteFirst(slot);
      if (how === 'ahead') {
        assert.ok(slot.takesAhead && job.isShort);
        slot.claims += 1;
      }
      slot.frames.push({ job, isAhead: how === 'ahead' });
    }
  }

  runsAlone(job: Job): boolean {
    return job.runsAlone && this.isAloneActive;
  }

  oldest(alone: boolean): Job | undefined {
    let oldest: Job | undefined;
    for (const job of this.waiting) {
      if (this.runsAlone(job) !== alone) continue;
      if (oldest === undefined || job.turn < oldest.turn) oldest = job;
    }
    return oldest;
  }

  /** Its worker runs nothing else, and no other runs one like it; it may be the only worker. */
  checkAlone(slot: Thread, job: Job): void {
    const running = this.threads.filter(
      ({ pipeline }) => pipeline.last !== undefined && pipeline.last !== job,
    );
    const alone = running.filter(({ pipeline }) => pipeline.last === this.alone);
    assert.deepEqual(alone, [], 'two run alone at once');
    this.alone = job;
    if (this.takers() === 1) return;
    assert.ok(!running.some(({ worker }) => worker === slot.worker), 'it does not run alone');
  }

  /** Where there are others, nothing is given to the worker of a request that runs alone. */
  checkOther(slot: Thread): void {
    const cell = this.threads.find(
      ({ pipeline }) => this.alone !== undefined && pipeline.current === this.alone,
    );
    if (cell === undefined || this.takers() === 1) return;
    assert.notEqual(cell.worker, slot.worker, 'another is given to its worker');
  }

  takers(): number {
    const taking = this.threads.filter(({ worker }) => worker.takesRequests);
    return new Set(taking.map(({ worker }) => worker)).size;
  }

  /** Requests run alone from now on that did not, or the other way round. */
  switchAlone(): void {
    this.isAloneActive = !this.isAloneActive;
    if (!this.isAloneActive) this.alone = undefined;
    this.dispatcher.sortAnew();
  }

  warmthOf(worker: DispatchWorker): 'cold' | 'warming' | 'warm' {
    const { sinceMs, isOver } = this.firsts.get(worker) ?? { sinceMs: undefined, isOver: false };
    if (isOver) return 'warm';
    if (sinceMs === undefined) return 'cold';
    return this.nowMs - sinceMs < 1000 ? 'warming' : 'warm';
  }

  /** Who has answered nothing comes first, and has that request alone while others are idle. */
  checkFirst(slot: Thread, job: Job, how: 'to-idle' | 'ahead'): void {
    const warmth = this.warmthOf(slot.worker);
    const others = this.threads.filter((each) => each !== slot && this.mayTake(each, job));
    const mightHave = others.map((each) => this.warmthOf(each.worker));
    if (warmth !== 'cold') assert.ok(!mightHave.includes('cold'), 'a worker is left cold');
    if (how === 'to-idle' && warmth === 'warming') {
      assert.ok(!mightHave.includes('warm'), 'a first request was not left alone');
    }
  }

  noteFirst({ worker }: Thread): void {
    if (this.warmthOf(worker) !== 'cold') return;
    this.firsts.set(worker, { sinceMs: this.nowMs, isOver: false });
  }

  /** It goes ahead to where the fewest are; it is there already. */
  checkFewest(slot: Thread, how: 'to-idle' | 'ahead'): void {
    if (how === 'to-idle') return;
    for (const other of this.threads) {
      if (other === slot || other.pipeline.length === 0 || !this.isMoving(other)) continue;
      const isShorter = other.pipeline.length < slot.pipeline.length - 1;
      assert.ok(!isShorter || !other.worker.takesRequests, 'it waits behind more than elsewhere');
    }
  }

  event(): void {
    const thread = this.threads[this.chance(this.threads.length)];
    const worker = this.workers[this.chance(3)];
    if (thread === undefined || worker === undefined) return;
    const number = this.chance(21);
    if (number < 7) this.submit();
    else if (number < 12) thread.step();
    else if (number < 16) this.hear(thread);
    else if (number === 16) this.again(this.dispatcher.takeBack(thread, thread.readBack()));
    else if (number === 17) this.switch(worker, !worker.takesRequests);
    else if (number === 18) this.die(thread);
    else if (number === 19) this.replace(worker);
    else if (this.hasAlone && this.chance(8) === 0) this.switchAlone();
    else this.nowMs += this.chance(15) * (this.chance(8) === 0 ? 100 : 1);
  }

  switch(worker: Switchable, takesRequests: boolean): void {
    worker.takesRequests = takesRequests;
    if (takesRequests) this.dispatcher.enabled(worker);
  }

  check(): void {
    const oldest = this.dispatcher.isIsolating ? undefined : this.oldest(false);
    const mayTake = this.threads.some((thread) => this.mayTake(thread, oldest));
    assert.ok(oldest === undefined || !mayTake, 'nothing waits while a slot is idle');
    const ahead = this.threads.reduce((sum, { pipeline }) => sum + pipeline.ahead, 0);
    assert.equal(this.dispatcher.waiting, this.waiting.size + ahead);
    const running = this.threads.filter(({ pipeline }) => pipeline.current !== undefined);
    assert.equal(this.dispatcher.running, running.length);
    for (const worker of this.workers) {
      const busy = this.threads.filter(
        (each) => each.worker === worker && each.pipeline.length > 0,
      );
      assert.equal(worker.busy, busy.length);
    }
  }

  /** Idle; and no other thread of its worker is about to end what leaves no room for a second. */
  mayTake({ pipeline, worker }: Thread, oldest: Job | undefined): boolean {
    if (pipeline.length > 0 || !worker.takesRequests || oldest === undefined) return false;
    if (!this.fillsThread || this.aheadOf(oldest) === 0) return true;
    return !this.threads.some((other) => other.worker === worker && this.isMoving(other));
  }

  /** It ends a short request soon, and may be sent another. */
  isMoving({ takesAhead, pipeline }: Thread): boolean {
    const { last, startedAtMs, awaitsSkip } = pipeline;
    const isStuck = awaitsSkip || this.nowMs - startedAtMs >= SLOW_MS;
    return takesAhead && !isStuck && last !== undefined && this.aheadOf(last) > 0;
  }

  /** Everything that was begun comes to its end. */
  finish(): void {
    for (const worker of this.workers) this.switch(worker, true);
    while (this.over.size < this.jobs.length) {
      for (const thread of this.threads) {
        thread.step();
        this.hear(thread);
      }
      this.nowMs += 1;
      this.giveOut();
      this.check();
      assert.ok(this.nowMs < 100_000, 'a request is never given out');
    }
  }
}

test('in any order of events requests keep their order and each runs once, or never began', () => {
  for (let seed = 1; seed <= 1500; seed += 1) {
    const world = new World(seed);
    try {
      for (let turn = 0; turn < 200; turn += 1) {
        world.event();
        world.giveOut();
        world.check();
      }
      world.finish();
    } catch (error) {
      throw new Error(`order ${seed}`, { cause: error });
    }
  }
});
