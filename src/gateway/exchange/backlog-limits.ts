/**
 * How much of a response may wait for its client, in memory and in a file (pure).
 *
 * One response may have a megabyte of memory. Where many are open each has less, so that hundreds
 * of clients that read slowly do not cost hundreds of megabytes.
 */

import type { BacklogLimits } from './backlog.ts';

const ONE_MAX_BYTES = 1024 * 1024;
const ONE_MIN_BYTES = 64 * 1024;
/** Of all responses together, as long as there are not more than five hundred. */
const ALL_BYTES = 32 * 1024 * 1024;

export class ResponseLimits implements BacklogLimits {
  readonly fileMaxBytes: number;
  readonly #openResponses: () => number;

  constructor(fileMaxBytes: number, openResponses: () => number) {
    this.fileMaxBytes = fileMaxBytes;
    this.#openResponses = openResponses;
  }

  get memoryMaxBytes(): number {
    const share = ALL_BYTES / Math.max(1, this.#openResponses());
    return Math.min(ONE_MAX_BYTES, Math.max(ONE_MIN_BYTES, share));
  }
}
