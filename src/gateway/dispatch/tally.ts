/**
 * What the workers of one place have done: it outlives each of them (pure).
 *
 * It is counted for each request, so it is a few additions and nothing else.
 */

import type { TallyView } from '../../protocol/gateway-views.ts';

interface Counted {
  requests: number;
  failures: number;
}

export class Tally {
  /** Bytes of responses, as workers give them: heads, bodies and files. */
  sentBytes = 0;
  /** Requests that ran longer than they may. */
  overruns = 0;
  #failures = 0;
  #runMicros = 0;
  #averageMicros = 0;
  readonly #threads: number[] = [];
  readonly #applications: Counted[] = [];

  /** A request has ended, which the application has answered or `hasFailed`. */
  ended(thread: number, application: number, micros: number, hasFailed: boolean): void {
    this.#runMicros += micros;
    // As uWSGI has it: the last request is half of it.
    this.#averageMicros = (this.#averageMicros + micros) / 2;
    this.#threads[thread] = (this.#threads[thread] ?? 0) + 1;
    const counted = (this.#applications[application] ??= { requests: 0, failures: 0 });
    counted.requests += 1;
    if (!hasFailed) return;
    counted.failures += 1;
    this.#failures += 1;
  }

  /** For how long its requests have run, all together. */
  get runMicros(): number {
    return this.#runMicros;
  }

  get view(): TallyView {
    const threads = Array.from(this.#threads, (requests) => requests ?? 0);
    return {
      requests: threads.reduce((sum, each) => sum + each, 0),
      failures: this.#failures,
      overruns: this.overruns,
      runMicros: this.#runMicros,
      averageMicros: Math.round(this.#averageMicros),
      sentBytes: this.sentBytes,
      threads,
      applications: Array.from(
        this.#applications,
        (counted) => counted ?? { requests: 0, failures: 0 },
      ),
    };
  }
}
