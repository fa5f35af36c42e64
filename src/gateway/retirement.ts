/**
 * When a worker has been given enough requests to be replaced (pure).
 *
 * uWSGI's rule: after max-requests, a little later for each further slot so that not all leave at
 * once, and not before it is min-worker-lifetime old, so that a busy application does not fork
 * without end.
 */

import type { PooledWorker } from './pooled-worker.ts';

export interface RetirementLimits {
  /** Requests after which a worker is replaced; 0 = never. */
  readonly maxRequests: number;
  readonly maxRequestsDelta: number;
  /** Seconds that a worker is kept however many requests it has been given. */
  readonly minWorkerLifetime: number;
}

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
