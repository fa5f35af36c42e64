/**
 * What an application has answered and its client has not taken yet.
 *
 * A little of it waits in memory and the rest in a file without a name, so that the worker is free
 * as soon as it has written its answer. While the client keeps up nothing is stored: bytes go to
 * its socket at once. A client that takes what memory holds in a moment is as quick as a disk, so
 * the worker is held back for that moment instead, unless requests wait for a worker. Where
 * nothing can be stored, it is held back too, and nothing is lost: it goes on when the client has
 * taken what waits, or when there is room in the spool again.
 */

import type { Cancel, Timers } from '../../base/clock.ts';
import { PIECE_BYTES } from './file-sender.ts';
import type { Outlet } from './file-sender.ts';
import type { SpoolProblem } from '../spool/problem.ts';
import type { SpoolFile } from '../spool/spool-file.ts';

/** On their way to the file; beyond them the worker is held back. */
const QUEUE_MAX_BYTES = 256 * 1024;
/** A client that has taken nothing for so long is slow: 256 KiB in this time are 13 MB/s. */
const PATIENCE_MS = 20;

export interface BacklogLimits {
  /** Bytes of one response that may wait in memory, now. */
  readonly memoryMaxBytes: number;
  /** Bytes of one response that may wait in a file; 0 = none. */
  readonly fileMaxBytes: number;
}

/** What does not fit into memory: a file. */
export type Store = Pick<SpoolFile, 'read' | 'write' | 'close'>;

/** Where the files come from. */
export interface BacklogSpool {
  /** Opens a file with room for its first bytes; `done` gets it, or why not, maybe at once. */
  readonly open: (
    use: 'response',
    bytes: number,
    done: (problem: SpoolProblem | null, store?: Store) => void,
  ) => void;
  /** Calls `proceed` once, when there may be room again. */
  readonly whenRoom: (proceed: () => void) => void;
  readonly forget: (proceed: () => void) => void;
}

/** What a backlog needs of the gateway. */
export interface BacklogHost {
  readonly responseLimits: BacklogLimits;
  readonly spool: BacklogSpool;
  readonly clocks: Pick<Timers, 'after'>;
  /** Requests wait that a worker which is held back could run. */
  readonly isWorkerWanted: boolean;
  /** A file cannot be had, or takes no more: the worker is held back. */
  notStored(problem: SpoolProblem): void;
}

export class ResponseBacklog {
  readonly #outlet: Outlet;
  readonly #host: BacklogHost;
  readonly #lost: (problem: string) => void;
  /** In memory, to be stored or sent after what is in the file. */
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #file: Store | undefined;
  /** How far the file has been written, and read. */
  #storedBytes = 0;
  #sentBytes = 0;
  #piece: Buffer | undefined;
  /** False for ever where the operator says so, else until the file is used up. */
  #mayStore: boolean;
  /** It is among those that wait for room in the spool. */
  #awaitsRoom = false;
  #isStoring = false;
  /** The client is slow, or workers are wanted: until the file is used up it is written. */
  #isSlow = false;
  #stopWaiting: Cancel | undefined;
  /** The client has not taken what it was sent. */
  #isClientBusy = false;
  #awaitsDrain = false;
  #hasEnded = false;
  #isClosed = false;
  #proceed: (() => void) | undefined;

  /** `lost` is told why what was stored cannot be read: the response has no rest. */
  constructor(outlet: Outlet, host: BacklogHost, lost: (problem: string) => void) {
    this.#outlet = outlet;
    this.#host = host;
    this.#lost = lost;
    this.#mayStore = host.responseLimits.fileMaxBytes > 0;
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
      if (
        waitingBytes === 0 ||
        waitingBytes + bytes.length <= this.#host.responseLimits.memoryMaxBytes
      ) {
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
    this.#stopWaiting?.();
    this.#queue = [];
    this.#file?.close();
    if (this.#awaitsRoom) this.#host.spool.forget(this.#roomAgain);
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
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.#step();
  };

  #step(): void {
    if (this.#isClosed || !this.#outlet.isOpen) return;
    if (!this.#isClientBusy) this.#send();
    if (this.#isClientBusy && !this.#isStoring && this.#queuedBytes > 0) this.#storeIfSlow();
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
    this.#giveBackFile();
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

  /** All that was stored is sent. */
  #giveBackFile(): void {
    this.#storedBytes = this.#sentBytes = 0;
    this.#isSlow = false;
    if (this.#file === undefined) return;
    this.#file.close();
    this.#file = undefined;
    this.#mayStore = this.#host.responseLimits.fileMaxBytes > 0;
  }

  #sendStored(file: Store): void {
    this.#isClientBusy = true;
    this.#piece ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
    const piece = this.#piece.subarray(0, this.#storedBytes - this.#sentBytes);
    file.read(piece, this.#sentBytes, (error, bytes) => {
      if (error !== null || bytes === 0) {
        this.close();
        return this.#lost(error?.message ?? `its file ends at byte ${this.#sentBytes}`);
      }
      this.#sentBytes += bytes;
      this.#outlet.write(piece.subarray(0, bytes), this.#clientHasTaken);
    });
  }

  #storeIfSlow(): void {
    if (this.#isSlow || this.#host.isWorkerWanted) return this.#store();
    this.#stopWaiting ??= this.#host.clocks.after(PATIENCE_MS, () => {
      this.#isSlow = true;
      this.#step();
    });
  }

  #store(): void {
    if (!this.#mayStore || this.#awaitsRoom) return;
    if (this.#storedBytes + this.#queuedBytes > this.#host.responseLimits.fileMaxBytes) return;
    this.#isStoring = true;
    if (this.#file !== undefined) return this.#append(this.#file, this.#queue.splice(0));
    this.#host.spool.open('response', this.#queuedBytes, (problem, opened) => {
      this.#isStoring = false;
      if (this.#isClosed) return opened?.close();
      this.#file = opened;
      if (problem !== null) this.#notStored(problem);
      this.#step();
    });
  }

  /** Writes pieces that were taken from the queue; what cannot be written goes back into it. */
  #append(file: Store, pieces: Buffer[]): void {
    file.write(pieces, this.#storedBytes, (problem, bytes) => {
      this.#storedBytes += bytes;
      this.#queuedBytes -= bytes;
      const rest = withoutFirst(pieces, bytes);
      if (problem === null && rest.length > 0) return this.#append(file, rest);
      this.#isStoring = false;
      if (problem !== null) {
        this.#queue.unshift(...rest);
        this.#notStored(problem);
      }
      this.#step();
    });
  }

  #notStored(problem: SpoolProblem): void {
    this.#host.notStored(problem);
    // Without bytes in its file it may have the next one in another directory.
    const isMovable = this.#storedBytes === 0 && problem.isFullDisk;
    if (isMovable) this.#giveBackFile();
    if (problem.kind === 'system' && !isMovable) {
      this.#mayStore = false;
    } else {
      this.#awaitsRoom = true;
      this.#host.spool.whenRoom(this.#roomAgain);
    }
  }

  readonly #roomAgain = (): void => {
    this.#awaitsRoom = false;
    this.#step();
  };
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
