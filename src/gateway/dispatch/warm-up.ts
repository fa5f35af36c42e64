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
  /** How many of its slots have a request. */
  readonly busy: number;
}

/** A first request that runs longer has got past what races, or hangs. */
const ALONE_MAX_MS = 1000;

/** Cold workers come first, warm ones by what they run, and those that warm up last. */
const WARMING_RANK = 1_000_000;

export class WarmUp {
  /** How many workers with connections are not warm; with none all of this is skipped. */
  unwarmed = 0;

  /** A slot of the worker has connected. */
  connected(worker: WarmingWorker): void {
    if (worker.warmth !== 'new') return;
    worker.warmth = 'cold';
    this.unwarmed += 1;
  }

  /** An idle slot of the worker is given a request. */
  begun(worker: WarmingWorker, nowMs: number): void {
    if (worker.warmth !== 'cold') return;
    worker.warmth = 'warming';
    worker.warmingSinceMs = nowMs;
  }

  /** The worker has answered a request; or it ends, and is not counted any more. */
  over(worker: WarmingWorker): void {
    if (worker.warmth === 'cold' || worker.warmth === 'warming') this.unwarmed -= 1;
    worker.warmth = 'warm';
  }

  /** The worker with the lowest is given the next request. */
  rankOf(worker: WarmingWorker, nowMs: number): number {
    if (worker.warmth === 'warming' && nowMs - worker.warmingSinceMs >= ALONE_MAX_MS) {
      this.over(worker);
    }
    if (worker.warmth === 'cold') return 0;
    return worker.warmth === 'warming' ? WARMING_RANK + worker.busy : 1 + worker.busy;
  }
}
