/** Sends a large body to a worker from its file. */

import type { Socket } from 'node:net';

import { encodeFrame, frameTypes } from '../protocol/request-frames.ts';
import type { SpoolFile } from './spool-file.ts';

export interface SpooledBodyEvents {
  /** The request still runs, and its client is there. */
  readonly isWanted: () => boolean;
  /** The rest cannot be read from the file. */
  readonly lost: (error: Error) => void;
}

const bodyEndFrame = encodeFrame(frameTypes.bodyEnd, Buffer.alloc(0));

/** Streams it; each piece waits until the worker has taken the last. */
export function sendSpooled(socket: Socket, file: SpoolFile, events: SpooledBodyEvents): void {
  file.read({
    piece: (bytes, next) => {
      if (!events.isWanted()) return file.close();
      socket.write(encodeFrame(frameTypes.body, bytes), next);
    },
    end: (error) => {
      if (!events.isWanted()) return;
      if (error === null) socket.write(bodyEndFrame);
      else events.lost(error);
    },
  });
}
