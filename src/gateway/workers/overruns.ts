/**
 * Requests that run longer than harakiri allows: their clients are answered, their worker gets
 * nothing more, and the master is told to end it once its other requests have finished.
 *
 * One timer watches over all of them, as one for each would cost more than what it measures. The
 * time for which a slow client holds its worker back does not count. Before the master is told, the
 * Python stack of the request is read, for the one log line that explains it.
 */

import type { Cancel, Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { FromGateway } from '../../protocol/control-messages.ts';
import type { PythonStack } from '../../stacks/stacks.ts';
import type { RecentRequests } from '../measures/recent-requests.ts';
import type { PooledWorker, Slot } from './slot.ts';

/** When a request that its client holds back is looked at again: it may go on at any time. */
const HELD_LOOK_MS = 100;

/** What is logged of a request that has overrun. */
interface Overrun {
  readonly method: string;
  readonly uri: string;
  readonly what: string;
  readonly requestId: string;
  readonly thread: number;
  readonly ranMs: number;
}

export interface OverrunParts {
  /** Seconds that a request may run; 0 = any time. */
  readonly limit: number;
  readonly workers: () => Iterable<PooledWorker>;
  /** Takes back what was sent ahead to a worker. */
  readonly takeBack: (worker: PooledWorker) => void;
  /** Reads the Python stack of a thread of the worker with this pid. */
  readonly readStack: (pid: number, thread: number) => Promise<PythonStack>;
  readonly recent: RecentRequests;
  readonly tellMaster: (message: FromGateway) => void;
  readonly log: Logger;
  readonly timers: Timers;
}

export class Overruns {
  readonly #parts: OverrunParts;
  readonly #limitMs: number;
  /** Requests that have run longer than they may. */
  count = 0;
  /** Undefined while no request is watched. */
  #cancelLook: Cancel | undefined;
  /** Of each worker with an overrun: how many stacks are still to be read, one after the other. */
  readonly #stacks = new Map<PooledWorker, { count: number; last: Promise<void> }>();

  constructor(parts: OverrunParts) {
    this.#parts = parts;
    this.#limitMs = parts.limit * 1000;
  }

  /** A request has started; to be called where there is a limit for all. */
  started(): void {
    if (this.#cancelLook === undefined) this.#arm(this.#limitMs);
  }

  /** A request has been given a limit of its own, which may come sooner than all others. */
  limited(): void {
    this.#cancelLook?.();
    this.#arm(0);
  }

  /** A request has ended in a worker with an overrun: perhaps it was the last to be waited for. */
  otherEnded(worker: PooledWorker): void {
    if (this.#othersRunningIn(worker) === 0) this.#tell(worker);
  }

  #arm(waitMs: number): void {
    this.#cancelLook = this.#parts.timers.after(waitMs, () => {
      this.#cancelLook = undefined;
      const nextMs = this.#look();
      if (nextMs !== Infinity) this.#arm(nextMs);
    });
  }

  /** Ends what has overrun; returns in how many ms the next could, Infinity when nothing runs. */
  #look(): number {
    const nowMs = this.#parts.timers.now();
    let nextMs = Infinity;
    for (const worker of this.#parts.workers()) {
      for (const slot of worker.connections.values()) {
        if (!slot.isRunning || slot.hasOverrun) continue;
        const { runTime } = slot;
        const ranMs = runTime.ranMs(nowMs);
        const usualMs = this.#limitMs === 0 ? Infinity : this.#limitMs;
        const leftMs = (slot.runMaxMs ?? usualMs) - ranMs;
        if (runTime.isHeld) nextMs = Math.min(nextMs, Math.max(leftMs, HELD_LOOK_MS));
        else if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
        else this.#end(slot, ranMs);
      }
    }
    return nextMs;
  }

  #end(slot: Slot, ranMs: number): void {
    const { worker, job } = slot;
    if (job === undefined) return;
    slot.hasOverrun = true;
    worker.tally.overruns += 1;
    this.count += 1;
    worker.apply('overrun');
    const why = this.#limitInWords(ranMs);
    const explain = this.#parts.recent.ending({ end: 'cut', why }, () => job.failed(504));
    this.#parts.takeBack(worker);
    const asked = this.#stacks.get(worker) ?? { count: 0, last: Promise.resolve() };
    this.#stacks.set(worker, asked);
    asked.count += 1;
    const { method, uri, what, id: requestId } = job;
    const overrun = { method, uri, what, requestId, thread: slot.thread, ranMs };
    asked.last = asked.last.then(async () => {
      const stack = await this.#parts.readStack(worker.pid, overrun.thread);
      if (stack.kind === 'stack') explain(stack.text, stack.waitsIn);
      asked.count -= 1;
      if (asked.count === 0) this.#stacks.delete(worker);
      this.#log(worker, overrun, stack);
      this.#tell(worker);
    });
  }

  #log(worker: PooledWorker, overrun: Overrun, stack: PythonStack): void {
    const { method, uri, what, requestId, thread, ranMs } = overrun;
    const { slot: number, pid } = worker;
    const seconds = Math.round(ranMs / 100) / 10;
    const how =
      stack.kind === 'stack'
        ? `its Python stack, the innermost call first:\n${stack.text}`
        : `its Python stack could not be read: ${stack.reason}`;
    this.#parts.log.error(
      'request.overran',
      { method, uri, worker: number, pid, thread, seconds, requestId },
      `${what} ran longer than ${this.#limitInWords(ranMs)} in worker ${number}; ${how}`,
    );
  }

  #limitInWords(ranMs: number): string {
    const isUsual = this.#limitMs > 0 && ranMs >= this.#limitMs;
    return isUsual ? `harakiri = ${this.#parts.limit} s` : 'the limit of its own';
  }

  #tell(worker: PooledWorker): void {
    const { generation, slot, pid } = worker;
    const othersRunning = this.#othersRunningIn(worker);
    this.#parts.tellMaster({ type: 'worker-overran', generation, slot, pid, othersRunning });
  }

  /** How many of its requests are waited for: they have not overrun, or their stack is read. */
  #othersRunningIn(worker: PooledWorker): number {
    let count = this.#stacks.get(worker)?.count ?? 0;
    for (const slot of worker.connections.values()) {
      if (slot.isRunning && !slot.hasOverrun) count += 1;
    }
    return count;
  }
}
