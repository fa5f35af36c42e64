/**
 * Writes lines to a descriptor without ever making the caller wait.
 *
 * One write is under way at a time; what comes meanwhile is kept up to a limit, and beyond it
 * dropped and counted. The first line that can be written again is preceded by one that reports it.
 */

import { fstatSync, write } from 'node:fs';

import { isWritable, pipeSize, unreadBytes } from '../base/descriptors.ts';

const WAITING_MAX_BYTES = 1024 * 1024;
/** To a pipe, writes up to this size are not torn apart by those of other processes (pipe(7)). */
const PIPE_WRITE_BYTES = 4096;
const FILE_WRITE_BYTES = 64 * 1024;
/** The pipe of the log writer: it holds many lines, so that they may leave together. */
export const LARGE_PIPE_BYTES = 1024 * 1024;
const COLLECT_MS = 10;
const RETRY_MS = 50;
const FLUSH_MAX_MS = 1000;

export class LineWriter {
  readonly #fd: number;
  readonly #droppedLine: (count: number) => string;
  readonly #mayBlock: boolean;
  readonly #isLargePipe: boolean;
  readonly #writeMaxBytes: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #droppedUnreported = 0;
  dropped = 0;
  #flushed: (() => void)[] = [];

  constructor(fd: number, droppedLine: (count: number) => string) {
    this.#fd = fd;
    this.#droppedLine = droppedLine;
    this.#mayBlock = !fstatSync(fd).isFile();
    this.#isLargePipe = this.#mayBlock && pipeSize(fd) >= LARGE_PIPE_BYTES;
    const isTorn = this.#mayBlock && !this.#isLargePipe;
    this.#writeMaxBytes = isTorn ? PIPE_WRITE_BYTES : FILE_WRITE_BYTES;
  }

  /** Takes a line with its newline, or `count` of them; the characters are bytes (latin-1). */
  write(line: string, count = 1): void {
    if (this.#waitingBytes + line.length > WAITING_MAX_BYTES) {
      this.dropped += count;
      this.#droppedUnreported += count;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#later();
  }

  /** Lines of one turn of the loop go out together; to a large pipe those of some milliseconds. */
  #later(): void {
    if (this.#isLargePipe) setTimeout(() => this.#next(), COLLECT_MS);
    else setImmediate(() => this.#next());
  }

  /** Resolves when all is written, or after a second. */
  flush(): Promise<void> {
    if (!this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, FLUSH_MAX_MS);
      this.#flushed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #next(): void {
    if (this.#waiting.length === 0) {
      this.#isWriting = false;
      for (const resolve of this.#flushed.splice(0)) resolve();
      return;
    }
    this.#put(Buffer.from(this.#takeBatch(), 'latin1'));
  }

  #takeBatch(): string {
    let batch = this.#droppedUnreported === 0 ? '' : this.#droppedLine(this.#droppedUnreported);
    this.#droppedUnreported = 0;
    let count = 0;
    for (const line of this.#waiting) {
      if (count > 0 && batch.length + line.length > this.#writeMaxBytes) break;
      batch += line;
      count += 1;
      this.#waitingBytes -= line.length;
    }
    this.#waiting.splice(0, count);
    return batch;
  }

  /** What may block is asked first: a write that waits would hold the end of the process, too. */
  #put(bytes: Buffer): void {
    if (this.#mayBlock && !isWritable(this.#fd, 0)) {
      setTimeout(() => this.#put(bytes), RETRY_MS);
      return;
    }
    const length = Math.min(bytes.length, this.#unmixedBytes());
    write(this.#fd, bytes, 0, length, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#put(bytes), RETRY_MS);
      } else if (error !== null) {
        // A full disk, a reader that has gone: these lines are lost, later ones may not be.
        const lines = bytes.toString('latin1').split('\n').length - 1;
        this.dropped += lines;
        this.#droppedUnreported += lines;
        setTimeout(() => this.#next(), RETRY_MS);
      } else if (written < bytes.length) {
        this.#put(bytes.subarray(written));
      } else if (this.#isLargePipe && this.#waiting.length > 0) {
        this.#later();
      } else {
        this.#next();
      }
    });
  }

  /** As much as the kernel writes at once, without bytes of other processes between. */
  #unmixedBytes(): number {
    if (!this.#isLargePipe) return this.#writeMaxBytes;
    const isRoomy = unreadBytes(this.#fd) < LARGE_PIPE_BYTES / 2;
    return isRoomy ? FILE_WRITE_BYTES : PIPE_WRITE_BYTES;
  }
}
