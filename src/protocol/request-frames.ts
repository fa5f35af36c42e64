/**
 * The channel: frames between the gateway and one slot (thread) of a worker.
 *
 * THE SPECIFICATION (the same text opens request_frames.py; test/golden/frames holds vectors that
 * both sides run). A slot connects to the gateway's abstract unix stream and keeps the connection.
 * Both directions carry frames; integers are little-endian:
 *
 *     offset 0      1        2..3        4..7            8..
 *            type   flags    0 (zero)    length: u32     payload: length bytes (max 16 MiB)
 *
 * gateway → worker
 *   0x01 REQUEST      strings: application number, then name, value, name, value …
 *                     flags bit 0 (HAS_BODY): BODY frames follow, then BODY_END
 *                     flags bit 1 (SENT_AHEAD): sent while another ran, see below
 *   0x02 BODY         bytes of the request body
 *   0x03 BODY_END     empty
 *   0x04 DRAIN        empty; only while no request runs: leave (exit when every slot has)
 *   0x05 CANCEL       empty; client gone, no more of a body comes: close the iterator, then END
 *   0x06 REOPEN_LOG   empty; only while no request runs: open the log file anew as fd 1 and 2
 *   0x07 FILE_TAKEN   u8: 0 the gateway sends the file, close it; 1 send its bytes as DATA
 * worker → gateway
 *   0x10 HELLO        strings: token, generation, slot, thread (0…), pid [, claim pipe]
 *   0x11 HEAD         strings: status ("200 OK"), then name, value, name, value … in order
 *   0x12 DATA         bytes of the response body
 *   0x13 END          u8 outcome (0 complete, 1 failed: the response must not look complete),
 *                     u8 waiting (0 not watched, 1 the thread ran through, 2 it waited),
 *                     u16 zero, u32 application time in µs, u64 resident bytes (0 unknown)
 *   0x14 FILE         the body is a part of a file that the worker has open: u32 descriptor,
 *                     u32 zero, u64 offset, u64 length (1 … 2^53 - 1); wait for FILE_TAKEN
 *   0x15 SKIPPED      empty; the REQUEST whose turn it was had been taken back
 *   0x18 LIMIT        u32 ms that the running request may still run, from now on (0: any time),
 *                     in place of what harakiri leaves it; any number of times before END
 *
 * "strings" is latin-1 text, each string followed by one NUL; NUL cannot occur inside.
 * Order per request: REQUEST [BODY … BODY_END] down; [HEAD DATA …] END up. FILE may stand in
 * place of the first DATA, and each is answered by one FILE_TAKEN: after 0 only END may come,
 * after 1 DATA as ever. END without HEAD with outcome 1 means that the application failed
 * before it answered: the gateway answers 500. A body may still be coming from the client. END
 * ends it, also where the application has left it unread: what of it is on its way then means
 * nothing; where it is unread there is no FILE. End-of-file without DRAIN means that the gateway
 * died: the worker drops what it has and connects again, with a new HELLO.
 *
 * A slot runs one request at a time, but whole ones may be sent ahead. HELLO may name the read end
 * of a pipe, non-blocking, which the gateway opens as /proc/PID/fd/N. Before each REQUEST with
 * SENT_AHEAD it writes one byte there; before the worker runs one it reads one byte, and says
 * SKIPPED instead if there is none. The gateway takes back by reading: n bytes are the last n
 * requests that it sent. A CANCEL is sent when all that had not begun was taken back, so it means
 * the request that runs; it and FILE_TAKEN come behind what was sent ahead.
 */

export const frameTypes = {
  request: 0x01,
  body: 0x02,
  bodyEnd: 0x03,
  drain: 0x04,
  cancel: 0x05,
  reopenLog: 0x06,
  fileTaken: 0x07,
  hello: 0x10,
  head: 0x11,
  data: 0x12,
  end: 0x13,
  file: 0x14,
  skipped: 0x15,
  limit: 0x18,
} as const;

export const FRAME_HEADER_BYTES = 8;
export const FRAME_PAYLOAD_MAX_BYTES = 16 * 1024 * 1024;
export const FLAG_HAS_BODY = 1;
export const FLAG_SENT_AHEAD = 2;
/** All that a REQUEST may have. */
export const REQUEST_FLAGS = FLAG_HAS_BODY | FLAG_SENT_AHEAD;
const HELLO_STRINGS_MIN = 5;
const HELLO_STRINGS_MAX = 6;
export const END_BYTES = 16;

/** What an END frame says. */
export interface EndFrame {
  readonly failed: boolean;
  readonly applicationMicros: number;
  /** Its thread waited for something else than the processor; undefined: not looked at. */
  readonly hasWaited: boolean | undefined;
  /** Resident memory of the worker in bytes; 0 when it did not measure. */
  readonly residentBytes: number;
}

/** The bytes break the specification; the connection that they came from is of no more use. */
export class FrameError extends Error {}

/** Returns one frame with a payload of bytes. */
export function encodeFrame(type: number, payload: Uint8Array, flags = 0): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  writeHeader(frame, 0, type, flags, payload.length);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/** Returns one frame whose payload is strings. None of them may contain NUL. */
export function encodeStringsFrame(type: number, strings: readonly string[], flags = 0): Buffer {
  const text = strings.length === 0 ? '' : strings.join('\0') + '\0';
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + text.length);
  writeHeader(frame, 0, type, flags, text.length);
  frame.write(text, FRAME_HEADER_BYTES, 'latin1');
  return frame;
}

/**
 * Returns the strings of a REQUEST, HELLO or HEAD.
 * Throws FrameError where the last has no NUL, or their number is not one that the frame may have.
 */
export function decodeStrings(type: number, payload: Buffer): string[] {
  if (payload.length > 0 && payload[payload.length - 1] !== 0) {
    throw new FrameError(`${nameOf(type)} has a string without NUL`);
  }
  const text = payload.toString('latin1', 0, Math.max(0, payload.length - 1));
  const strings = payload.length === 0 ? [] : text.split('\0');
  if (type === frameTypes.hello) {
    if (strings.length >= HELLO_STRINGS_MIN && strings.length <= HELLO_STRINGS_MAX) return strings;
    throw new FrameError(`HELLO must have 5 or 6 strings, not ${strings.length}`);
  }
  if (strings.length === 0) throw new FrameError(`${nameOf(type)} has no strings`);
  if (strings.length % 2 === 0) {
    throw new FrameError(`${nameOf(type)} has a name without a value`);
  }
  return strings;
}

/** Returns what an END frame's payload says. Throws FrameError where it may not say so. */
export function decodeEnd(payload: Buffer): EndFrame {
  const outcome = payload[0] ?? 0;
  if (outcome > 1) throw new FrameError(`END has unknown outcome ${outcome}`);
  const waiting = payload[1] ?? 0;
  if (waiting > 2) throw new FrameError(`END has unknown waiting ${waiting}`);
  if (payload[2] !== 0 || payload[3] !== 0) {
    throw new FrameError('END has reserved bytes that are not zero');
  }
  return {
    failed: outcome === 1,
    applicationMicros: payload.readUInt32LE(4),
    hasWaited: waiting === 0 ? undefined : waiting === 2,
    residentBytes: payload.readUInt32LE(8) + payload.readUInt32LE(12) * 2 ** 32,
  };
}

/** What the specification calls each type. */
export const frameNames = new Map<number, string>([
  [frameTypes.request, 'REQUEST'],
  [frameTypes.body, 'BODY'],
  [frameTypes.bodyEnd, 'BODY_END'],
  [frameTypes.drain, 'DRAIN'],
  [frameTypes.cancel, 'CANCEL'],
  [frameTypes.reopenLog, 'REOPEN_LOG'],
  [frameTypes.fileTaken, 'FILE_TAKEN'],
  [frameTypes.hello, 'HELLO'],
  [frameTypes.head, 'HEAD'],
  [frameTypes.data, 'DATA'],
  [frameTypes.end, 'END'],
  [frameTypes.file, 'FILE'],
  [frameTypes.skipped, 'SKIPPED'],
  [frameTypes.limit, 'LIMIT'],
]);

/** Returns the name of a frame type as the specification writes it. */
export function nameOf(type: number): string {
  return frameNames.get(type) ?? hexadecimal(type);
}

/** Returns a frame type as the specification writes numbers. */
export function hexadecimal(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/** Writes the eight bytes of a frame's header at `at`. */
export function writeHeader(
  buffer: Buffer,
  at: number,
  type: number,
  flags: number,
  length: number,
): void {
  buffer[at] = type;
  buffer[at + 1] = flags;
  buffer[at + 2] = 0;
  buffer[at + 3] = 0;
  buffer.writeUInt32LE(length, at + 4);
}
