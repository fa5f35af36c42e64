/**
 * Signals of the application on their way to the slots that run their handlers.
 *
 * One for any worker goes to a request that waits for it. Where none does, it waits in the queue of
 * the requests, and is given to an idle slot in its turn, or to a request that waits for another.
 * One for a certain worker waits here until a slot of it is idle, and nothing is sent ahead to that
 * worker meanwhile. No handler runs inside a request that does not wait for it, and none counts as
 * a request.
 */

import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import { LogThrottle } from '../../log/throttle.ts';
import { SIGNALS_WAITING_MAX as WAITING_MAX } from '../../protocol/control-messages.ts';
import { encodeFrame, frameTypes } from '../../protocol/request-frames.ts';
import type { Job } from '../dispatch/port.ts';
import type { Assigner } from './assign.ts';
import { SignalWaiters } from './signal-waiters.ts';
import type { PooledWorker } from './slot.ts';

export interface SignalsParts {
  readonly assigner: Assigner;
  readonly workers: () => Iterable<PooledWorker>;
  readonly log: Logger;
  readonly timers: Timers;
}

const NO_APPLICATION = -1;

export class Signals {
  readonly #parts: SignalsParts;
  /** For certain workers, oldest first. */
  #pinned: Pinned[] = [];
  /** For any worker, oldest first. */
  readonly #unbegun = new Set<SignalJob>();
  readonly waiters: SignalWaiters;
  /** How many reach nobody, since this process began. */
  dropped = 0;
  readonly #throttle = new LogThrottle();

  constructor(parts: SignalsParts) {
    this.#parts = parts;
    this.waiters = new SignalWaiters({
      waits: () => {
        this.give(parts.timers.now());
        this.#giveToWaiters();
      },
      unread: (job) => {
        if (!job.returned()) return this.give(parts.timers.now());
        parts.assigner.dispatcher.submitAgain(job);
        parts.assigner.pump(parts.timers.now());
      },
    });
  }

  /** For any worker, and for certain ones. */
  get waiting(): number {
    return this.#unbegun.size + this.#pinned.length;
  }

  /** Raises a signal: in each of these slots of the supervisor; [] = in one worker, any. */
  raise(number: number, slots: readonly number[]): void {
    if (slots.length === 0) this.#raiseInAny(number);
    for (const slot of slots) this.#raiseIn(number, slot);
    this.#parts.assigner.pump(this.#parts.timers.now());
  }

  /** Gives those for certain workers to the idle slots of these; before any request is given. */
  readonly give = (nowMs: number): void => {
    if (this.#pinned.length === 0) return;
    const left: Pinned[] = [];
    for (const pinned of this.#pinned) {
      const worker = this.#workerIn(pinned.slot);
      if (worker === undefined || !this.#giveIn(worker, pinned.job, nowMs)) left.push(pinned);
    }
    this.#pinned = left;
    this.#keepIdle();
  };

  #giveIn(worker: PooledWorker, job: SignalJob, nowMs: number): boolean {
    const taker = { number: job.number, worker };
    if (this.waiters.give(job, { ...taker, who: 'wants-it' }, nowMs)) return true;
    if (this.#parts.assigner.giveTo(worker, job, nowMs)) return true;
    return this.waiters.give(job, { ...taker, who: 'other' }, nowMs);
  }

  #raiseInAny(number: number): void {
    const { assigner, timers } = this.#parts;
    const waiting = this.#unbegun.size;
    const job = new SignalJob(number, timers.now(), {
      returned: () => true,
      begun: () => this.#unbegun.delete(job),
      dropped: () => {
        this.#unbegun.delete(job);
        this.#dropped(number, 'there is no application');
      },
    });
    this.#unbegun.add(job);
    if (this.waiters.give(job, { number, worker: undefined, who: 'wants-it' }, timers.now()))
      return;
    if (waiting >= WAITING_MAX || !assigner.submit(job)) {
      this.#unbegun.delete(job);
      return this.#dropped(number, `${waiting} others wait, and no worker is idle`);
    }
    this.#giveToWaiters();
  }

  /** What is in the queue of the requests, as no slot is idle. */
  #giveToWaiters(): void {
    if (this.waiters.length === 0) return;
    const { assigner, timers } = this.#parts;
    for (const who of ['wants-it', 'other'] as const) {
      for (const job of [...this.#unbegun]) {
        const { number } = job;
        if (!this.waiters.give(job, { number, worker: undefined, who }, timers.now())) continue;
        assigner.dispatcher.withdraw(job);
      }
    }
  }

  #raiseIn(number: number, slot: number): void {
    const isSame = (pinned: Pinned): boolean =>
      pinned.slot === slot && pinned.job.number === number;
    // A worker that is not there has it once when it comes, however often it was raised.
    if (this.#workerIn(slot) === undefined && this.#pinned.some(isSame)) return;
    if (this.#pinned.length >= WAITING_MAX) {
      return this.#dropped(number, `${this.#pinned.length} others wait for certain workers`);
    }
    const job = new SignalJob(number, this.#parts.timers.now(), {
      returned: () => {
        this.#pinned.unshift({ job, slot });
        return false;
      },
      begun: () => {},
      dropped: () => {},
    });
    this.#pinned.push({ job, slot });
    this.#keepIdle();
  }

  /** Of several generations the newest. */
  #workerIn(slot: number): PooledWorker | undefined {
    let found: PooledWorker | undefined;
    for (const worker of this.#parts.workers()) {
      if (worker.slot !== slot || !worker.takesRequests) continue;
      if (found === undefined || found.generation < worker.generation) found = worker;
    }
    return found;
  }

  /** Nothing is sent ahead to a worker that a signal waits for: one of its slots becomes idle. */
  #keepIdle(): void {
    const slots = new Set(this.#pinned.map(({ slot }) => slot));
    for (const worker of this.#parts.workers()) worker.awaitsSignal = slots.has(worker.slot);
  }

  #dropped(number: number, why: string): void {
    this.dropped += 1;
    const count = this.#throttle.count(this.#parts.timers.now());
    if (count === 0) return;
    const what = count === 1 ? 'it was dropped' : `${count} signals were dropped`;
    this.#parts.log.error(
      'signal.dropped',
      { signal: number, count },
      `signal ${number} cannot be delivered, as ${why}: ${what}`,
    );
  }
}

interface Pinned {
  readonly job: SignalJob;
  readonly slot: number;
}

interface Fate {
  /** It was not begun; whether it is to wait in the queue of the requests again. */
  readonly returned: () => boolean;
  readonly begun: () => void;
  readonly dropped: () => void;
}

/** A signal, as a slot sees it: it has no client and no response. */
class SignalJob implements Job {
  readonly isSignal = true;
  readonly number: number;
  readonly what: string;
  readonly uri: string;
  readonly queuedAtMs: number;
  readonly method = 'SIGNAL';
  readonly id = '';
  readonly spooled = undefined;
  readonly isStreamed = false;
  readonly hasBody = false;
  readonly application = NO_APPLICATION;
  turn = 0;
  readonly #fate: Fate;
  #hasBegun = false;

  constructor(number: number, nowMs: number, fate: Fate) {
    this.number = number;
    this.what = `the handler of signal ${number}`;
    this.uri = String(number);
    this.queuedAtMs = nowMs;
    this.#fate = fate;
  }

  started(): Buffer {
    if (!this.#hasBegun) this.#fate.begun();
    this.#hasBegun = true;
    return encodeFrame(frameTypes.signal, Buffer.from([this.number]));
  }

  begins(): void {}

  returned(): boolean {
    return this.#fate.returned();
  }

  receivedWhole(): void {}

  receivedHead(): void {}

  logs(): void {}

  received(): 'go-on' {
    return 'go-on';
  }

  offeredFile(_offered: unknown, tellWorker: (what: 'stream-it') => void): void {
    tellWorker('stream-it');
  }

  flushed(): void {}

  finished(): void {}

  bodyLost(): void {}

  /** Also where its worker has ended or it has overrun, which is logged: it is not run again. */
  failed(): void {
    if (!this.#hasBegun) this.#fate.dropped();
  }
}
