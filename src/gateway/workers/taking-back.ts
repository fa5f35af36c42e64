/**
 * Looks for requests that have turned out slow while others were sent ahead to their slot.
 *
 * One timer, which runs only while requests are ahead. It looks after what has just come in was
 * read, as after a pause of the gateway's own the answers lie there already.
 */

import { SLOW_MS } from '../dispatch/dispatcher.ts';
import type { PooledWorker } from '../dispatch/worker.ts';
import type { WorkerConnection } from './slot.ts';

export class TakingBack {
  readonly #workers: () => Iterable<PooledWorker>;
  readonly #takeBack: (connection: WorkerConnection) => void;
  #isArmed = false;

  constructor(
    workers: () => Iterable<PooledWorker>,
    takeBack: (connection: WorkerConnection) => void,
  ) {
    this.#workers = workers;
    this.#takeBack = takeBack;
  }

  /** A request was sent ahead. */
  sentAhead(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    setTimeout(() => setImmediate(() => this.#look()), SLOW_MS);
  }

  #look(): void {
    this.#isArmed = false;
    const nowMs = performance.now();
    let isAnyAhead = false;
    for (const worker of this.#workers()) {
      for (const connection of worker.connections.values()) {
        if (!connection.line.hasUnclaimed) continue;
        if (nowMs - connection.line.startedAtMs >= SLOW_MS) this.#takeBack(connection);
        else isAnyAhead = true;
      }
    }
    if (isAnyAhead) this.sentAhead();
  }
}
