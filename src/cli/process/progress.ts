/**
 * Shows what a command waits for, and for how long: on a terminal one line that changes, elsewhere
 * a line for each change. It goes to standard error; a short wait shows nothing.
 */

import { isatty } from 'node:tty';

import { createTimers } from '../../base/clock.ts';
import { noLines, progressLine, withLine } from './progress-line.ts';
import { write } from './write.ts';

import type { Doing } from './progress-line.ts';

export interface Watched {
  /** Asks what is being done just now; undefined where that cannot be told. */
  readonly look: () => Promise<Doing | undefined>;
  /** What the command has asked for: shown where `look` does not tell. */
  readonly asked: Doing;
}

export interface Shown {
  /** Takes the line away, so that others can be written; it comes back by itself. */
  readonly clear: () => void;
}

/** The first line comes after so long; on a terminal it is then written again as often. */
const stepMs = 1_000;

/**
 * The line is cut at the edge of the terminal: wrapped, it could not be written over. (DECAWM, and
 * EL of ECMA-48, which every terminal of today knows.)
 */
const uncut = '\x1b[?7h';
const cut = '\x1b[?7l';
const eraseRest = '\x1b[K';

/** Does the work, and shows meanwhile what it waits for. */
export async function shownWhile<Result>(
  watched: Watched,
  work: (shown: Shown) => Promise<Result>,
): Promise<Result> {
  if (isInJournal(process.env)) return await work({ clear: () => {} });
  const writer = isatty(2) && process.env['TERM'] !== 'dumb' ? terminalWriter() : linesWriter();
  const timers = createTimers();
  const startedAtMs = timers.now();
  let seen: Doing | undefined;
  let isLooking = false;
  const look = async (): Promise<void> => {
    // An answer that takes its time does not hold up the seconds.
    if (isLooking) return;
    isLooking = true;
    seen = await watched.look();
    isLooking = false;
  };
  let steps = 0;
  const stop = timers.every(stepMs / 2, () => {
    steps++;
    if (steps % 2 === 1) void look();
    else writer.show(seen ?? watched.asked, timers.now() - startedAtMs);
  });
  try {
    return await work({ clear: writer.clear });
  } finally {
    stop();
    writer.clear();
  }
}

interface Writer extends Shown {
  readonly show: (doing: Doing, waitedMs: number) => void;
}

function terminalWriter(): Writer {
  let isShown = false;
  return {
    show: (doing, waitedMs) => {
      isShown = true;
      write(2, `\r${cut}reeve: ${progressLine(doing, waitedMs)}${eraseRest}${uncut}`);
    },
    clear: () => {
      if (isShown) write(2, `\r${eraseRest}`);
      isShown = false;
    },
  };
}

function linesWriter(): Writer {
  let lines = noLines;
  return {
    show: (doing, waitedMs) => {
      const next = withLine(lines, doing, waitedMs);
      if (next === undefined) return;
      lines = next;
      write(2, `reeve: ${progressLine(doing, waitedMs)}\n`);
    },
    clear: () => {},
  };
}

/** As a command of a unit: the journal has what the daemon itself reports of it. */
function isInJournal(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['SYSTEMD_EXEC_PID'] === String(process.pid);
}
