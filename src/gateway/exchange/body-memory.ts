/**
 * Memory in which request bodies wait (pure): blocks of one size, which all requests share.
 *
 * A body that is in memory goes to its worker without a trip to the disk. Blocks are used again, so
 * that neither the kernel nor the garbage collector has to work for each upload, and the memory is
 * no larger than what is counted here. When all of it is in use, bodies go to the spool.
 */

export const BLOCK_BYTES = 128 * 1024;
/** Of all bodies together. */
const ALL_BLOCKS = (32 * 1024 * 1024) / BLOCK_BYTES;
/** Blocks that are kept for the next bodies while none needs them: 4 MiB. */
const SPARE_MAX = (4 * 1024 * 1024) / BLOCK_BYTES;

export class BodyMemory {
  readonly #spare: Buffer[] = [];
  #used = 0;

  /** Bytes that could be taken now. */
  get freeBytes(): number {
    return (ALL_BLOCKS - this.#used) * BLOCK_BYTES;
  }

  /** A block, with bytes of an earlier body in it; undefined when all are in use. */
  take(): Buffer | undefined {
    if (this.#used === ALL_BLOCKS) return undefined;
    this.#used += 1;
    return this.borrow();
  }

  /** A block that is not counted, for a moment. */
  borrow(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  /** Nobody reads the block any more. */
  giveBack(block: Buffer): void {
    this.leave();
    this.keep(block);
  }

  /** Keeps a block that is not counted for those who come. */
  keep(block: Buffer): void {
    if (this.#spare.length < SPARE_MAX) this.#spare.push(block);
  }

  /** A block is no longer needed; if a write of it may be under way, it is not used again. */
  leave(): void {
    this.#used -= 1;
  }
}
