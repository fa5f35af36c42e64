/**
 * Connections to the channel that have not shown a token that is expected.
 *
 * The abstract socket has no permissions, so every process on the machine can connect. A token may
 * also come early: the worker was quicker than the master's message. So a connection is held for a
 * while, then closed.
 */

import type { Cancel, Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import { CHANNEL_VERSION } from '../../protocol/request-frames.ts';
import { keyOf } from '../dispatch/worker.ts';
import { ClaimPipe } from './sending-ahead.ts';
import { isWaiter } from './signal-waiters.ts';
import type { PooledWorker, Slot } from './slot.ts';

const HOLD_MS = 5000;
/** More unknown connections than this are closed at once. */
const HELD_MAX = 1024;

interface Handshake {
  readonly cancelTimeout: Cancel;
  /** The strings of its HELLO behind the version, once it has come. */
  hello: readonly string[] | undefined;
}

export interface HandshakeParts {
  readonly log: Logger;
  readonly timers: Timers;
  /** By `keyOf`. */
  readonly workers: ReadonlyMap<string, PooledWorker>;
  /** The connection is thread `slot.thread` of this worker. */
  readonly welcome: (slot: Slot, worker: PooledWorker) => void;
  /** The connection is that of a request of this worker which waits for signals. */
  readonly waits: (slot: Slot, worker: PooledWorker, name: string) => void;
}

export class Handshakes {
  readonly #parts: HandshakeParts;
  readonly #held = new Map<Slot, Handshake>();
  #hasLoggedNoClaims = false;

  constructor(parts: HandshakeParts) {
    this.#parts = parts;
  }

  /** Holds a new connection until it has shown its token. */
  await(slot: Slot): void {
    if (this.#held.size >= HELD_MAX) return slot.close('too many unknown connections');
    const late = (): void => slot.close('it showed no token that is known');
    this.#held.set(slot, {
      cancelTimeout: this.#parts.timers.after(HOLD_MS, late),
      hello: undefined,
    });
  }

  /** Takes the strings of a HELLO: version, token, generation, slot, thread, pid, claim pipe. */
  hello(slot: Slot, [version, ...strings]: readonly string[]): void {
    if (version !== CHANNEL_VERSION) return slot.close('it speaks another version of the channel');
    const handshake = this.#held.get(slot);
    if (handshake === undefined) return slot.close('it sent HELLO twice');
    handshake.hello = strings;
    this.#admit(slot, strings);
  }

  /** A worker is expected from now on: perhaps it has connected already. */
  look(): void {
    for (const [slot, { hello }] of [...this.#held]) {
      if (hello !== undefined) this.#admit(slot, hello);
    }
  }

  /** The connection has ended, or its worker is known. */
  forget(slot: Slot): void {
    this.#held.get(slot)?.cancelTimeout();
    this.#held.delete(slot);
  }

  #admit(slot: Slot, hello: readonly string[]): void {
    const [token, generation, slotNumber, thread, pid, claims] = hello;
    const key = keyOf({ generation: Number(generation), slot: Number(slotNumber) });
    const worker = this.#parts.workers.get(key);
    if (worker === undefined || worker.token !== token || worker.state === 'exited') return;
    if (thread !== undefined && isWaiter(thread)) {
      this.forget(slot);
      return this.#parts.waits(slot, worker, thread);
    }
    const threadNumber = Number(thread);
    if (!Number.isInteger(threadNumber) || threadNumber < 0 || threadNumber >= worker.threads) {
      return slot.close(`it has no thread ${thread}`);
    }
    this.forget(slot);
    slot.thread = threadNumber;
    worker.pid = Number(pid);
    if (claims !== undefined) this.#openClaims(slot, worker.pid, Number(claims));
    this.#parts.welcome(slot, worker);
  }

  /** A pipe that cannot be opened costs speed, not requests: nothing is sent ahead then. */
  #openClaims(slot: Slot, pid: number, fd: number): void {
    try {
      slot.claims = new ClaimPipe(pid, fd);
    } catch (error) {
      if (this.#hasLoggedNoClaims) return;
      this.#hasLoggedNoClaims = true;
      const problem = error instanceof Error ? error.message : String(error);
      const sentence = `no request is sent ahead to workers, which costs throughput: ${problem}`;
      this.#parts.log.warn('channel.no-claims', { problem }, sentence);
    }
  }
}
