/**
 * A request body that is too large for memory: a file without a name in TMPDIR.
 *
 * It is unlinked as soon as it is open, so nothing stays behind however the gateway ends.
 */

import { randomBytes } from 'node:crypto';
import { close, open, read, unlink, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BodyReader, BodySource } from './body-source.ts';

const READ_BYTES = 64 * 1024;

export class SpoolFile implements BodySource {
  readonly #fd: number;
  #lengthBytes = 0;
  #isClosed = false;
  #isBusy = false;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Creates the file; `done` gets it, or the error. */
  static create(done: (error: Error | null, file?: SpoolFile) => void): void {
    const path = join(tmpdir(), `reeve-body-${randomBytes(12).toString('hex')}`);
    open(path, 'wx+', 0o600, (error, fd) => {
      if (error !== null) return done(error);
      unlink(path, () => done(null, new SpoolFile(fd)));
    });
  }

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /** Appends bytes, all of them or an error. One call at a time. */
  append(bytes: Buffer, done: (error: Error | null) => void): void {
    this.#isBusy = true;
    write(this.#fd, bytes, 0, bytes.length, this.#lengthBytes, (error, written) => {
      this.#isBusy = false;
      this.#lengthBytes += error === null ? written : 0;
      if (this.#isClosed) return this.#reallyClose();
      if (error !== null || written === bytes.length) return done(error);
      this.append(bytes.subarray(written), done);
    });
  }

  /** Reads the file from its start, piece by piece, at the reader's pace; then closes it. */
  read(reader: BodyReader, atByte = 0): void {
    if (this.#isClosed) return;
    if (atByte === this.#lengthBytes) {
      this.close();
      return reader.end(null);
    }
    this.#isBusy = true;
    const piece = Buffer.allocUnsafe(READ_BYTES);
    read(this.#fd, piece, 0, READ_BYTES, atByte, (error, count) => {
      this.#isBusy = false;
      if (this.#isClosed) return this.#reallyClose();
      if (error === null && count > 0) {
        return reader.piece(piece.subarray(0, count), () => this.read(reader, atByte + count));
      }
      this.close();
      reader.end(error ?? new Error(`its file ends after ${atByte} bytes`));
    });
  }

  /** Gives the space back. A call that is under way finishes first. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isBusy) this.#reallyClose();
  }

  #reallyClose(): void {
    // Nothing can be done about a close that fails, and the descriptor is gone either way.
    close(this.#fd, () => undefined);
  }
}
