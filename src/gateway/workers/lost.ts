/**
 * Requests whose worker has ended: what it still wrote is read, then their clients are answered.
 *
 * The end of a process is told twice, by its socket and by the master, in either order; and a
 * process that it left behind can hold the socket open. Each waits a moment for the other.
 */

import type { Logger } from '../../log/logger.ts';
import type { Job } from '../dispatch/port.ts';
import type { PooledWorker } from '../dispatch/worker.ts';
import type { WorkerConnection } from './slot.ts';

/** How long a lost request's log line waits for the master to say how the worker ended. */
const HOW_WAIT_MS = 200;
/** How long the socket of a worker that has ended must have been silent. */
const SILENCE_MS = 100;
const LOOK_MS = 20;

/** The process is gone: closes its connection once nothing more comes of it. */
export function readLastWords(connection: WorkerConnection): void {
  const heardAtMs = performance.now();
  const look = (): void => {
    if (!connection.isOpen) return;
    const silentMs = performance.now() - Math.max(connection.readAtMs, heardAtMs);
    if (connection.runTime.isHeld || silentMs < SILENCE_MS) setTimeout(look, LOOK_MS);
    else connection.close(connection.worker.exited);
  };
  look();
}

/** Answers for a request of a connection that has ended, and says in the log how it was lost. */
export function answerLost(
  job: Job,
  worker: PooledWorker,
  ended: { readonly reason: string; readonly log: Logger },
): void {
  const deadlineMs = performance.now() + HOW_WAIT_MS;
  const answer = (): void => {
    if (worker.exited === '' && performance.now() < deadlineMs) {
      return void setTimeout(answer, LOOK_MS);
    }
    const { method, uri, what, id } = job;
    const how = worker.exited === '' ? `its connection ended (${ended.reason})` : worker.exited;
    ended.log.error(
      'request.lost',
      { method, uri, worker: worker.slot, pid: worker.pid, how, requestId: id },
      `worker ${worker.slot} ended while it ran ${what}: ${how}`,
    );
    job.failed(502);
  };
  answer();
}

/** A connection has ended, and `count` requests that it had not begun are given to others. */
export function sayReturned(count: number, worker: PooledWorker, log: Logger): void {
  const what = count === 1 ? 'a request' : `${count} requests`;
  log.info(
    'request.returned',
    { worker: worker.slot, pid: worker.pid, count },
    `worker ${worker.slot} ended before it began ${what}: another takes over`,
  );
}
