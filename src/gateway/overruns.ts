/**
 * Requests that run longer than harakiri allows: their clients are answered, their worker gets
 * nothing more, and the master is told to end it once its other requests have finished.
 *
 * One timer watches over all of them, as one for each would cost more than what it measures.
 */

import type { FromGateway } from '../protocol/control-messages.ts';
import type { Logger } from '../log/logger.ts';
import type { PooledWorker } from './pooled-worker.ts';
import type { WorkerConnection } from './worker-connection.ts';

export interface OverrunParts {
  /** Seconds that a request may run; 0 = any time. */
  readonly limit: number;
  readonly workers: () => Iterable<PooledWorker>;
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
  started(nowMs: number): void {
    if (this.#limitMs > 0 && this.#timer === undefined) this.#arm(nowMs);
  }

  /** A request of a worker that has an overrun has ended: was it the last that is waited for? */
  otherEnded(worker: PooledWorker): void {
    if (othersRunningIn(worker) === 0) this.#tell(worker, 'its other requests have ended');
  }

  #arm(startedAtMs: number): void {
    const delayMs = Math.max(1, Math.ceil(startedAtMs + this.#limitMs - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const oldestMs = this.#look();
      if (oldestMs !== Infinity) this.#arm(oldestMs);
    }, delayMs);
  }

  /** Ends what has overrun; returns when the oldest of the rest started, Infinity without any. */
  #look(): number {
    const nowMs = performance.now();
    let oldestMs = Infinity;
    for (const worker of this.#parts.workers()) {
      for (const connection of worker.connections.values()) {
        if (!connection.isRunning || connection.hasOverrun) continue;
        const ageMs = nowMs - connection.startedAtMs;
        if (ageMs >= this.#limitMs) this.#end(connection, ageMs);
        else oldestMs = Math.min(oldestMs, connection.startedAtMs);
      }
    }
    return oldestMs;
  }

  #end(connection: WorkerConnection, ageMs: number): void {
    const { worker, job } = connection;
    if (job === undefined) return;
    const { method, uri, what } = job;
    const { slot, pid } = worker;
    const seconds = Math.round(ageMs / 100) / 10;
    connection.hasOverrun = true;
    worker.hasOverrun = true;
    worker.isEnabled = false;
    this.#parts.log.error(
      'request.overran',
      { method, uri, worker: slot, pid, seconds },
      `${what} ran longer than harakiri = ${this.#parts.limit} s in worker ${slot}`,
    );
    job.failed(504);
    this.#tell(worker, what);
  }

  #tell(worker: PooledWorker, what: string): void {
    const { generation, slot } = worker;
    const othersRunning = othersRunningIn(worker);
    this.#parts.tellMaster({ type: 'worker-overran', generation, slot, othersRunning, what });
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
