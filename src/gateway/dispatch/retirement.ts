/**
 * When a worker has been given enough requests to be replaced (pure).
 *
 * uWSGI's rule: after max-requests, a little later for each further slot so that not all leave at
 * once, and not before it is min-worker-lifetime old, so that a busy application does not fork
 * without end.
 */

import type { PooledWorker } from './worker.ts';

export interface RetirementLimits {
  /** Requests after which a worker is replaced; 0 = never. */
  readonly maxRequests: number;
  readonly maxRequestsDelta: number;
  /** Seconds that a worker is kept however many requests it has been given. */
  readonly minWorkerLifetime: number;
}

/** So long before a worker is old enough, what is sent ahead could still be there. */
const NEAR_SECONDS = 1;

/** Returns why a worker is to leave, or ''. */
export function reasonToRetire(
  worker: PooledWorker,
  limits: RetirementLimits,
  nowMs: number,
): string {
  if (limits.maxRequests === 0) return '';
  const requestsMax = limits.maxRequests + (worker.slot - 1) * limits.maxRequestsDelta;
  if (worker.taken < requestsMax) return '';
  if (nowMs - worker.enabledAtMs < limits.minWorkerLifetime * 1000) return '';
  return `it has been given ${worker.taken} requests (max-requests)`;
}

/**
 * Whether a worker has so little before it that nothing should be sent ahead to it: the last
 * requests before max-requests would be taken back from one slot to be run by another.
 */
export function isNearRetirement(
  worker: PooledWorker,
  limits: RetirementLimits & { readonly aheadMax: number },
  nowMs: number,
): boolean {
  if (limits.maxRequests === 0) return false;
  const withAhead = worker.taken + (limits.aheadMax + 1) * worker.threads;
  const { minWorkerLifetime } = limits;
  const minLifetimeLeft = minWorkerLifetime - NEAR_SECONDS;
  return (
    reasonToRetire(
      { ...worker, taken: withAhead },
      { ...limits, minWorkerLifetime: minLifetimeLeft },
      nowMs,
    ) !== ''
  );
}
