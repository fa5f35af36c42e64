/**
 * Where log lines go: a descriptor that is written at once, and that never makes us fail.
 *
 * The log must not cost the service. A full pipe, or a terminal that was stopped, is waited for a
 * little; after that, as on a full disk or with a reader that has gone, the line is dropped and
 * counted, and the next line that gets through is preceded by one that reports how many were lost.
 *
 * The description is shared with the workers, so it must stay a blocking one: what may block is
 * asked first, and given no more than it has room for then. Only if another process filled it at
 * that very moment would a write still wait.
 */
import { writeSync } from 'node:fs';

import { isWritable } from '../base/descriptors.ts';

/** Writes whole lines; see createLogDestination. */
export interface LogDestination {
  /** Writes a line that ends in a newline. Never throws. */
  write(line: string): void;
}

export interface LogDestinationParts {
  readonly fd: number;
  /** The line that reports how many were dropped. */
  readonly dropNotice: (count: number) => string;
}

const WAIT_MAX_MS = 100;
/** A pipe that is writable has room for this many bytes (pipe(7)). */
const PIECE_BYTES = 4096;

/** Makes a destination for a descriptor, which stays the caller's. */
export function createLogDestination({ fd, dropNotice }: LogDestinationParts): LogDestination {
  let dropped = 0;
  let isMidLine = false;

  const put = (line: string): void => {
    // A line of which only a part was written is ended first: it must not swallow the next.
    // Where the last line was not taken, this one does not wait: the wait is paid once.
    const outcome = writeLine(fd, isMidLine ? `\n${line}` : line, dropped > 0 ? 0 : WAIT_MAX_MS);
    isMidLine = outcome === 'partly' || (outcome === 'dropped' && isMidLine);
    if (outcome !== 'written') dropped += 1;
  };

  return {
    write(line) {
      if (dropped > 0) {
        const before = dropped;
        put(dropNotice(before));
        dropped = dropped > before ? before : 0;
      }
      put(line);
    },
  };
}

/** Writes it all, or returns how far it came. */
function writeLine(fd: number, line: string, waitMaxMs: number): 'written' | 'partly' | 'dropped' {
  const bytes = Buffer.from(line);
  let offset = 0;
  try {
    while (offset < bytes.length && isWritable(fd, waitMaxMs)) {
      offset += writeSync(fd, bytes, offset, Math.min(PIECE_BYTES, bytes.length - offset));
    }
  } catch {
    // A full disk, a reader that has gone: counted like a pipe that stays full.
  }
  if (offset === bytes.length) return 'written';
  return offset > 0 ? 'partly' : 'dropped';
}
