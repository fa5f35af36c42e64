/**
 * How long the requests of each application take (pure): sending ahead is for short ones.
 *
 * A mean in which later requests count more. A long one counts for so much and no more, so that a
 * single slow page among thousands of quick ones is soon forgotten.
 */

/** Up to here a request is short: those sent ahead wait less than the time to take them back. */
const SHORT_MICROS = 2000;
const LONGEST_MICROS = 50_000;
/** How long a request may have to wait behind those that were sent ahead before it. */
const LINE_MICROS = 4000;
/** The part that the newest request has in the mean. */
const NEWEST_PART = 1 / 16;

export class ServiceTimes {
  /** By application number. */
  readonly #meanMicros: number[] = [];

  /** A request of the application took so long. */
  observe(application: number, micros: number): void {
    const counted = Math.min(micros, LONGEST_MICROS);
    const mean = this.#meanMicros[application];
    this.#meanMicros[application] =
      mean === undefined ? counted : mean + (counted - mean) * NEWEST_PART;
  }

  /**
   * How many of its requests may be in line behind one another: few where they are longer, none
   * where they are not short, or not known yet.
   */
  aheadOf(application: number): number {
    const mean = this.#meanMicros[application] ?? Infinity;
    return mean > SHORT_MICROS ? 0 : Math.floor(LINE_MICROS / Math.max(mean, 1));
  }
}
