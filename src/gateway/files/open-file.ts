/**
 * An open file that several calls may be using when it is to be closed: its descriptor is given
 * back when the last of them has ended, so that none of them reads from the next file that gets the
 * same number.
 */

import { close, read, writev } from 'node:fs';

/** Bytes of a file, from `start`. Its user closes the file. */
export interface FilePart {
  readonly file: OpenFile;
  readonly start: number;
  readonly lengthBytes: number;
}

export class OpenFile {
  readonly #fd: number;
  #calls = 0;
  #isClosed = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Fills `piece` from the file; `done` gets how many bytes there were. Not called once closed. */
  read(piece: Buffer, atByte: number, done: (error: Error | null, bytes: number) => void): void {
    if (this.#isClosed) return;
    this.#calls += 1;
    read(this.#fd, piece, 0, piece.length, atByte, (error, bytes) => {
      if (this.#hasReturned()) done(error, bytes);
    });
  }

  /** Writes what the system takes of the pieces; `done` gets how many bytes. */
  write(
    pieces: readonly Buffer[],
    atByte: number,
    done: (error: Error | null, bytes: number) => void,
  ): void {
    if (this.#isClosed) return;
    this.#calls += 1;
    writev(this.#fd, pieces, atByte, (error, bytes) => {
      if (this.#hasReturned()) done(error, error === null ? bytes : 0);
    });
  }

  /** Gives the descriptor back, and with it the space of a file without a name. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#calls === 0) closeForGood(this.#fd);
  }

  /** A call has ended; false when the file was closed meanwhile. */
  #hasReturned(): boolean {
    this.#calls -= 1;
    if (this.#isClosed && this.#calls === 0) closeForGood(this.#fd);
    return !this.#isClosed;
  }
}

function closeForGood(fd: number): void {
  // Nothing can be done about a close that fails, and the descriptor is gone either way.
  close(fd, () => undefined);
}
