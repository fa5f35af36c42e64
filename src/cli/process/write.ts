/**
 * Writes to standard output and standard error.
 *
 * Straight to the descriptors: the streams of Node would set O_NONBLOCK on descriptions that are
 * shared with other processes, whose writes would then fail.
 */

import { writeSync } from 'node:fs';

const pauseMs = 5;
const pausesMax = 2_000;

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Writes all of `text` to descriptor 1 or 2; gives up quietly when the reader has gone. */
export function write(descriptor: 1 | 2, text: string): void {
  isWritten(descriptor, text);
}

/** Does the same, and returns whether somebody still reads. */
export function isWritten(descriptor: 1 | 2, text: string): boolean {
  let rest = Buffer.from(text);
  for (let pauses = 0; rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'EAGAIN' && code !== 'EINTR') return false;
      // Somebody else made the description non-blocking: wait a little for its reader.
      pauses++;
      if (pauses > pausesMax) return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
  return true;
}
