/** Counts what may happen a thousand times a second, to be logged once in a while (pure). */

/** How long what happens again is counted before it is logged again. */
const EVERY_MS = 10_000;

export class LogThrottle {
  #dueAtMs = -Infinity;
  #count = 0;

  /** Counts one; returns how many came since it was last logged, or 0 while it is not to be. */
  count(nowMs: number): number {
    this.#count += 1;
    if (nowMs < this.#dueAtMs) return 0;
    const count = this.#count;
    this.#dueAtMs = nowMs + EVERY_MS;
    this.#count = 0;
    return count;
  }
}
