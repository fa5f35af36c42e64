/**
 * Requests whose worker has ended: what it still wrote is read, then their clients are answered.
 *
 * The end of a process is reported twice, by its socket and by the master, in either order; and a
 * process that it left behind can hold the socket open. Each waits a moment for the other.
 */

import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { Job } from '../dispatch/port.ts';
import type { RecentRequests } from '../measures/recent-requests.ts';
import type { PooledWorker, Slot } from './slot.ts';

/** How long a lost request's log line waits for the master to report how the worker ended. */
const HOW_WAIT_MS = 200;
/** How long the socket of a worker that has ended must have been silent. */
const SILENCE_MS = 100;
const LOOK_MS = 20;

/** The process has ended: closes its connection once nothing more comes of it. */
export function readLastWords(slot: Slot, timers: Timers): void {
  const reportedAtMs = timers.now();
  const look = (): void => {
    if (!slot.isOpen) return;
    const silentMs = timers.now() - Math.max(slot.readAtMs, reportedAtMs);
    if (slot.runTime.isHeld || silentMs < SILENCE_MS) timers.after(LOOK_MS, look);
    else slot.close(slot.worker.howItEnded);
  };
  look();
}

export interface LostParts {
  readonly reason: string;
  readonly recent: RecentRequests;
  readonly log: Logger;
  readonly timers: Timers;
}

/** Answers a request of a connection that has ended, and logs how it was lost. */
export function answerLost(job: Job, worker: PooledWorker, ended: LostParts): void {
  const { reason, recent, log, timers } = ended;
  const deadlineMs = timers.now() + HOW_WAIT_MS;
  const answer = (): void => {
    if (worker.state !== 'exited' && timers.now() < deadlineMs) {
      return void timers.after(LOOK_MS, answer);
    }
    const { method, uri, what, id } = job;
    const how = worker.state === 'exited' ? worker.howItEnded : `its connection ended (${reason})`;
    log.error(
      'request.lost',
      { method, uri, worker: worker.slot, pid: worker.pid, how, requestId: id },
      `worker ${worker.slot} ended while it ran ${what}: ${how}`,
    );
    recent.ending({ end: 'lost', why: how }, () => job.failed(502));
  };
  answer();
}

/** A connection has ended, and `count` requests that it had not begun are given to others. */
export function logReturned(count: number, worker: PooledWorker, log: Logger): void {
  const what = count === 1 ? 'a request' : `${count} requests`;
  log.info(
    'request.returned',
    { worker: worker.slot, pid: worker.pid, count },
    `worker ${worker.slot} ended before it began ${what}: another takes over`,
  );
}
