/** Waits for a condition of the outside world, and fails with what it last saw. */

import { setTimeout as pause } from 'node:timers/promises';

export interface UntilOptions {
  readonly timeoutMs?: number;
  /** Between two looks. */
  readonly everyMs?: number;
}

/** What counts at most for one look: a machine that stood still for a minute was not waited for. */
const LONGEST_LOOK_MS = 1_000;

/** What a condition may answer to say "not yet"; everything else is the awaited value. */
export type NotYet = undefined | null | false | '' | 0;

/**
 * Looks until `condition` answers with a value, and returns it. A condition that throws has not
 * come true yet. Fails after `timeoutMs` (30 s: one machine is ten times as slow as another) with
 * `what` and the last answer or error. Time in which this process itself did not run, as on a
 * machine that stalls, does not count: what it waits for did not run either.
 */
export async function until<T>(
  what: string,
  condition: () => T | NotYet | Promise<T | NotYet>,
  options: UntilOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  let waitedMs = 0;
  let seen: unknown;
  for (;;) {
    const beganMs = performance.now();
    try {
      const answer = await condition();
      if (answer) return answer;
      seen = answer;
    } catch (error) {
      seen = error;
    }
    if (waitedMs > timeoutMs) {
      throw new Error(`waited ${timeoutMs} ms until ${what}; last seen: ${shown(seen)}`);
    }
    await pause(options.everyMs ?? 20);
    waitedMs += Math.min(performance.now() - beganMs, LONGEST_LOOK_MS);
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

/**
 * Calls `onOver` after `limitMs` in which this process ran, and returns what calls it off. As with
 * until(), a machine that stands still for a while has not been waited for.
 */
export function afterRunning(limitMs: number, onOver: () => void): () => void {
  const everyMs = Math.min(limitMs, LONGEST_LOOK_MS / 2);
  let leftMs = limitMs;
  // Ticks that were missed come as one.
  const timer = setInterval(() => {
    leftMs -= everyMs;
    if (leftMs > 0) return;
    clearInterval(timer);
    onOver();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Fails when a story takes longer. */
export function tooLong(limitMs: number): Promise<never> {
  return new Promise((_, reject) => {
    const why = `the story took longer than ${limitMs} ms`;
    afterRunning(limitMs, () => reject(new Error(why)));
  });
}

function shown(seen: unknown): string {
  return seen instanceof Error ? seen.message : JSON.stringify(seen);
}
