/** Timers that a test turns on by hand: nothing waits. */

import type { Cancel, Timers } from '../../src/base/clock.ts';

export interface ManualTimers extends Timers {
  /** Lets so many ms pass; what is due meanwhile is called in its order. */
  pass(ms: number): void;
  /** Calls what waits for the input to be read. */
  inputRead(): void;
  /** How many timers have not rung. */
  readonly waiting: number;
}

/** Returns timers that stand at `startMs`. */
export function manualTimers(startMs = 1000): ManualTimers {
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly due: () => void }[] = [];
  let afterInput: (() => void)[] = [];
  const inputRead = (): void => {
    while (afterInput.length > 0) {
      const due = afterInput;
      afterInput = [];
      for (const call of due) call();
    }
  };
  const after = (waitMs: number, due: () => void): Cancel => {
    const timer = { atMs: nowMs + waitMs, due };
    timers.push(timer);
    return () => void (timers = timers.filter((one) => one !== timer));
  };
  return {
    now: () => nowMs,
    sleptMs: () => 0,
    after,
    every: (everyMs, due) => {
      let cancel = after(everyMs, again);
      function again(): void {
        cancel = after(everyMs, again);
        due();
      }
      return () => cancel();
    },
    afterInput: (due) => void afterInput.push(due),
    pass: (ms) => {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = timers.toSorted((one, two) => one.atMs - two.atMs);
        if (next === undefined || next.atMs > endMs) break;
        timers = timers.filter((one) => one !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.due();
        inputRead();
      }
      nowMs = endMs;
    },
    inputRead,
    get waiting() {
      return timers.length;
    },
  };
}
