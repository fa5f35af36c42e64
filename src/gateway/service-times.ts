/**
 * How long the requests of each application take (pure): sending ahead is for short ones.
 *
 * A mean in which later requests count more. A long one counts for so much and no more, so that a
 * single slow page among thousands of quick ones is soon forgotten.
 */

/** Up to here a request is short: those sent ahead wait less than the time to take them back. */
const SHORT_MICROS = 2000;
const LONGEST_MICROS = 50_000;
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

  /** Whether its requests are short; of one that is not known yet they are not. */
  areShort(application: number): boolean {
    return (this.#meanMicros[application] ?? Infinity) <= SHORT_MICROS;
  }
}
