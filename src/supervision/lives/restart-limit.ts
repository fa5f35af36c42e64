/**
 * How soon a child that ended unasked is started again, and when a start is given up.
 *
 * A worker that dies at boot would otherwise be restarted as fast as the machine can, burying the
 * one traceback that explains it. So the wait doubles with each failure in a row, up to half a
 * minute. A worker that had been given a request has loaded its application: what ended it was the
 * request, and all others would have to wait. So its end is no failure, and the next one is started
 * at once. Before the daemon was ever ready, five failures within a minute mean that the fault will
 * not go away by itself; afterwards the master never gives up, since then there are users waiting.
 */

/** Lives shorter than this, after it was ready, count as a failure to start. */
export const steadyAfterMs = 1_000;

const delayMinMs = 100;
const delayMaxMs = 30_000;
const gatewayDelayMaxMs = 5_000;
const windowMs = 60_000;
const failuresMax = 5;

/** The wait before the next start after `failures` in a row; the first one is forgiven. */
export function restartDelayMs(failures: number): number {
  if (failures <= 1) return 0;
  return Math.min(delayMinMs * 2 ** (failures - 2), delayMaxMs);
}

/** The same for something that never was ready: even the first one waits a moment. */
export function bootDelayMs(failures: number): number {
  return Math.min(delayMinMs * 2 ** Math.max(failures - 1, 0), delayMaxMs);
}

/** The same for a gateway: clients wait for it, so it is tried every few seconds at least. */
export function gatewayDelayMs(failures: number): number {
  return Math.min(bootDelayMs(failures), gatewayDelayMaxMs);
}

/** The failures that still count at `nowMs`, the newest included. */
export function recentFailures(failuresAtMs: readonly number[], nowMs: number): readonly number[] {
  return [...failuresAtMs.filter((atMs) => nowMs - atMs < windowMs), nowMs];
}

/** May a daemon that was never ready try once more? */
export function mayTryAgain(recent: readonly number[]): boolean {
  return recent.length < failuresMax;
}
