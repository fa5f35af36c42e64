/** How many files a process has open, and how many it may have, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

export interface OpenFiles {
  /** Files, connections, pipes. */
  readonly open: number;
  readonly limit: number;
}

/** Undefined: it has ended, or is another user's, or has no limit. */
export function openFilesOf(pid: number): OpenFiles | undefined {
  try {
    const limit = readLimit(readFileSync(`/proc/${pid}/limits`, 'latin1'));
    return limit === undefined ? undefined : { open: readdirSync(`/proc/${pid}/fd`).length, limit };
  } catch {
    return undefined;
  }
}

/** The soft limit, of the text of a `limits` file. */
export function readLimit(text: string): number | undefined {
  const digits = /^Max open files +(\d+) /m.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
