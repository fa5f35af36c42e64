/**
 * A body that is too large to be sent in one piece with its request: its beginning, or all of it,
 * waits in memory; what has no place there in a file.
 */

import type { BodyReader, BodySource } from '../dispatch/port.ts';
import type { SpooledBody } from '../spool/spooled-body.ts';
import { BLOCK_BYTES } from './body-memory.ts';
import type { BodyMemory } from './body-memory.ts';

export class WaitingBody implements BodySource {
  readonly #memory: BodyMemory;
  /** Full ones, but for the last. */
  readonly #blocks: Buffer[] = [];
  #usedOfLast = BLOCK_BYTES;
  #maxBytes: number;
  #isSending = false;
  #isClosed = false;
  /** What follows the blocks. */
  file: SpooledBody | undefined;

  /** Takes `maxBytes` into memory, if all of them are free when they come. */
  constructor(memory: BodyMemory, maxBytes: number) {
    this.#memory = memory;
    this.#maxBytes = maxBytes;
  }

  /** Copies bytes; returns those that have no place in memory, as none has that comes later. */
  append(bytes: Buffer): Buffer {
    let at = 0;
    while (at < bytes.length && this.#maxBytes > 0) {
      if (this.#usedOfLast === BLOCK_BYTES && !this.#grow()) break;
      const last = this.#blocks.at(-1);
      if (last === undefined) break;
      const end = Math.min(bytes.length, at + this.#maxBytes);
      const copied = bytes.copy(last, this.#usedOfLast, at, end);
      this.#usedOfLast += copied;
      this.#maxBytes -= copied;
      at += copied;
    }
    if (at < bytes.length) this.#maxBytes = 0;
    return bytes.subarray(at);
  }

  /** Gives all of it once, block by block; each block is free again when the reader has it. */
  read(reader: BodyReader): void {
    const block = this.#blocks.shift();
    if (block === undefined) {
      if (this.file !== undefined) return this.file.read(reader);
      this.#isClosed = true;
      return reader.end(null);
    }
    const isLast = this.#blocks.length === 0;
    this.#isSending = true;
    reader.piece(isLast ? block.subarray(0, this.#usedOfLast) : block, () => {
      if (this.#isClosed) return;
      this.#isSending = false;
      this.#memory.giveBack(block);
      this.read(reader);
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isSending) this.#memory.leave();
    for (const block of this.#blocks.splice(0)) this.#memory.giveBack(block);
    this.file?.close();
  }

  #grow(): boolean {
    const block = this.#memory.take();
    if (block === undefined) return false;
    this.#blocks.push(block);
    this.#usedOfLast = 0;
    return true;
  }
}
