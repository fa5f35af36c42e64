/**
 * What an application has answered and its client has not taken yet.
 *
 * A little of it waits in memory and the rest in a file without a name, so that the worker is free
 * as soon as it has written its answer. While the client keeps up nothing is stored: bytes go to
 * its socket at once. Where nothing can be stored, the worker is held back, and nothing is lost.
 */

import { PIECE_BYTES } from './file-sender.ts';
import type { Outlet } from './file-sender.ts';
import type { OpenFile } from '../files/open-file.ts';

/** On their way to the file; beyond them the worker is held back. */
const QUEUE_MAX_BYTES = 256 * 1024;

export interface BacklogLimits {
  /** Bytes of one response that may wait in memory, now. */
  readonly memoryMaxBytes: number;
  /** Bytes of one response that may wait in a file; 0 = none. */
  readonly fileMaxBytes: number;
}

/** What does not fit into memory: a file. */
export type Store = Pick<OpenFile, 'read' | 'write' | 'close'>;

export interface BacklogParts {
  readonly limits: BacklogLimits;
  /** Opens a file without a name; `done` gets it, or the error. */
  readonly open: (done: (error: Error | null, store?: Store) => void) => void;
  /** The file cannot be had, or takes no more: the worker is held back. */
  readonly notStored: (problem: string) => void;
  /** What was stored cannot be read: the response has no rest. */
  readonly lost: (problem: string) => void;
}

export class ResponseBacklog {
  readonly #outlet: Outlet;
  readonly #parts: BacklogParts;
  /** In memory, to be stored or sent after what is in the file. */
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #file: Store | undefined;
  /** How far the file has been written, and read. */
  #storedBytes = 0;
  #sentBytes = 0;
  #piece: Buffer | undefined;
  #mayStore: boolean;
  #isStoring = false;
  /** The client has not taken what it was sent. */
  #isClientBusy = false;
  #awaitsDrain = false;
  #hasEnded = false;
  #isClosed = false;
  #proceed: (() => void) | undefined;

  constructor(outlet: Outlet, parts: BacklogParts) {
    this.#outlet = outlet;
    this.#parts = parts;
    this.#mayStore = parts.limits.fileMaxBytes > 0;
  }

  /** True while no more should come. */
  get isFull(): boolean {
    return this.#queuedBytes > QUEUE_MAX_BYTES;
  }

  /** Calls `proceed` once, when there is room again. */
  whenRoom(proceed: () => void): void {
    this.#proceed = proceed;
  }

  /** Takes the next bytes of the response, which are copied where they have to wait. */
  take(bytes: Buffer): void {
    const outlet = this.#outlet;
    if (!this.#isClientBusy && this.#isEmpty) {
      const { waitingBytes } = outlet;
      if (waitingBytes === 0 || waitingBytes + bytes.length <= this.#parts.limits.memoryMaxBytes) {
        return outlet.write(bytes);
      }
      this.#awaitClient();
    }
    this.#queue.push(Buffer.from(bytes));
    this.#queuedBytes += bytes.length;
    this.#step();
  }

  /** Ends the response when the client has taken all. */
  end(): void {
    this.#hasEnded = true;
    this.#step();
  }

  /** The client has taken all that it was sent. */
  drained(): void {
    if (!this.#awaitsDrain) return;
    this.#awaitsDrain = false;
    this.#clientHasTaken();
  }

  close(): void {
    this.#isClosed = true;
    this.#queue = [];
    this.#file?.close();
  }

  get #isEmpty(): boolean {
    return this.#queuedBytes === 0 && this.#sentBytes === this.#storedBytes;
  }

  #awaitClient(): void {
    if (!this.#outlet.needsDrain) return;
    this.#isClientBusy = true;
    this.#awaitsDrain = true;
  }

  readonly #clientHasTaken = (): void => {
    this.#isClientBusy = false;
    this.#step();
  };

  #step(): void {
    if (this.#isClosed || !this.#outlet.isOpen) return;
    if (!this.#isClientBusy) this.#send();
    if (this.#isClientBusy && !this.#isStoring && this.#queuedBytes > 0) this.#store();
    if (this.isFull) return;
    const proceed = this.#proceed;
    this.#proceed = undefined;
    proceed?.();
  }

  #send(): void {
    if (this.#file !== undefined && this.#sentBytes < this.#storedBytes) {
      return this.#sendStored(this.#file);
    }
    // What is being stored comes before what is queued.
    if (this.#isStoring) return;
    this.#storedBytes = this.#sentBytes = 0;
    if (this.#queuedBytes > 0) {
      const pieces = this.#queue;
      this.#queue = [];
      this.#queuedBytes = 0;
      this.#isClientBusy = true;
      this.#outlet.write(Buffer.concat(pieces), this.#clientHasTaken);
    } else if (this.#hasEnded) {
      this.close();
      this.#outlet.end();
    }
  }

  #sendStored(file: Store): void {
    this.#isClientBusy = true;
    this.#piece ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
    const piece = this.#piece.subarray(0, this.#storedBytes - this.#sentBytes);
    file.read(piece, this.#sentBytes, (error, bytes) => {
      if (error !== null || bytes === 0) {
        this.close();
        return this.#parts.lost(error?.message ?? `its file ends at byte ${this.#sentBytes}`);
      }
      this.#sentBytes += bytes;
      this.#outlet.write(piece.subarray(0, bytes), this.#clientHasTaken);
    });
  }

  #store(): void {
    if (!this.#mayStore) return;
    if (this.#storedBytes + this.#queuedBytes > this.#parts.limits.fileMaxBytes) return;
    this.#isStoring = true;
    if (this.#file !== undefined) return this.#append(this.#file, this.#queue.splice(0));
    this.#parts.open((error, opened) => {
      this.#isStoring = false;
      if (this.#isClosed) return opened?.close();
      this.#file = opened;
      if (error !== null) this.#notStored(error);
      this.#step();
    });
  }

  /** Writes pieces that were taken from the queue; what cannot be written goes back into it. */
  #append(file: Store, pieces: Buffer[]): void {
    file.write(pieces, this.#storedBytes, (error, bytes) => {
      this.#storedBytes += bytes;
      this.#queuedBytes -= bytes;
      const rest = withoutFirst(pieces, bytes);
      if (error === null && rest.length > 0) return this.#append(file, rest);
      this.#isStoring = false;
      if (error !== null) {
        this.#queue.unshift(...rest);
        this.#notStored(error);
      }
      this.#step();
    });
  }

  #notStored(error: Error): void {
    this.#mayStore = false;
    this.#parts.notStored(error.message);
  }
}

function withoutFirst(pieces: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes;
  const rest: Buffer[] = [];
  for (const piece of pieces) {
    if (skip < piece.length) rest.push(piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return rest;
}
