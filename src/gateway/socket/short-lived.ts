/**
 * The connections that have no net.Socket yet, and when they get one.
 *
 * A client that goes away is only noticed by a socket that is read, so each connection that is
 * still here after a while gets one. There is one timer for all, and none while there is none.
 */

import type { Timers } from '../../base/clock.ts';

/** A connection becomes a socket when it has lasted for this time, or at most twice of it. */
const SHORT_MS = 50;

export interface ShortLived {
  /** It has lasted. */
  lasts(): void;
}

export class ShortLivedConnections {
  readonly #timers: Pick<Timers, 'after'>;
  /** Those that came since the timer rang, and those that were here then. */
  #young = new Set<ShortLived>();
  #old = new Set<ShortLived>();
  #isTimed = false;

  constructor(timers: Pick<Timers, 'after'>) {
    this.#timers = timers;
  }

  add(connection: ShortLived): void {
    this.#young.add(connection);
    if (!this.#isTimed) this.#setTimer();
  }

  delete(connection: ShortLived): void {
    if (!this.#young.delete(connection)) this.#old.delete(connection);
  }

  #setTimer(): void {
    this.#isTimed = true;
    this.#timers.after(SHORT_MS, () => this.#look());
  }

  #look(): void {
    for (const connection of this.#old) connection.lasts();
    this.#old = this.#young;
    this.#young = new Set();
    this.#isTimed = false;
    if (this.#old.size > 0) this.#setTimer();
  }
}
