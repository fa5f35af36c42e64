/** PURE. What a command waits for, as words: without the time, and with it. */

export interface Doing {
  /** Such as "shop: loading the application": the seconds stand behind it. */
  readonly what: string;
  /** Such as "2 of 4 workers ready"; '' for nothing. */
  readonly facts: string;
}

/** For people: `shop: loading the application, 4 s; 2 of 4 workers ready`. */
export function progressLine({ what, facts }: Doing, waitedMs: number): string {
  const line = `${what}, ${Math.floor(waitedMs / 1_000)} s${facts === '' ? '' : `; ${facts}`}`;
  // What systemd or a daemon says of itself is one line, and moves no cursor.
  return line.replaceAll(/\p{Cc}+/gu, ' ');
}

/** The same without what changes by itself: seconds that are left, requests a second. */
function whatChanges({ what, facts }: Doing): string {
  return `${what}; ${facts}`.replaceAll(/\d+(?= (s|req\/s)\b)/g, '');
}

/** Lines that were written: where each is a new line, not every second has one. */
export interface LinesShown {
  /** What the last one said; '' before the first. */
  readonly last: string;
  /** The next one is not written before. */
  readonly nextAtMs: number;
}

/** The first line comes after so long, the next one not before `LINES_EVERY_MS`. */
const LINES_FIRST_MS = 2_000;
const LINES_EVERY_MS = 5_000;

export const noLines: LinesShown = { last: '', nextAtMs: LINES_FIRST_MS };

/** What is shown with this line; undefined where it says nothing new, or comes too soon. */
export function withLine(
  shown: LinesShown,
  doing: Doing,
  waitedMs: number,
): LinesShown | undefined {
  const last = whatChanges(doing);
  if (waitedMs < shown.nextAtMs || last === shown.last) return undefined;
  return { last, nextAtMs: waitedMs + LINES_EVERY_MS };
}
