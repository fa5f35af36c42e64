/** FILE and FILE_TAKEN: a body that is a part of a file which the worker has open. */

import { FrameError } from './request-frames.ts';

/** The content of a FILE frame. */
export interface FileFrame {
  readonly descriptor: number;
  readonly start: number;
  readonly lengthBytes: number;
}

/** A part of a file that the worker with this pid has open. */
export interface OfferedFile extends FileFrame {
  readonly pid: number;
}

/** Decodes the payload of a FILE frame. Throws FrameError where it breaks the specification. */
export function decodeFile(payload: Buffer): FileFrame {
  if (payload.readUInt32LE(4) !== 0) {
    throw new FrameError('FILE has reserved bytes that are not zero');
  }
  const start = payload.readBigUInt64LE(8);
  const length = payload.readBigUInt64LE(16);
  if (length === 0n || start + length > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FrameError(`FILE has an impossible part, ${length} bytes from ${start}`);
  }
  const descriptor = payload.readUInt32LE(0);
  return { descriptor, start: Number(start), lengthBytes: Number(length) };
}

/** Decodes the payload of a FILE_TAKEN frame: whether the gateway sends the file. */
export function decodeFileTaken(payload: Buffer): boolean {
  const answer = payload[0] ?? 0;
  if (answer > 1) throw new FrameError(`FILE_TAKEN has unknown answer ${answer}`);
  return answer === 0;
}
