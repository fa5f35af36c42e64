/**
 * The first request of each worker (pure).
 *
 * Frameworks finish their start with the first request: they read settings, make tables of routes,
 * connect. Several first requests at the same moment, in the threads of one worker, race in that
 * code. So a worker that has answered none gets the next request, and until that is answered, or
 * has run for a second, others go to slots of workers that are warm. Nothing waits for it: where no
 * warm slot is idle, a request goes to a worker that warms up.
 */

/** new: not known here. cold: no request yet. warming: its first one runs. */
export type Warmth = 'new' | 'cold' | 'warming' | 'warm';

export interface WarmingWorker {
  warmth: Warmth;
  /** When its first request was sent, in ms on the monotonic clock. */
  warmingSinceMs: number;
}

/** A first request that runs longer has got past what races, or hangs. */
const ALONE_MAX_MS = 1000;

export class WarmUp<Worker extends WarmingWorker> {
  readonly #changed: (worker: Worker) => void;
  /** How many workers with connections are not warm; with none all of this is skipped. */
  unwarmed = 0;
  /** Those that warm up, and some that have ended that; the first that began is the first. */
  readonly #warming: Worker[] = [];

  /** `changed` is told when a worker comes first, or last, or is as all others. */
  constructor(changed: (worker: Worker) => void) {
    this.#changed = changed;
  }

  /** A slot of the worker has connected. */
  connected(worker: Worker): void {
    if (worker.warmth !== 'new') return;
    worker.warmth = 'cold';
    this.unwarmed += 1;
    this.#changed(worker);
  }

  /** An idle slot of the worker is given a request. */
  begun(worker: Worker, nowMs: number): void {
    if (worker.warmth !== 'cold') return;
    worker.warmth = 'warming';
    worker.warmingSinceMs = nowMs;
    this.#warming.push(worker);
    this.#changed(worker);
  }

  /** The worker has answered a request; or it ends, and is not counted any more. */
  over(worker: Worker): void {
    if (worker.warmth === 'warm') return;
    if (worker.warmth !== 'new') this.unwarmed -= 1;
    worker.warmth = 'warm';
    this.#changed(worker);
  }

  /** Those whose first request runs for too long are as all others from now on. */
  look(nowMs: number): void {
    for (let first = this.#warming[0]; first !== undefined; first = this.#warming[0]) {
      if (first.warmth === 'warming') {
        if (nowMs - first.warmingSinceMs < ALONE_MAX_MS) return;
        this.over(first);
      }
      this.#warming.shift();
    }
  }
}
