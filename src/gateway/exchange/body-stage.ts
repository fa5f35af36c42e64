/**
 * Bytes of a body on their way to its file (pure): collected in a block, so that there are few
 * writes, and nothing for the garbage collector. While the memory that all share is in use, the
 * block is borrowed for one write: a slow client holds none then.
 */

import type { BodyMemory } from './body-memory.ts';

export class BodyStage {
  readonly #memory: BodyMemory;
  #block: Buffer | undefined;
  #isBorrowed = false;
  #usedBytes = 0;
  /** What has no place in the block: seldom, as a read is smaller. */
  #rest: Buffer[] = [];

  constructor(memory: BodyMemory) {
    this.#memory = memory;
  }

  /** All that is to be written; it stays as it is until `written`. */
  get bytes(): Buffer {
    const first = this.#block?.subarray(0, this.#usedBytes);
    if (first !== undefined && this.#rest.length === 0) return first;
    return Buffer.concat(first === undefined ? this.#rest : [first, ...this.#rest]);
  }

  get isEmpty(): boolean {
    return this.#usedBytes === 0;
  }

  /** It should be written now. */
  get isDue(): boolean {
    return this.#isBorrowed || this.#usedBytes === this.#block?.length;
  }

  /** Copies bytes. */
  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.#block === undefined) {
      this.#block = this.#memory.take();
      this.#isBorrowed = this.#block === undefined;
    }
    this.#block ??= this.#memory.borrow();
    const copied = bytes.copy(this.#block, this.#usedBytes);
    this.#usedBytes += copied;
    if (copied < bytes.length) this.#rest.push(Buffer.from(bytes.subarray(copied)));
  }

  /** The file has all of it. */
  written(): void {
    this.#usedBytes = 0;
    this.#rest = [];
    if (this.#isBorrowed) this.close('unused');
  }

  /** `writing`: a write of the block may be under way. */
  close(how: 'unused' | 'writing'): void {
    const block = this.#block;
    if (block === undefined) return;
    if (!this.#isBorrowed) this.#memory.leave();
    if (how === 'unused') this.#memory.keep(block);
    this.#block = undefined;
    this.#isBorrowed = false;
  }
}
