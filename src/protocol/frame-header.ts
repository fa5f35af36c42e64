/** The rules that the first eight bytes of a frame are held to. */

import {
  END_BYTES,
  FRAME_PAYLOAD_MAX_BYTES,
  FrameError,
  REQUEST_FLAGS,
  frameNames,
  frameTypes,
  hexadecimal,
} from './request-frames.ts';

const FILE_BYTES = 24;
const FILE_TAKEN_BYTES = 1;
const LIMIT_BYTES = 4;

const mustBeEmpty = new Set<number>([
  frameTypes.bodyEnd,
  frameTypes.drain,
  frameTypes.cancel,
  frameTypes.reopenLog,
  frameTypes.skipped,
]);

const sizes = new Map<number, number>([
  [frameTypes.end, END_BYTES],
  [frameTypes.file, FILE_BYTES],
  [frameTypes.fileTaken, FILE_TAKEN_BYTES],
  [frameTypes.limit, LIMIT_BYTES],
]);

/** Judges a frame by its first eight bytes. Throws FrameError where they break a rule. */
export function checkHeader(type: number, flags: number, reserved: number, length: number): void {
  const name = frameNames.get(type);
  if (name === undefined) throw new FrameError(`type ${hexadecimal(type)} is unknown`);
  if ((flags & (type === frameTypes.request ? ~REQUEST_FLAGS : ~0)) !== 0) {
    throw new FrameError(`${name} has unknown flags ${hexadecimal(flags)}`);
  }
  if (reserved !== 0) throw new FrameError(`${name} has reserved bytes that are not zero`);
  if (length > FRAME_PAYLOAD_MAX_BYTES) {
    throw new FrameError(`${name} is ${length} bytes long, more than ${FRAME_PAYLOAD_MAX_BYTES}`);
  }
  if (length > 0 && mustBeEmpty.has(type)) {
    throw new FrameError(`${name} must be empty, not ${length} bytes`);
  }
  const due = sizes.get(type) ?? length;
  if (length !== due) throw new FrameError(`${name} must be ${due} bytes, not ${length}`);
}
