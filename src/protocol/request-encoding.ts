/** A request as the frames that begin it. */

import {
  FLAG_HAS_BODY,
  FLAG_SENT_AHEAD,
  FRAME_HEADER_BYTES,
  frameTypes,
  writeHeader,
} from './request-frames.ts';

/**
 * Returns a REQUEST, and where `body` is given all of BODY and BODY_END, in one buffer, so that
 * one write wakes the worker once. `hasBody` without `body` promises that BODY frames will follow.
 */
export function encodeRequest(
  strings: readonly string[],
  body: Uint8Array | undefined,
  hasBody = body !== undefined,
  isAhead = false,
): Buffer {
  const text = strings.join('\0') + '\0';
  const flags = (hasBody ? FLAG_HAS_BODY : 0) | (isAhead ? FLAG_SENT_AHEAD : 0);
  const textEnd = FRAME_HEADER_BYTES + text.length;
  const bodyBytes = body === undefined ? 0 : 2 * FRAME_HEADER_BYTES + body.length;
  const buffer = Buffer.allocUnsafe(textEnd + bodyBytes);
  writeHeader(buffer, 0, frameTypes.request, flags, text.length);
  buffer.write(text, FRAME_HEADER_BYTES, 'latin1');
  if (body !== undefined) {
    writeHeader(buffer, textEnd, frameTypes.body, 0, body.length);
    buffer.set(body, textEnd + FRAME_HEADER_BYTES);
    const endAt = textEnd + FRAME_HEADER_BYTES + body.length;
    writeHeader(buffer, endAt, frameTypes.bodyEnd, 0, 0);
  }
  return buffer;
}
