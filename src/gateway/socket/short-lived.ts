/**
 * Looks at the connections that have no net.Socket yet, as none of them tells when its client goes
 * away or sends more. There is one timer for all, and none while there is none.
 */

import type { Timers } from '../../base/clock.ts';

/** How often; most connections are closed before the first look. */
const LOOK_MS = 50;

export interface ShortLived {
  /** Called again and again until it is deleted. */
  look(): void;
}

export class ShortLivedConnections {
  readonly #timers: Pick<Timers, 'after'>;
  /** Those that came since the timer rang, and those that were here then. */
  readonly #young = new Set<ShortLived>();
  readonly #old = new Set<ShortLived>();
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
    this.#timers.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    for (const connection of this.#old) connection.look();
    for (const connection of this.#young) this.#old.add(connection);
    this.#young.clear();
    this.#isTimed = false;
    if (this.#old.size > 0) this.#setTimer();
  }
}
