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
 *   0x08 SIGNAL       u8 number; only while no request runs: run its handler, then END
 * worker → gateway
 *   0x10 HELLO        strings: version of this text (2), token, generation, slot, thread (0…),
 *                     pid [, claim pipe]; the thread may be "signals" or "signals N", see below
 *   0x11 HEAD         head of a response that is streamed
 *   0x12 DATA         bytes of its body
 *   0x13 END          u8 outcome (0 complete, 1 failed: the response must not look complete),
 *                     u8 waiting (0 not watched, 1 the thread ran through, 2 it waited),
 *                     u16 zero, u32 application time in µs, u64 resident bytes (0 unknown)
 *   0x14 FILE         the body is a part of a file that the worker has open: u32 descriptor,
 *                     u32 zero, u64 offset, u64 length (1 … 2^53 - 1); wait for FILE_TAKEN
 *   0x15 SKIPPED      empty; the REQUEST whose turn it was had been taken back
 *   0x16 ANSWER       a whole response and its END: the 16 bytes of END, then as RESPONSE
 *   0x17 RESPONSE     a whole response, u32 bytes of the head, head, body; close() still runs, and
 *                     END follows
 *   0x18 LIMIT        u32 ms that the running request may still run, from now on (0: any time),
 *                     in place of what harakiri leaves it; any number of times before END
 *   0x19 LOGVAR       strings: name, value …: variables of the running request for the access log;
 *                     any number of times before END. The one without a name is not logged: it is
 *                     the id under which the worker has logged the request, and behind a space
 *                     how the application has failed it
 *
 * "strings" is latin-1 text, each string followed by one NUL; NUL cannot occur inside. A "head" is
 * u32 number of headers, and latin-1 text as HTTP has it: the status ("200 OK"), then each header
 * as "name: value" in order, with CRLF behind each of these lines. A line break inside a header
 * would be one line more than there are headers.
 * Order per request: REQUEST [BODY … BODY_END] down; up ANSWER, or RESPONSE END, or
 * [HEAD DATA …] END. FILE may stand in place of the first DATA, and each is answered by one
 * FILE_TAKEN: after 0 only END may come, after 1 DATA as ever. END alone with outcome 1 means
 * that the application failed before it answered: the gateway answers 500. A body may still be
 * coming from the client. END ends it, also where the application has left it unread: what of it is
 * on its way then means nothing; where it is unread there is no FILE. End-of-file without DRAIN
 * means that the gateway died: the worker drops what it has and connects again, with a new HELLO.
 *
 * A slot runs one request at a time, but whole ones may be sent ahead. HELLO may name the read end
 * of a pipe, non-blocking, which the gateway opens as /proc/PID/fd/N. Before each REQUEST with
 * SENT_AHEAD it writes one byte there; before the worker runs one it reads one byte, and says
 * SKIPPED instead if there is none. The gateway takes back by reading: n bytes are the last n
 * requests that it sent. A CANCEL is sent when all that had not begun was taken back, so it means
 * the request that runs; it and FILE_TAKEN come behind what was sent ahead.
 *
 * A request that waits for a signal makes one more connection, whose HELLO has "signals" in place
 * of the thread, or "signals N" where it waits for number N. It is sent SIGNAL, and answers with
 * END, or closes when it has what it waited for; DRAIN ends the wait.
 */

/** In place of the thread in a HELLO: a request that waits for a signal. */
export const SIGNALS_OF_WAITER = /^signals(?: (?:0|[1-9][0-9]{0,2}))?$/;

export const frameTypes = {
  request: 0x01,
  body: 0x02,
  bodyEnd: 0x03,
  drain: 0x04,
  cancel: 0x05,
  reopenLog: 0x06,
  fileTaken: 0x07,
  signal: 0x08,
  hello: 0x10,
  head: 0x11,
  data: 0x12,
  end: 0x13,
  file: 0x14,
  skipped: 0x15,
  answer: 0x16,
  response: 0x17,
  limit: 0x18,
  logVariables: 0x19,
} as const;

const FRAME_HEADER_BYTES = 8;
const FRAME_PAYLOAD_MAX_BYTES = 16 * 1024 * 1024;
export const FLAG_HAS_BODY = 1;
export const FLAG_SENT_AHEAD = 2;
/** All that a REQUEST may have. */
const REQUEST_FLAGS = FLAG_HAS_BODY | FLAG_SENT_AHEAD;
/** Of this specification; raised when a side that knows the older one would misread a frame. */
export const CHANNEL_VERSION = '2';
const HELLO_STRINGS_MIN = 6;
const HELLO_STRINGS_MAX = 7;
export const END_BYTES = 16;
const FILE_BYTES = 24;
const ONE_BYTE = 1;
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
  [frameTypes.fileTaken, ONE_BYTE],
  [frameTypes.signal, ONE_BYTE],
  [frameTypes.limit, LIMIT_BYTES],
]);

/** What the specification calls each type. */
const frameNames = new Map<number, string>([
  [frameTypes.request, 'REQUEST'],
  [frameTypes.body, 'BODY'],
  [frameTypes.bodyEnd, 'BODY_END'],
  [frameTypes.drain, 'DRAIN'],
  [frameTypes.cancel, 'CANCEL'],
  [frameTypes.reopenLog, 'REOPEN_LOG'],
  [frameTypes.fileTaken, 'FILE_TAKEN'],
  [frameTypes.signal, 'SIGNAL'],
  [frameTypes.hello, 'HELLO'],
  [frameTypes.head, 'HEAD'],
  [frameTypes.data, 'DATA'],
  [frameTypes.end, 'END'],
  [frameTypes.file, 'FILE'],
  [frameTypes.skipped, 'SKIPPED'],
  [frameTypes.answer, 'ANSWER'],
  [frameTypes.response, 'RESPONSE'],
  [frameTypes.limit, 'LIMIT'],
  [frameTypes.logVariables, 'LOGVAR'],
]);

/** The bytes break the specification; the connection that they came from is of no more use. */
export class FrameError extends Error {}

/** Returns one frame with a payload of bytes. */
export function encodeFrame(type: number, payload: Uint8Array, flags = 0): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  writeHeader(frame, 0, type, flags, payload.length);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/** Returns the eight bytes with which a frame of `lengthBytes` begins. */
export function encodeHeader(type: number, lengthBytes: number): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  writeHeader(header, 0, type, 0, lengthBytes);
  return header;
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
  const bodyBytes = body === undefined ? 0 : bodyFramesBytes(body.length);
  const buffer = Buffer.allocUnsafe(textEnd + bodyBytes);
  writeHeader(buffer, 0, frameTypes.request, flags, text.length);
  buffer.write(text, FRAME_HEADER_BYTES, 'latin1');
  if (body !== undefined) writeBody(buffer, textEnd, body);
  return buffer;
}

/** How many bytes BODY, as often as it takes, and BODY_END are. */
function bodyFramesBytes(bodyBytes: number): number {
  const frames = Math.ceil(bodyBytes / FRAME_PAYLOAD_MAX_BYTES) + 1;
  return frames * FRAME_HEADER_BYTES + bodyBytes;
}

function writeBody(buffer: Buffer, start: number, body: Uint8Array): void {
  let at = start;
  for (let from = 0; from < body.length; from += FRAME_PAYLOAD_MAX_BYTES) {
    const part = body.subarray(from, from + FRAME_PAYLOAD_MAX_BYTES);
    writeHeader(buffer, at, frameTypes.body, 0, part.length);
    buffer.set(part, at + FRAME_HEADER_BYTES);
    at += FRAME_HEADER_BYTES + part.length;
  }
  writeHeader(buffer, at, frameTypes.bodyEnd, 0, 0);
}

/**
 * Returns the strings of a REQUEST or HELLO.
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
    throw new FrameError(`HELLO must have 6 or 7 strings, not ${strings.length}`);
  }
  if (strings.length === 0) throw new FrameError(`${nameOf(type)} has no strings`);
  const isPaired = (strings.length % 2 === 0) === (type === frameTypes.logVariables);
  if (!isPaired) {
    throw new FrameError(`${nameOf(type)} has a name without a value`);
  }
  return strings;
}

/**
 * Is called for each frame as it is read. DATA and BODY come in pieces as the bytes arrive, so that
 * a large frame is never held; `isLast` means that the frame is complete. Others come whole. The
 * payload lies in what was pushed.
 */
export type FrameHandler = (type: number, payload: Buffer, isLast: boolean, flags: number) => void;

/**
 * Cuts the bytes of a channel into frames, in one pass over each piece that arrives. At most one
 * incomplete frame is held.
 */
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

/** Returns the name of a frame type as the specification writes it. */
export function nameOf(type: number): string {
  return frameNames.get(type) ?? hexadecimal(type);
}

/** Returns a frame type as the specification writes numbers. */
function hexadecimal(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/** Writes the eight bytes of a frame's header at `at`. */
function writeHeader(
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
