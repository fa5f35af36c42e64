/**
 * Requests in quarantine wait here, and run one at a time, in a worker that is kept free of others
 * meanwhile (pure).
 *
 * Each may end its worker, and the others are for all other requests: after a death the next one
 * waits until another worker has connected. Where there is only one worker, the others wait while
 * it runs such a request, for a second at most: then they run beside it. And they have a second
 * before each, so that a deadly request that comes again and again leaves them most of the time.
 *
 * No wait is without end. Where streams keep all workers busy, one runs beside them after a while.
 * One that runs long does not kill its worker at once: the next one may run in another worker.
 */

import { JobQueue } from './job-queue.ts';
import type { QueuedJob } from './job-queue.ts';

interface IsolatedWorker {
  readonly takesRequests: boolean;
  /** How many of its slots have a request. */
  readonly busy: number;
}

/** For so long the only worker is kept for one request, and before that for all others. */
const ONLY_MS = 1000;
/** So long a worker is kept free of new requests, so that those that it has end. */
const FREE_MAX_MS = 5000;
/** What has run for so long is as any other request from then on. */
const DEADLY_MAX_MS = 10_000;
/** So long it is waited for a worker in place of one that has died: it may not come. */
const SUCCESSOR_MS = 5000;

export class Isolation<Job extends QueuedJob, Worker extends IsolatedWorker> {
  readonly queue = new JobQueue<Job>();
  /** Something waits or runs here, or a worker is kept free. */
  isOn = false;
  /** Nothing else is given to this one. */
  reserved: Worker | undefined;
  /** The worker that is chosen, and since when; it runs one of these requests, or is to. */
  #cell: Worker | undefined;
  #cellSinceMs = 0;
  #isRunning = false;
  #dying: Worker | undefined;
  #awaitsSuccessor = false;
  /** When a worker came or went last; undefined: since it was looked at. */
  #changedAtMs: number | undefined;

  /** A request is to wait here. */
  hold(job: Job): void {
    this.queue.putBack(job);
    this.isOn = true;
  }

  /** The first connection of a worker is there. */
  connected(): void {
    this.#dying = undefined;
    this.#awaitsSuccessor = false;
    this.#changedAtMs = undefined;
  }

  /** A connection of a worker is no more. */
  lost(worker: Worker): void {
    this.#changedAtMs = undefined;
    if (worker === this.#cell && !this.#isRunning) this.#cell = undefined;
  }

  /** A request has killed a worker. */
  died(): void {
    this.#awaitsSuccessor = true;
    this.#changedAtMs = undefined;
  }

  /** One of these requests runs, and may kill its worker. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The request that ran here has ended. */
  ended(): void {
    this.#isRunning = false;
  }

  /**
   * The slot of the request that ran here is no more, and so is its worker, most likely: its other
   * slots are given nothing until their ends are seen, too.
   */
  endedWithSlot(): void {
    this.#isRunning = false;
    this.#dying = this.#cell;
    this.#cell = undefined;
    this.died();
  }

  /** Chooses the worker for the next; undefined while there is none, or one of these runs. */
  look(workers: Iterable<Worker>, nowMs: number): Worker | undefined {
    this.#changedAtMs ??= nowMs;
    if (nowMs - this.#changedAtMs >= ONLY_MS) this.#dying = undefined;
    if (this.#isRunning && nowMs - this.#cellSinceMs >= DEADLY_MAX_MS) {
      this.#isRunning = false;
      this.#cell = undefined;
    }
    if (this.queue.length === 0 && !this.#isRunning && this.#dying === undefined) {
      this.#cell = this.reserved = undefined;
      this.isOn = false;
      return undefined;
    }
    const takers = [...workers].filter((worker) => worker.takesRequests && worker !== this.#dying);
    if (!this.#isRunning) this.#choose(takers, nowMs);
    const cell = this.#cell;
    const isOnly = takers.every((worker) => worker === cell);
    const keptMs = nowMs - this.#cellSinceMs;
    const isShared = isOnly ? keptMs >= ONLY_MS : !this.#isRunning && keptMs >= FREE_MAX_MS;
    this.reserved = this.#dying ?? (isShared ? undefined : cell);
    if (cell === undefined || this.#isRunning || this.queue.length === 0) return undefined;
    return cell.busy === 0 || isShared ? cell : undefined;
  }

  /** The worker that `look` chose has been given one. */
  begun(nowMs: number): void {
    this.#isRunning = true;
    this.#cellSinceMs = nowMs;
    this.reserved = this.#cell;
  }

  #choose(takers: readonly Worker[], nowMs: number): void {
    const known = this.#cell;
    const sinceMs = nowMs - (this.#changedAtMs ?? nowMs);
    const isTooSoon =
      takers.length === 1 ? sinceMs < ONLY_MS : this.#awaitsSuccessor && sinceMs < SUCCESSOR_MS;
    const idle = takers.find(({ busy }) => busy === 0);
    if (isTooSoon || this.#dying !== undefined) this.#cell = undefined;
    else if (known === undefined || !takers.includes(known) || known.busy > 0) {
      const isKept = known !== undefined && takers.includes(known);
      const isShared = isKept && nowMs - this.#cellSinceMs >= FREE_MAX_MS;
      this.#cell = idle ?? (isKept && !isShared ? known : leastBusy(takers));
      // It need not be free: the wait is not begun again.
      if (isShared) return;
    }
    if (this.#cell !== known) this.#cellSinceMs = nowMs;
  }
}

function leastBusy<Worker extends IsolatedWorker>(workers: readonly Worker[]): Worker | undefined {
  return workers.reduce<Worker | undefined>(
    (best, worker) => (best === undefined || worker.busy < best.busy ? worker : best),
    undefined,
  );
}
