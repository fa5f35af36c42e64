/**
 * Cuts the bytes of a channel into frames.
 *
 * One pass over each piece that arrives; only a frame that is cut by the end of a piece is held.
 */

import { checkHeader } from './frame-header.ts';
import { FRAME_HEADER_BYTES, frameTypes } from './request-frames.ts';

/**
 * Is told of each frame as it is read. DATA and BODY come in pieces as the bytes arrive, so that a
 * large frame is never held; `isLast` says that the frame is complete. Others come whole. The
 * payload lies in what was pushed.
 */
export type FrameHandler = (type: number, payload: Buffer, isLast: boolean, flags: number) => void;

/** Cuts a stream of bytes into frames; holds at most one incomplete frame. */
export class FrameReader {
  readonly #handle: FrameHandler;
  #held: Buffer | undefined;
  /** What is still to come of a frame that is passed on in pieces. */
  #restBytes = 0;
  #restType = 0;
  #restFlags = 0;

  constructor(handle: FrameHandler) {
    this.#handle = handle;
  }

  /** Reads on. Throws FrameError on an unknown type or a length over the limit. */
  push(chunk: Buffer): void {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    let at = this.#passRest(bytes);
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const type = bytes[at] ?? 0;
      const flags = bytes[at + 1] ?? 0;
      const length = bytes.readUInt32LE(at + 4);
      checkHeader(type, flags, bytes.readUInt16LE(at + 2), length);
      const start = at + FRAME_HEADER_BYTES;
      const available = bytes.length - start;
      if (available >= length) {
        this.#handle(type, bytes.subarray(start, start + length), true, flags);
        at = start + length;
      } else if (type === frameTypes.data || type === frameTypes.body) {
        if (available > 0) this.#handle(type, bytes.subarray(start), false, flags);
        this.#restBytes = length - available;
        this.#restType = type;
        this.#restFlags = flags;
        return;
      } else {
        break;
      }
    }
    if (at < bytes.length) this.#held = Buffer.from(bytes.subarray(at));
  }

  /** Passes on what belongs to the frame that was begun; returns where the next one starts. */
  #passRest(bytes: Buffer): number {
    if (this.#restBytes === 0) return 0;
    const taken = Math.min(this.#restBytes, bytes.length);
    this.#restBytes -= taken;
    const isLast = this.#restBytes === 0;
    this.#handle(this.#restType, bytes.subarray(0, taken), isLast, this.#restFlags);
    return taken;
  }
}
