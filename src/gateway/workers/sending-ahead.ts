/**
 * The pipe that decides who runs a request sent ahead: one byte each, read by whoever runs it.
 *
 * The worker made it and named its end in HELLO; it is opened anew through /proc, for both reading
 * and writing, so that the bytes outlive the worker and say which requests it never began. Reads
 * of a pipe are atomic: no byte is had twice.
 */

import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** More bytes than requests can be ahead in one slot. */
const READ_BYTES = 4096;

/** At most so many are put at once: more than `send-ahead` may be. */
const PUT_MAX_BYTES = 128;

const claims = Buffer.alloc(PUT_MAX_BYTES, 1);
const readBack = Buffer.alloc(READ_BYTES);

export class ClaimPipe {
  readonly #fd: number;
  #isOpen = true;

  /** Opens descriptor `fd` of a process. Throws where that is not possible, or it is no pipe. */
  constructor(pid: number, fd: number) {
    this.#fd = openSync(`/proc/${pid}/fd/${fd}`, constants.O_RDWR | constants.O_NONBLOCK);
    if (fstatSync(this.#fd).isFIFO()) return;
    this.close();
    throw new Error(`descriptor ${fd} of process ${pid} is no pipe`);
  }

  /** So many requests are about to be sent ahead. Throws when the pipe is full: a bug. */
  put(count: number): void {
    writeSync(this.#fd, claims, 0, count);
  }

  /** Takes back what the worker has not claimed; returns how many requests that is. */
  takeBack(): number {
    if (!this.#isOpen) return 0;
    try {
      return readSync(this.#fd, readBack);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0;
      throw error;
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#fd);
  }
}
