/** Sends a body that is not in memory to a worker, no faster than the worker takes it. */

import { encodeFrame, frameTypes } from '../../protocol/request-frames.ts';
import type { BodySource } from '../dispatch/port.ts';

const bodyEndFrame = encodeFrame(frameTypes.bodyEnd, Buffer.alloc(0));

export interface BodyTaker {
  /** False: the request is over, or cancelled; the slot may have the next one by now. */
  readonly isWanted: () => boolean;
  readonly write: (frame: Buffer, taken?: () => void) => void;
  /** The rest cannot be had. */
  readonly lost: (error: Error) => void;
}

/** Sends BODY frames, and BODY_END behind the last. */
export function sendBody(source: BodySource, taker: BodyTaker): void {
  source.read({
    piece: (bytes, next) => {
      if (taker.isWanted()) taker.write(encodeFrame(frameTypes.body, bytes), next);
      else source.close();
    },
    end: (error) => {
      if (!taker.isWanted()) return;
      if (error === null) taker.write(bodyEndFrame);
      else taker.lost(error);
    },
  });
}
