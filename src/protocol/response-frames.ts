/** ANSWER, RESPONSE, HEAD and END: responses as workers send them. */

import { END_BYTES, FrameError, frameTypes, nameOf } from './request-frames.ts';

/** The content of an END frame. */
export interface EndFrame {
  readonly failed: boolean;
  readonly applicationMicros: number;
  /** Its thread waited for something else than the processor; undefined: not looked at. */
  readonly hasWaited: boolean | undefined;
  /** Resident memory of the worker in bytes; 0 when it did not measure. */
  readonly residentBytes: number;
}

/** The head of a response; nothing of it has been checked. */
export interface SentHead {
  /** How many headers the application has set. */
  readonly headers: number;
  /** The status and the headers, each with CRLF behind it. */
  readonly text: string;
}

/** A response that has come whole. */
export interface WholeResponse {
  readonly head: SentHead;
  /** Lies in the payload. */
  readonly body: Buffer;
}

/** The number of bytes of the head, before it; and that of its headers, at its beginning. */
const NUMBER_BYTES = 4;

/** Decodes the payload of a HEAD frame. Throws FrameError where it breaks the specification. */
export function decodeHead(payload: Buffer): SentHead {
  return headAt(frameTypes.head, payload, 0, payload.length);
}

/** Decodes the payload of a RESPONSE frame. Throws FrameError where it breaks the specification. */
export function decodeResponse(payload: Buffer): WholeResponse {
  return wholeResponse(frameTypes.response, payload, 0);
}

/** Decodes the payload of an ANSWER frame. Throws FrameError where it breaks the specification. */
export function decodeAnswer(payload: Buffer): WholeResponse & { readonly end: EndFrame } {
  const { head, body } = wholeResponse(frameTypes.answer, payload, END_BYTES);
  return { head, body, end: decodeEnd(payload, frameTypes.answer) };
}

/**
 * Decodes the payload of an END frame, or what an ANSWER begins with. Throws FrameError where it
 * breaks the specification.
 */
export function decodeEnd(payload: Buffer, type: number = frameTypes.end): EndFrame {
  const outcome = payload[0] ?? 0;
  if (outcome > 1) throw new FrameError(`${nameOf(type)} has unknown outcome ${outcome}`);
  const waiting = payload[1] ?? 0;
  if (waiting > 2) throw new FrameError(`${nameOf(type)} has unknown waiting ${waiting}`);
  if (payload[2] !== 0 || payload[3] !== 0) {
    throw new FrameError(`${nameOf(type)} has reserved bytes that are not zero`);
  }
  return {
    failed: outcome === 1,
    applicationMicros: payload.readUInt32LE(4),
    hasWaited: waiting === 0 ? undefined : waiting === 2,
    residentBytes: payload.readUInt32LE(8) + payload.readUInt32LE(12) * 2 ** 32,
  };
}

function wholeResponse(type: number, payload: Buffer, at: number): WholeResponse {
  const start = at + NUMBER_BYTES;
  if (payload.length < start) {
    throw new FrameError(`${nameOf(type)} is ${payload.length} bytes long, less than ${start}`);
  }
  const end = start + payload.readUInt32LE(at);
  if (end > payload.length) {
    throw new FrameError(`${nameOf(type)} has a head of ${end - start} bytes, beyond its end`);
  }
  return { head: headAt(type, payload, start, end), body: payload.subarray(end) };
}

function headAt(type: number, payload: Buffer, start: number, end: number): SentHead {
  const textAt = start + NUMBER_BYTES;
  if (textAt > end) {
    throw new FrameError(`${nameOf(type)} has a head of ${end - start} bytes, less than 4`);
  }
  const headers = payload.readUInt32LE(start);
  return { headers, text: payload.toString('latin1', textAt, end) };
}
