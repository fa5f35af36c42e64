/** Waits for a condition of the outside world, and fails with what it last saw. */

import { setTimeout as pause } from 'node:timers/promises';

export interface UntilOptions {
  readonly timeoutMs?: number;
  /** Between two looks. */
  readonly everyMs?: number;
}

/** What a condition may answer to say "not yet"; everything else is the awaited value. */
export type NotYet = undefined | null | false | '' | 0;

/**
 * Looks until `condition` answers with a value, and returns it. A condition that throws has not
 * come true yet. Fails after `timeoutMs` (10 s) with `what` and the last answer or error.
 */
export async function until<T>(
  what: string,
  condition: () => T | NotYet | Promise<T | NotYet>,
  options: UntilOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const endAtMs = performance.now() + timeoutMs;
  let seen: unknown;
  for (;;) {
    try {
      const answer = await condition();
      if (answer) return answer;
      seen = answer;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > endAtMs) {
      throw new Error(`waited ${timeoutMs} ms until ${what}; last seen: ${shown(seen)}`);
    }
    await pause(options.everyMs ?? 20);
  }
}

/** Checks that something stays true for as long as `durationMs`; fails at once when it is not. */
export async function throughout(
  what: string,
  durationMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const endAtMs = performance.now() + durationMs;
  while (performance.now() < endAtMs) {
    if (!(await condition())) throw new Error(`not all the time: ${what}`);
    await pause(20);
  }
}

function shown(seen: unknown): string {
  return seen instanceof Error ? seen.message : JSON.stringify(seen);
}
