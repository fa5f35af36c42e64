/**
 * Whole lines from a pipe that many processes write to.
 *
 * The pipe is read some hundred times a second at most, unless much comes: each line would else
 * wake this process. A line that does not end is passed on after a while, and at the end.
 */
import { Socket } from 'node:net';

import type { Cancel, Timers } from '../../base/clock.ts';

export interface LineSource {
  /** The last process that could write has ended, and all that it wrote was passed on. */
  readonly ended: Promise<void>;
}

const NEWLINE = 10;
const PAUSE_MS = 5;
/** More than that in one read: the pipe is read again at once. */
const MUCH_BYTES = 32 * 1024;
const LINE_MAX_BYTES = 1024 * 1024;
/** How long the end of a line is waited for. */
const UNFINISHED_MS = 2_000;

/** Reads the pipe, and passes on whole lines, many at once. */
export function readLines(fd: number, timers: Timers, take: (lines: Buffer) => void): LineSource {
  const socket = new Socket({ fd, readable: true, writable: false });
  let rest: Buffer[] = [];
  let restBytes = 0;
  let stopWaiting: Cancel | undefined;
  const flush = (): void => {
    if (restBytes > 0) take(Buffer.concat([...rest, Buffer.from('\n')]));
    rest = [];
    restBytes = 0;
  };
  socket.on('data', (data: Buffer) => {
    stopWaiting?.();
    const end = data.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      take(
        restBytes === 0 ? data.subarray(0, end) : Buffer.concat([...rest, data.subarray(0, end)]),
      );
      rest = [];
      restBytes = 0;
    }
    if (end < data.length) {
      rest.push(data.subarray(end));
      restBytes += data.length - end;
      stopWaiting = timers.after(UNFINISHED_MS, flush);
    }
    if (restBytes > LINE_MAX_BYTES) flush();
    if (data.length >= MUCH_BYTES) return;
    socket.pause();
    timers.after(PAUSE_MS, () => socket.resume());
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    stopWaiting?.();
    flush();
    resolve();
  });
  return { ended: promise };
}
