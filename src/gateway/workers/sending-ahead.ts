/**
 * Requests that are sent ahead to one slot, and the pipe that decides whether its worker runs them:
 * one byte each, read by the worker that begins the request, or by the gateway that takes it back.
 *
 * The worker made the pipe and named its end in HELLO; it is opened anew through /proc, for both
 * reading and writing, so that the bytes outlive the worker and show which requests it never began.
 * Reads of a pipe are atomic: no byte is read twice.
 */

import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';

import type { Timers } from '../../base/clock.ts';
import { writeNow } from '../socket/direct-io.ts';

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

/**
 * Requests sent ahead to one slot leave together, after all that has just come in was read: no
 * slot waits for them, and each write costs more than the request that it carries.
 */
export class AheadBatch {
  readonly #socket: Socket;
  readonly #timers: Timers;
  readonly #flushLater = (): void => this.flush();
  #claims: Pick<ClaimPipe, 'put'> | undefined;
  #frames: Buffer[] = [];

  constructor(socket: Socket, timers: Timers) {
    this.#socket = socket;
    this.#timers = timers;
  }

  add(frames: Buffer, pipe: Pick<ClaimPipe, 'put'> | undefined): void {
    this.#claims = pipe;
    this.#frames.push(frames);
    if (this.#frames.length === 1) this.#timers.afterInput(this.#flushLater);
  }

  /** Sends them now. Their bytes must be in the pipe before the worker can read them. */
  flush(): void {
    const [first] = this.#frames;
    if (first === undefined) return;
    this.#claims?.put(this.#frames.length);
    const frames = this.#frames.length === 1 ? first : Buffer.concat(this.#frames);
    this.#frames = [];
    if (!this.#socket.destroyed) writeNow(this.#socket, frames);
  }
}
