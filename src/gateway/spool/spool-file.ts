/**
 * A file without a name, and what it takes of the spool. It is unlinked as soon as it is open, so
 * nothing stays behind however the gateway ends.
 */

import type { OpenFile } from '../files/open-file.ts';
import type { SpoolProblem } from './problem.ts';

/** What a file has to do with the spool that it is a part of. */
export interface SpoolAccount {
  /** Takes room for more of a file that will have `wholeBytes`; or returns why there is none. */
  take(moreBytes: number, wholeBytes: number): SpoolProblem | undefined;
  giveBack(bytes: number): void;
  /** The file is closed, and gives back what it had. */
  closed(bytes: number): void;
  /** The system has refused to write; returns it in words. */
  failed(error: Error): SpoolProblem;
}

export class SpoolFile {
  readonly #file: OpenFile;
  readonly #account: SpoolAccount;
  /** What it has taken of the spool, written or not yet. */
  #takenBytes: number;
  #isClosed = false;

  /** `takenBytes`: the room that was taken for its first bytes. */
  constructor(file: OpenFile, takenBytes: number, account: SpoolAccount) {
    this.#file = file;
    this.#takenBytes = takenBytes;
    this.#account = account;
  }

  /** As OpenFile.read. */
  read(piece: Buffer, atByte: number, done: (error: Error | null, bytes: number) => void): void {
    this.#file.read(piece, atByte, done);
  }

  /**
   * Appends what the system takes of the pieces to the file, which is `atByte` bytes long; `done`
   * gets how many bytes. It is called at once where there is no room, and never once closed.
   */
  write(
    pieces: readonly Buffer[],
    atByte: number,
    done: (problem: SpoolProblem | null, bytes: number) => void,
  ): void {
    if (this.#isClosed) return;
    const wholeBytes = pieces.reduce((sum, { length }) => sum + length, atByte);
    const moreBytes = Math.max(0, wholeBytes - this.#takenBytes);
    const problem = this.#account.take(moreBytes, wholeBytes);
    if (problem !== undefined) return done(problem, 0);
    this.#takenBytes += moreBytes;
    this.#file.write(pieces, atByte, (error, bytes) => {
      if (error === null) return done(null, bytes);
      this.#account.giveBack(this.#takenBytes - atByte);
      this.#takenBytes = atByte;
      done(this.#account.failed(error), 0);
    });
  }

  /** Gives the space back. A call that is under way finishes first. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#file.close();
    this.#account.closed(this.#takenBytes);
  }
}
