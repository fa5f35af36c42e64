/**
 * Requests that run longer than harakiri allows: their clients are answered, their worker gets
 * nothing more, and the master is told to end it once its other requests have finished.
 *
 * One timer watches over all of them, as one for each would cost more than what it measures. The
 * time for which a slow client holds its worker back does not count. Before the master is told, the
 * Python stack of the request is read, for the one line that says what happened.
 */

import type { FromGateway } from '../../protocol/control-messages.ts';
import type { Logger } from '../../log/logger.ts';
import type { PooledWorker } from '../dispatch/worker.ts';
import type { WorkerConnection } from './slot.ts';
import { readWorkerStack } from './stack.ts';
import type { WorkerStack } from './stack.ts';

/** How soon a request is looked at again that its client holds back: it may go on at any time. */
const HELD_LOOK_MS = 100;
/** A timer of Node's rings at once when asked to wait longer than 2^31 ms. */
const TIMER_MAX_MS = 2_147_483_647;

/** What is said of a request that has overrun. */
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
  readonly tellMaster: (message: FromGateway) => void;
  readonly log: Logger;
}

export class Overruns {
  readonly #parts: OverrunParts;
  readonly #limitMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** Of each worker with an overrun: how many stacks are still to be read, one after the other. */
  readonly #stacks = new Map<PooledWorker, { count: number; last: Promise<void> }>();

  constructor(parts: OverrunParts) {
    this.#parts = parts;
    this.#limitMs = parts.limit * 1000;
  }

  /** A request has started. */
  started(): void {
    if (this.#limitMs > 0 && this.#timer === undefined) this.#arm(this.#limitMs);
  }

  /** A request has been given a limit of its own, which may come sooner than all others. */
  limited(): void {
    clearTimeout(this.#timer);
    this.#arm(0);
  }

  /** A request of a worker that has an overrun has ended: was it the last that is waited for? */
  otherEnded(worker: PooledWorker): void {
    if (this.#othersRunningIn(worker) === 0) this.#tell(worker);
  }

  #arm(waitMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        const nextMs = this.#look();
        if (nextMs !== Infinity) this.#arm(nextMs);
      },
      Math.min(Math.ceil(waitMs), TIMER_MAX_MS),
    );
  }

  /** Ends what has overrun; returns in how many ms the next could, Infinity when nothing runs. */
  #look(): number {
    const nowMs = performance.now();
    let nextMs = Infinity;
    for (const worker of this.#parts.workers()) {
      for (const connection of worker.connections.values()) {
        if (!connection.isRunning || connection.hasOverrun) continue;
        const { runTime } = connection;
        const ranMs = runTime.ranMs(nowMs);
        const usualMs = this.#limitMs === 0 ? Infinity : this.#limitMs;
        const leftMs = (connection.runMaxMs ?? usualMs) - ranMs;
        if (runTime.isHeld) nextMs = Math.min(nextMs, Math.max(leftMs, HELD_LOOK_MS));
        else if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
        else this.#end(connection, ranMs);
      }
    }
    return nextMs;
  }

  #end(connection: WorkerConnection, ranMs: number): void {
    const { worker, job } = connection;
    if (job === undefined) return;
    connection.hasOverrun = true;
    worker.hasOverrun = true;
    worker.isEnabled = false;
    job.failed(504);
    this.#parts.takeBack(worker);
    const asked = this.#stacks.get(worker) ?? { count: 0, last: Promise.resolve() };
    this.#stacks.set(worker, asked);
    asked.count += 1;
    const { method, uri, what, id: requestId } = job;
    const overrun = { method, uri, what, requestId, thread: connection.thread, ranMs };
    asked.last = asked.last.then(async () => {
      const stack = await readWorkerStack(worker.pid, overrun.thread);
      asked.count -= 1;
      if (asked.count === 0) this.#stacks.delete(worker);
      this.#say(worker, overrun, stack);
      this.#tell(worker);
    });
  }

  #say(worker: PooledWorker, overrun: Overrun, stack: WorkerStack): void {
    const { method, uri, what, requestId, thread, ranMs } = overrun;
    const { slot, pid } = worker;
    const seconds = Math.round(ranMs / 100) / 10;
    const how =
      stack.kind === 'stack'
        ? `its Python stack, the innermost call first:\n${stack.text}`
        : `its Python stack could not be had: ${stack.reason}`;
    this.#parts.log.error(
      'request.overran',
      { method, uri, worker: slot, pid, thread, seconds, requestId },
      `${what} ran longer than ${this.#limitInWords(ranMs)} in worker ${slot}; ${how}`,
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
    for (const connection of worker.connections.values()) {
      if (connection.isRunning && !connection.hasOverrun) count += 1;
    }
    return count;
  }
}
