/**
 * Sends a part of an open file to a client, at the client's pace.
 *
 * A transfer has one piece of memory, used again when the kernel has taken what it held: two
 * hundred clients that read slowly, or a file of many gigabytes, cost next to nothing.
 */

import type { FilePart, OpenFile } from '../files/open-file.ts';

export const PIECE_BYTES = 128 * 1024;

/** Where the bytes go: the body of a response, which frames them for its client. */
export interface Outlet {
  /** False once the client's connection has ended. */
  readonly isOpen: boolean;
  /** Bytes that were written and that the kernel has not taken yet. */
  readonly waitingBytes: number;
  readonly needsDrain: boolean;
  /** `taken` is called when the kernel has the bytes. */
  write(bytes: Buffer, taken?: () => void): void;
  /** All was written. */
  end(): void;
}

export class FileSender {
  readonly #outlet: Outlet;
  readonly #file: OpenFile;
  readonly #piece: Buffer;
  readonly #failed: (problem: string) => void;
  #atByte: number;
  #leftBytes: number;

  /** `failed` is told why the rest cannot be sent: the response is then the caller's to end. */
  constructor(outlet: Outlet, part: FilePart, failed: (problem: string) => void) {
    this.#outlet = outlet;
    this.#file = part.file;
    this.#atByte = part.start;
    this.#leftBytes = part.lengthBytes;
    this.#piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, part.lengthBytes));
    this.#failed = failed;
    this.#proceed();
  }

  close(): void {
    this.#file.close();
  }

  #proceed(): void {
    if (!this.#outlet.isOpen) return this.close();
    if (this.#leftBytes === 0) {
      this.close();
      return this.#outlet.end();
    }
    // A file that grows while it is sent must not exceed the length that was announced.
    const piece = this.#piece.subarray(0, Math.min(PIECE_BYTES, this.#leftBytes));
    this.#file.read(piece, this.#atByte, (error, bytes) => {
      if (error !== null || bytes === 0) {
        this.close();
        return this.#failed(error?.message ?? `the file ends at byte ${this.#atByte}`);
      }
      this.#atByte += bytes;
      this.#leftBytes -= bytes;
      this.#outlet.write(piece.subarray(0, bytes), () => this.#proceed());
    });
  }
}
