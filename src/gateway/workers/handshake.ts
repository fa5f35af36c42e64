/**
 * Connections to the channel that have not shown a token that is expected.
 *
 * The abstract socket has no permissions, so anyone on the machine can connect. A token may also be
 * early: the worker was quicker than the master's message. So it is held for a while, then closed.
 */

import type { Logger } from '../../log/logger.ts';
import { ClaimPipe } from './sending-ahead.ts';
import type { PooledWorker } from '../dispatch/worker.ts';
import type { WorkerConnection } from './slot.ts';

const HOLD_MS = 5000;
/** More strangers than this are turned away at once. */
const HELD_MAX = 1024;

interface Greeting {
  readonly timer: NodeJS.Timeout;
  hello: readonly string[] | undefined;
}

export class Greetings {
  readonly #log: Logger;
  readonly #welcome: (connection: WorkerConnection, worker: PooledWorker) => void;
  readonly #held = new Map<WorkerConnection, Greeting>();

  #hasSaidNoClaims = false;

  constructor(log: Logger, welcome: (connection: WorkerConnection, worker: PooledWorker) => void) {
    this.#log = log;
    this.#welcome = welcome;
  }

  /** Holds a new connection until it has said who it is. */
  await(connection: WorkerConnection): void {
    if (this.#held.size >= HELD_MAX) return connection.close('too many strangers');
    const timer = setTimeout(() => connection.close('it showed no token that is known'), HOLD_MS);
    this.#held.set(connection, { timer, hello: undefined });
  }

  /** Takes the strings of a HELLO: token, generation, slot, thread, pid, claim pipe. */
  hello(
    connection: WorkerConnection,
    strings: readonly string[],
    workers: ReadonlyMap<string, PooledWorker>,
  ): void {
    const greeting = this.#held.get(connection);
    if (greeting === undefined) return connection.close('it said HELLO twice');
    greeting.hello = strings;
    this.#admit(connection, strings, workers);
  }

  /** A worker is expected from now on: perhaps it has been waiting here. */
  look(workers: ReadonlyMap<string, PooledWorker>): void {
    for (const [connection, greeting] of [...this.#held]) {
      if (greeting.hello !== undefined) this.#admit(connection, greeting.hello, workers);
    }
  }

  forget(connection: WorkerConnection): void {
    clearTimeout(this.#held.get(connection)?.timer);
    this.#held.delete(connection);
  }

  #admit(
    connection: WorkerConnection,
    hello: readonly string[],
    workers: ReadonlyMap<string, PooledWorker>,
  ): void {
    const [token, generation, slot, thread, pid, claims] = hello;
    const worker = workers.get(`${generation}.${slot}`);
    if (worker === undefined || worker.token !== token || worker.exited !== '') return;
    const threadNumber = Number(thread);
    if (!Number.isInteger(threadNumber) || threadNumber < 0 || threadNumber >= worker.threads) {
      return connection.close(`it has no thread ${thread}`);
    }
    this.forget(connection);
    connection.thread = threadNumber;
    worker.pid = Number(pid);
    if (claims !== undefined) this.#openClaims(connection, worker.pid, Number(claims));
    this.#welcome(connection, worker);
  }

  /** A pipe that cannot be opened costs speed, not requests: nothing is sent ahead then. */
  #openClaims(connection: WorkerConnection, pid: number, fd: number): void {
    try {
      connection.claims = new ClaimPipe(pid, fd);
    } catch (error) {
      if (this.#hasSaidNoClaims) return;
      this.#hasSaidNoClaims = true;
      const problem = error instanceof Error ? error.message : String(error);
      const sentence = `no request is sent ahead to workers, which costs throughput: ${problem}`;
      this.#log.warn('channel.no-claims', { problem }, sentence);
    }
  }
}
