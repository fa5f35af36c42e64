/**
 * Requests that wait for signals (`uwsgi.signal_wait`): each has one more connection, which is sent
 * signals and nothing else. One signal at a time: what was sent is handled, or its worker has died.
 */

import { SIGNALS_OF_WAITER } from '../../protocol/request-frames.ts';
import type { EndFrame } from '../../protocol/response-frames.ts';
import type { Job } from '../dispatch/port.ts';
import type { PooledWorker, Slot, SlotRequests } from './slot.ts';

export interface SignalWaitersParts {
  /** A request waits, or waits again. */
  readonly waits: () => void;
  /** What was sent to a request that had ended, before it came there. */
  readonly unread: (job: Job) => void;
}

/** Whom a signal is looked for. */
export interface Taker {
  readonly number: number;
  /** Undefined: any that serves. */
  readonly worker: PooledWorker | undefined;
  /** 'other': also one that waits for another number. */
  readonly who: 'wants-it' | 'other';
}

export class SignalWaiters implements SlotRequests {
  readonly #parts: SignalWaitersParts;
  /** What each waits for; undefined: any signal. Those that came first are first. */
  readonly #wanted = new Map<Slot, number | undefined>();

  #isClosed = false;

  constructor(parts: SignalWaitersParts) {
    this.#parts = parts;
  }

  get length(): number {
    return this.#wanted.size;
  }

  /** The connection is one of these: 'signals', or 'signals 17'. */
  add(slot: Slot, worker: PooledWorker, name: string): void {
    const [, number] = name.split(' ');
    slot.become(worker, this, (which) => this.#closed(which));
    this.#wanted.set(slot, number === undefined ? undefined : Number(number));
    if (this.#isClosed || worker.isLeaving) slot.drain();
    else this.#parts.waits();
  }

  /** Sends a signal to a request that waits; false where none does. */
  give(job: Job, taker: Taker, nowMs: number): boolean {
    if (this.#wanted.size === 0) return false;
    for (const [slot, wanted] of this.#wanted) {
      const isMeant =
        taker.worker === undefined ? slot.worker.takesRequests : slot.worker === taker.worker;
      if (!isMeant || slot.state !== 'idle') continue;
      if (taker.who === 'wants-it' && (wanted ?? taker.number) !== taker.number) continue;
      slot.pipeline.add(job, nowMs);
      slot.send(job, nowMs);
      return true;
    }
    return false;
  }

  /** At a stop, and where another gateway is sent the signals: each wait ends. */
  close(): void {
    this.#isClosed = true;
    for (const slot of this.#wanted.keys()) slot.drain();
  }

  /** The worker is to leave: its waits end, one that handles a signal when it has done so. */
  drain(worker: PooledWorker): void {
    for (const slot of this.#wanted.keys()) if (slot.worker === worker) slot.drain();
  }

  /** The process has ended. What it has forked may hold its connections. */
  died(worker: PooledWorker): void {
    for (const slot of [...this.#wanted.keys()]) {
      if (slot.worker === worker) slot.close('its worker has ended');
    }
  }

  /** It has handled a signal, and waits for another one. */
  ended(slot: Slot, end: EndFrame): void {
    const { job, worker } = slot;
    slot.pipeline.shift(slot.readAtMs);
    job?.finished(end);
    if (this.#isClosed || worker.isLeaving) slot.drain();
    else this.#parts.waits();
  }

  /** Nothing is sent ahead to it. */
  skipped(): void {}

  takeBack(): void {}

  #closed(slot: Slot): void {
    this.#wanted.delete(slot);
    const { isUntouched } = slot;
    for (const job of slot.pipeline.close(0).begun) if (isUntouched) this.#parts.unread(job);
  }
}

/** Whether the thread that a HELLO names is a request that waits for signals. */
export function isWaiter(thread: string): boolean {
  return SIGNALS_OF_WAITER.test(thread);
}
