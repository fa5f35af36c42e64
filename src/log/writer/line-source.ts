/**
 * Whole lines from a pipe that many processes write to.
 *
 * The pipe is read some ten times a second at most, unless much comes: each line would else wake
 * this process. A line that does not end is passed on after a while, and at the end.
 */
import { Socket } from 'node:net';

import type { Cancel, Timers } from '../../base/clock.ts';
import { pipeSize } from '../../base/descriptors.ts';
import { LARGE_PIPE_BYTES } from '../line-writer.ts';

export interface LineSource {
  /** The last process that could write has ended, and all that it wrote was passed on. */
  readonly ended: Promise<void>;
}

const NEWLINE = 10;
/** With a pipe that holds what comes meanwhile; else, and where much comes, it is short. */
const PAUSE_MS = 100;
const SHORT_PAUSE_MS = 5;
const READ_BYTES = 256 * 1024;
const LINE_MAX_BYTES = 1024 * 1024;
/** How long the end of a line is waited for. */
const UNFINISHED_MS = 2_000;

/** Reads the pipe, and passes on whole lines, many at once. */
export function readLines(fd: number, timers: Timers, take: (lines: Buffer) => void): LineSource {
  const isLarge = pipeSize(fd) >= LARGE_PIPE_BYTES;
  const lines = new Lines(timers, take);
  const { promise, resolve } = Promise.withResolvers<void>();
  // With a buffer of its own it reads only when it is told to, and what is there in one call.
  const socket = new Socket({
    fd,
    readable: true,
    writable: false,
    onread: {
      buffer: Buffer.alloc(READ_BYTES),
      callback: (length, buffer) => {
        lines.add(Buffer.from(buffer.subarray(0, length)));
        if (length === READ_BYTES) return true;
        const isQuiet = isLarge && length < READ_BYTES / 2;
        timers.after(isQuiet ? PAUSE_MS : SHORT_PAUSE_MS, () => socket.resume());
        return false;
      },
    },
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    lines.end();
    resolve();
  });
  socket.resume();
  return { ended: promise };
}

/** Bytes in, whole lines out. */
class Lines {
  readonly #timers: Timers;
  readonly #take: (lines: Buffer) => void;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #stopWaiting: Cancel | undefined;

  constructor(timers: Timers, take: (lines: Buffer) => void) {
    this.#timers = timers;
    this.#take = take;
  }

  add(data: Buffer): void {
    this.#stopWaiting?.();
    const end = data.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const whole = data.subarray(0, end);
      this.#take(this.#restBytes === 0 ? whole : Buffer.concat([...this.#rest, whole]));
      this.#rest = [];
      this.#restBytes = 0;
    }
    if (end === data.length) return;
    this.#rest.push(data.subarray(end));
    this.#restBytes += data.length - end;
    if (this.#restBytes > LINE_MAX_BYTES) this.end();
    else this.#stopWaiting = this.#timers.after(UNFINISHED_MS, () => this.end());
  }

  /** What is there is a line, though its end has not come. */
  end(): void {
    this.#stopWaiting?.();
    if (this.#restBytes > 0) this.#take(Buffer.concat([...this.#rest, Buffer.from('\n')]));
    this.#rest = [];
    this.#restBytes = 0;
  }
}
