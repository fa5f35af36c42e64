/**
 * The workers that the gateway knows: who may connect, who is given requests, and who must go.
 *
 * The master decides who lives; the pool carries out its switch, counts requests, notices
 * overruns, and answers for requests whose worker has ended.
 */

import type { Socket } from 'node:net';

import type { ToGateway, WorkerSlot } from '../../protocol/control-messages.ts';
import type { EndFrame } from '../../protocol/request-frames.ts';
import type { Job } from '../dispatch/port.ts';
import { Giving } from './assign.ts';
import { Greetings } from './handshake.ts';
import { answerLost, readLastWords } from './lost.ts';
import { Overruns } from './overruns.ts';
import type { PoolEvents, PoolLimits } from './pool-parts.ts';
import { keyOf, nobody, pooledWorker } from '../dispatch/worker.ts';
import type { PooledWorker } from '../dispatch/worker.ts';
import { isNearRetirement, reasonToRetire } from '../dispatch/retirement.ts';
import { WorkerConnection } from './slot.ts';

type ExpectWorker = Extract<ToGateway, { readonly type: 'expect-worker' }>;
type WorkerExited = Extract<ToGateway, { readonly type: 'worker-exited' }>;

export class WorkerPool {
  readonly #limits: PoolLimits;
  readonly #events: PoolEvents;
  readonly giving: Giving;
  readonly #workers = new Map<string, PooledWorker>();
  readonly #greetings: Greetings;
  readonly #overruns: Overruns;

  constructor(limits: PoolLimits, events: PoolEvents) {
    this.#limits = limits;
    this.#events = events;
    const { tellMaster, log } = events;
    const workers = (): Iterable<PooledWorker> => this.#workers.values();
    const given = (worker: PooledWorker, nowMs: number): void => {
      this.#overruns.started();
      this.#retireWhenDue(worker, nowMs);
    };
    this.giving = new Giving({ limits, workers, given, log });
    this.#greetings = new Greetings(log, (connection, worker) => this.#welcome(connection, worker));
    const takeBack = (worker: PooledWorker): void => this.giving.takeBackAll(worker);
    this.#overruns = new Overruns({ limit: limits.harakiri, workers, takeBack, tellMaster, log });
  }

  get dispatcher(): Giving['dispatcher'] {
    return this.giving.dispatcher;
  }

  get workers(): Iterable<PooledWorker> {
    return this.#workers.values();
  }

  /** Takes a connection that a worker has made to the channel. */
  accept(socket: Socket): void {
    const connection = new WorkerConnection(socket, pooledWorker(nobody), {
      hello: (greeting, strings) => this.#greetings.hello(greeting, strings, this.#workers),
      ended: (slot, end) => this.#ended(slot, end),
      skipped: (slot) => this.#skipped(slot),
      takeBack: (slot) => this.giving.takeBack(slot),
      limited: () => this.#overruns.limited(),
      closed: (closed, reason) => this.#closed(closed, reason),
    });
    this.#greetings.await(connection);
  }

  expect(message: ExpectWorker): void {
    const known = this.#workers.get(keyOf(message));
    if (known !== undefined && known.token === message.token) return;
    if (known !== undefined) this.#forget(known);
    this.#workers.set(keyOf(message), pooledWorker(message));
    this.#greetings.look(this.#workers);
  }

  /** In one step: requests go to these, and no more to those. */
  switch(enable: readonly WorkerSlot[], drain: readonly WorkerSlot[]): void {
    for (const slot of enable) {
      const worker = this.#workers.get(keyOf(slot));
      if (worker === undefined || worker.isDraining || worker.hasOverrun) continue;
      if (worker.exited === '') worker.isEnabled = true;
      if (worker.enabledAtMs === 0) worker.enabledAtMs = performance.now();
    }
    for (const slot of drain) {
      const worker = this.#workers.get(keyOf(slot));
      if (worker !== undefined) this.#drain(worker);
    }
    this.giving.pump();
  }

  /** Puts a request into the queue; false when it is full. */
  submit(job: Job): boolean {
    return this.giving.submit(job);
  }

  /** The master says that a worker's process has ended. */
  exited(message: WorkerExited): void {
    const worker = this.#workers.get(keyOf(message));
    if (worker === undefined || (worker.pid !== 0 && worker.pid !== message.pid)) return;
    worker.exited = message.how;
    worker.isEnabled = false;
    for (const connection of [...worker.connections.values()]) readLastWords(connection);
    if (worker.connections.size === 0) this.#workers.delete(keyOf(worker));
  }

  reopenLogs(): void {
    for (const worker of this.#workers.values()) {
      // One thread does it for the process.
      const [connection] = worker.connections.values();
      if (connection?.reopenLog() === false) worker.logReopensDue.add(connection);
    }
  }

  #welcome(connection: WorkerConnection, worker: PooledWorker): void {
    worker.connections.get(connection.thread)?.close('its thread has connected anew');
    worker.connections.set(connection.thread, connection);
    connection.worker = worker;
    if (worker.isDraining) connection.drain();
    else if (!worker.hasOverrun) this.dispatcher.add(connection);
    if (worker.connections.size === worker.threads && !worker.isAnnounced) {
      worker.isAnnounced = true;
      const { generation, slot, pid } = worker;
      this.#events.tellMaster({ type: 'worker-connected', generation, slot, pid });
    }
    this.giving.pump();
  }

  #ended(connection: WorkerConnection, end: EndFrame): void {
    const { worker, hasOverrun } = connection;
    this.giving.ended(connection, end);
    this.#whenIdle(connection);
    if (worker.hasOverrun && !hasOverrun) this.#overruns.otherEnded(worker);
    this.giving.pump();
    this.#events.changed();
  }

  #skipped(connection: WorkerConnection): void {
    this.giving.proceed(connection);
    this.#whenIdle(connection);
    this.giving.pump();
  }

  /** What a slot was to do once it has nothing to run. */
  #whenIdle(connection: WorkerConnection): void {
    const { worker } = connection;
    if (connection.line.length > 0) return;
    if (worker.logReopensDue.delete(connection)) connection.reopenLog();
    if (!worker.hasOverrun && !worker.isDraining) return;
    this.dispatcher.withhold(connection);
    if (!worker.hasOverrun) connection.drain();
  }

  #drain(worker: PooledWorker): void {
    worker.isDraining = true;
    worker.isEnabled = false;
    for (const connection of worker.connections.values()) {
      this.giving.takeBack(connection);
      if (connection.line.length > 0) continue;
      this.dispatcher.withhold(connection);
      connection.drain();
    }
  }

  #retireWhenDue(worker: PooledWorker, nowMs: number): void {
    const reason = worker.isDraining ? '' : reasonToRetire(worker, this.#limits, nowMs);
    worker.takesAhead = !isNearRetirement(worker, this.#limits, nowMs);
    if (reason === '') return;
    this.#drain(worker);
    const { generation, slot, pid } = worker;
    this.#events.tellMaster({ type: 'worker-due', generation, slot, pid, reason });
  }

  #closed(connection: WorkerConnection, reason: string): void {
    this.#greetings.forget(connection);
    const { worker, hasOverrun } = connection;
    if (worker.connections.get(connection.thread) === connection) {
      worker.connections.delete(connection.thread);
      worker.isAnnounced = false;
    }
    worker.logReopensDue.delete(connection);
    const lost = this.giving.lostWith(connection);
    if (!hasOverrun) {
      for (const job of lost) answerLost(job, worker, { reason, log: this.#events.log });
    }
    this.giving.pump();
    if (worker.exited !== '' && worker.connections.size === 0) this.#forget(worker);
    if (worker.hasOverrun && lost.length > 0 && !hasOverrun) this.#overruns.otherEnded(worker);
    this.#events.changed();
  }

  #forget(worker: PooledWorker): void {
    if (this.#workers.get(keyOf(worker)) === worker) this.#workers.delete(keyOf(worker));
    // Of one that has ended, the last words are being read.
    if (worker.exited !== '') return;
    for (const connection of [...worker.connections.values()]) {
      connection.close('another worker has its place');
    }
  }
}
