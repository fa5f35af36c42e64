/**
 * What is too large for memory: a file without a name in TMPDIR.
 *
 * It is unlinked as soon as it is open, so nothing stays behind however the gateway ends.
 */

import { randomBytes } from 'node:crypto';
import { close, open, read, unlink, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BodyReader, BodySource } from '../dispatch/port.ts';
import { OpenFile } from '../files/open-file.ts';

const READ_BYTES = 64 * 1024;

/** Opens a file without a name for a response; `done` gets it, or the error. */
export function openResponseFile(done: (error: Error | null, file?: OpenFile) => void): void {
  openUnlinked('response', (error, fd) => {
    if (error === null) done(null, new OpenFile(fd));
    else done(error);
  });
}

/** The name is there for a moment, and remains visible in /proc: it tells what the file is for. */
function openUnlinked(what: string, done: (error: Error | null, fd: number) => void): void {
  const path = join(tmpdir(), `reeve-${what}-${randomBytes(12).toString('hex')}`);
  open(path, 'wx+', 0o600, (error, fd) => {
    if (error !== null) return done(error, -1);
    unlink(path, () => done(null, fd));
  });
}

/** A request body that waits for its worker. */
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
    openUnlinked('body', (error, fd) => {
      if (error === null) done(null, new SpoolFile(fd));
      else done(error);
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
