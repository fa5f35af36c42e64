/**
 * Requests that run longer than harakiri allows: their clients are answered, their worker gets
 * nothing more, and the master is told to end it once its other requests have finished.
 *
 * One timer watches over all of them, as one for each would cost more than what it measures. The
 * time for which a slow client holds its worker back does not count.
 */

import type { FromGateway } from '../protocol/control-messages.ts';
import type { Logger } from '../log/logger.ts';
import type { PooledWorker } from './pooled-worker.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** How soon a request is looked at again that its client holds back: it may go on at any time. */
const HELD_LOOK_MS = 100;
/** A timer of Node's rings at once when asked to wait longer than 2^31 ms. */
const TIMER_MAX_MS = 2_147_483_647;

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

  constructor(parts: OverrunParts) {
    this.#parts = parts;
    this.#limitMs = parts.limit * 1000;
  }

  /** A request has started. */
  started(): void {
    if (this.#limitMs > 0 && this.#timer === undefined) this.#arm(this.#limitMs);
  }

  /** A request of a worker that has an overrun has ended: was it the last that is waited for? */
  otherEnded(worker: PooledWorker): void {
    if (othersRunningIn(worker) === 0) this.#tell(worker);
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
        const leftMs = this.#limitMs - ranMs;
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
    const { method, uri, what } = job;
    const { slot, pid } = worker;
    const seconds = Math.round(ranMs / 100) / 10;
    connection.hasOverrun = true;
    worker.hasOverrun = true;
    worker.isEnabled = false;
    this.#parts.log.error(
      'request.overran',
      { method, uri, worker: slot, pid, seconds },
      `${what} ran longer than harakiri = ${this.#parts.limit} s in worker ${slot}`,
    );
    job.failed(504);
    this.#parts.takeBack(worker);
    this.#tell(worker);
  }

  #tell(worker: PooledWorker): void {
    const { generation, slot, pid } = worker;
    const othersRunning = othersRunningIn(worker);
    this.#parts.tellMaster({ type: 'worker-overran', generation, slot, pid, othersRunning });
  }
}

/** How many of its requests run that have not overrun. */
function othersRunningIn(worker: PooledWorker): number {
  let count = 0;
  for (const connection of worker.connections.values()) {
    if (connection.isRunning && !connection.hasOverrun) count += 1;
  }
  return count;
}
