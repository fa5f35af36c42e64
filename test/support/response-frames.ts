/** The frames of a response, as a worker writes them. */

import { encodeFrame, frameTypes } from '../../src/protocol/request-frames.ts';
import type { SentHead } from '../../src/protocol/response-frames.ts';

/** A head: a status, then name, value, name, value … */
export function sentHead(status: string, ...headers: readonly string[]): SentHead {
  let text = `${status}\r\n`;
  for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return { headers: headers.length / 2, text };
}

export function headFrame(status: string, ...headers: readonly string[]): Buffer {
  return encodeFrame(frameTypes.head, headBytes(sentHead(status, ...headers)));
}

/** The 16 bytes of END. */
export function endPayload({ outcome = 0, micros = 0 } = {}): Buffer {
  const payload = Buffer.alloc(16);
  payload[0] = outcome;
  payload.writeUInt32LE(micros, 4);
  return payload;
}

export function endFrame(end: { outcome?: number; micros?: number } = {}): Buffer {
  return encodeFrame(frameTypes.end, endPayload(end));
}

/** A whole response and its end. */
export function answerFrame(head: SentHead, body: Buffer, micros = 0): Buffer {
  const payload = Buffer.concat([endPayload({ micros }), wholePayload(head, body)]);
  return encodeFrame(frameTypes.answer, payload);
}

/** A whole response; its end follows. */
export function responseFrame(head: SentHead, body: Buffer): Buffer {
  return encodeFrame(frameTypes.response, wholePayload(head, body));
}

function wholePayload(head: SentHead, body: Buffer): Buffer {
  const bytes = headBytes(head);
  return Buffer.concat([number(bytes.length), bytes, body]);
}

function headBytes({ headers, text }: SentHead): Buffer {
  return Buffer.concat([number(headers), Buffer.from(text, 'latin1')]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
