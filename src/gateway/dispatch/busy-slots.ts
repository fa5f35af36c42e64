/**
 * The slots that have requests, by how many they have (pure).
 *
 * A request is sent ahead to where the fewest are, and for each request it is asked how many wait:
 * with hundreds of slots neither may cost a look at each of them.
 */

import type { Counted } from './pipeline.ts';

interface Counting {
  readonly pipeline: {
    readonly length: number;
    readonly ahead: number;
    readonly isRunning: boolean;
    readonly counted: Counted;
  };
}

export class BusySlots<Slot extends Counting> {
  /** How many requests run, and how many were sent ahead. */
  running = 0;
  ahead = 0;
  /** By how many requests they have. Those that were found stuck are in none. */
  readonly #byLength: Set<Slot>[] = [];

  /** The pipeline of a slot has changed. */
  count(slot: Slot): void {
    const { length, ahead, isRunning, counted } = slot.pipeline;
    const running = isRunning ? 1 : 0;
    this.ahead += ahead - counted.ahead;
    this.running += running - counted.running;
    if (length !== counted.length) {
      this.#byLength[counted.length]?.delete(slot);
      if (length > 0) (this.#byLength[length] ??= new Set()).add(slot);
    }
    counted.length = length;
    counted.ahead = ahead;
    counted.running = running;
  }

  /**
   * Returns a slot with the fewest requests, `lengthMax` at most, that may be given another. One
   * that is stuck is not asked about again before its number of requests has changed.
   */
  shortest(lengthMax: number, mayTake: (slot: Slot) => 'yes' | 'no' | 'stuck'): Slot | undefined {
    for (let length = 1; length <= lengthMax && length < this.#byLength.length; length += 1) {
      for (const slot of this.#byLength[length] ?? []) {
        const may = mayTake(slot);
        if (may === 'yes') return slot;
        if (may === 'stuck') this.#byLength[length]?.delete(slot);
      }
    }
    return undefined;
  }
}
