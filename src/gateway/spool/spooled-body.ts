/** A request body that waits for its worker in a file of the spool. */

import type { BodyReader, BodySource } from '../dispatch/port.ts';
import type { SpoolProblem } from './problem.ts';
import type { SpoolFile } from './spool-file.ts';

const READ_BYTES = 128 * 1024;

export class SpooledBody implements BodySource {
  readonly #file: SpoolFile;
  #lengthBytes = 0;
  /** Used again when its reader has taken what it held. */
  #piece: Buffer | undefined;

  constructor(file: SpoolFile) {
    this.#file = file;
  }

  /** Appends bytes, all of them or a problem. One call at a time. */
  append(bytes: Buffer, done: (problem: SpoolProblem | null) => void): void {
    this.#file.write([bytes], this.#lengthBytes, (problem, written) => {
      this.#lengthBytes += written;
      if (problem !== null || written === bytes.length) return done(problem);
      this.append(bytes.subarray(written), done);
    });
  }

  /** Reads the file from its start, piece by piece, at the reader's pace; then closes it. */
  read(reader: BodyReader, atByte = 0): void {
    if (atByte === this.#lengthBytes) {
      this.close();
      return reader.end(null);
    }
    const piece = (this.#piece ??= Buffer.allocUnsafeSlow(READ_BYTES));
    this.#file.read(piece, atByte, (error, count) => {
      if (error === null && count > 0) {
        return reader.piece(piece.subarray(0, count), () => this.read(reader, atByte + count));
      }
      this.close();
      reader.end(error ?? new Error(`its file ends after ${atByte} bytes`));
    });
  }

  close(): void {
    this.#file.close();
  }
}
