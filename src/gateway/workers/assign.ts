/**
 * Gives requests to the slots of workers, some ahead, and takes back those that would wait there.
 */

import type { Logger } from '../../log/logger.ts';
import type { EndFrame } from '../../protocol/request-frames.ts';
import type { Job } from '../dispatch/port.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { sayReturned } from './lost.ts';
import type { PoolLimits } from './pool-parts.ts';
import type { PooledWorker } from '../dispatch/worker.ts';
import { ServiceTimes } from '../dispatch/service-times.ts';
import { TakingBack } from './taking-back.ts';
import { ThreadUse } from '../dispatch/thread-use.ts';
import type { WorkerConnection } from './slot.ts';

export interface GivingParts {
  readonly limits: PoolLimits;
  readonly workers: () => Iterable<PooledWorker>;
  /** A request was given to a slot of this worker. */
  readonly given: (worker: PooledWorker, nowMs: number) => void;
  readonly log: Logger;
}

export class Giving {
  readonly dispatcher: Dispatcher<Job, WorkerConnection>;
  readonly #parts: GivingParts;
  readonly #serviceTimes = new ServiceTimes();
  readonly #threadUse = new ThreadUse();
  readonly #takingBack: TakingBack;

  constructor(parts: GivingParts) {
    this.#parts = parts;
    const { workers } = parts;
    const { queueMax, aheadMax } = parts.limits;
    const aheadOf = ({ application, spooled }: Job): number =>
      spooled === undefined ? Math.min(aheadMax, this.#serviceTimes.aheadOf(application)) : 0;
    const fillsThread = ({ application }: Job): boolean => this.#threadUse.neverWaits(application);
    this.dispatcher = new Dispatcher({ queueMax, aheadOf, fillsThread });
    this.#takingBack = new TakingBack(workers, (connection) => {
      this.takeBack(connection);
      this.pump();
    });
  }

  /** Puts a request into the queue; false when it is full. */
  submit(job: Job): boolean {
    if (!this.dispatcher.submit(job)) return false;
    this.pump();
    return true;
  }

  /** Gives waiting requests to idle slots, and ahead to busy ones. */
  pump(): void {
    const nowMs = performance.now();
    let given = this.dispatcher.next(nowMs);
    while (given !== undefined) {
      const { slot, job, how } = given;
      if (how === 'to-idle') slot.give(job, nowMs);
      else {
        slot.giveAhead(job, nowMs);
        this.#takingBack.sentAhead();
      }
      this.#parts.given(slot.worker, nowMs);
      given = this.dispatcher.next(nowMs);
    }
  }

  /** What was sent ahead waits again, and nothing is given out until `resume`. */
  suspend(): void {
    this.dispatcher.suspend();
    for (const worker of this.#parts.workers()) this.takeBackAll(worker);
  }

  resume(): void {
    this.dispatcher.resume();
    this.pump();
  }

  /** The first request of a slot has had its END; what was behind it is next. */
  ended(connection: WorkerConnection, end: EndFrame): void {
    const { job } = connection;
    if (job !== undefined) {
      this.#serviceTimes.observe(job.application, end.applicationMicros);
      const hasWaited = connection.ranAlone ? end.hasWaited : undefined;
      this.#threadUse.observe(job.application, hasWaited);
    }
    this.proceed(connection);
    job?.finished(end);
  }

  /** The worker has done with the first of a line. */
  proceed(connection: WorkerConnection): void {
    this.dispatcher.shift(connection, connection.readAtMs);
    connection.proceed(connection.readAtMs);
  }

  /** What was sent ahead to a slot and has not begun waits again, where it was in the queue. */
  takeBack(connection: WorkerConnection): void {
    if (!connection.line.hasUnclaimed) return;
    const jobs = this.dispatcher.takeBack(connection, connection.readClaims());
    connection.proceed(performance.now());
    this.#submitAgain(jobs);
  }

  takeBackAll(worker: PooledWorker): void {
    for (const connection of worker.connections.values()) this.takeBack(connection);
  }

  /** A connection has ended: returns the requests that are lost with it; the others wait again. */
  lostWith(connection: WorkerConnection): readonly Job[] {
    const { isUntouched } = connection;
    const { begun, unbegun } = this.dispatcher.remove(connection, connection.readClaims());
    const again = isUntouched ? [...begun, ...unbegun] : unbegun;
    this.#submitAgain(again);
    if (again.length > 0) sayReturned(again.length, connection.worker, this.#parts.log);
    return isUntouched ? [] : begun;
  }

  #submitAgain(jobs: readonly Job[]): void {
    for (const job of jobs) if (job.returned()) this.dispatcher.submitAgain(job);
  }
}
