/** The meaning of a stream of frames as text: test/golden/frames/README.md says which. */

import { decodeFile, decodeFileTaken } from '../../src/protocol/file-frames.ts';
import type { EndFrame, SentHead } from '../../src/protocol/response-frames.ts';
import {
  decodeAnswer,
  decodeEnd,
  decodeHead,
  decodeResponse,
} from '../../src/protocol/response-frames.ts';
import {
  FrameError,
  FrameReader,
  decodeStrings,
  frameTypes,
  nameOf,
} from '../../src/protocol/request-frames.ts';

/** Returns it as a reader finds it that is given `step` bytes at a time. */
export function meaningOf(bytes: Buffer, step: number): string {
  let text = '';
  let pieces: Buffer[] = [];
  let readBytes = 0;
  const reader = new FrameReader((type, payload, isLast, flags) => {
    pieces.push(payload);
    if (!isLast) return;
    const whole = Buffer.concat(pieces);
    pieces = [];
    const lines = payloadLines(type, whole).map((line) => `  ${line}\n`);
    text += `${nameOf(type)} flags=${flags} length=${whole.length}\n${lines.join('')}`;
    readBytes += 8 + whole.length;
  });
  try {
    for (let at = 0; at < bytes.length; at += step) {
      reader.push(bytes.subarray(at, step === Infinity ? undefined : at + step));
      if (step === Infinity) break;
    }
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return `${text}error: ${error.message}\n`;
  }
  const rest = bytes.length - readBytes;
  return rest === 0 ? text : `${text}incomplete: ${rest} bytes\n`;
}

function payloadLines(type: number, payload: Buffer): string[] {
  if (type === frameTypes.body || type === frameTypes.data) {
    return payload.length === 0 ? [] : [payload.toString('hex')];
  }
  if (type === frameTypes.end) {
    return [endLine(decodeEnd(payload))];
  }
  if (type === frameTypes.head) return [headLine(decodeHead(payload))];
  if (type === frameTypes.response) {
    const { head, body } = decodeResponse(payload);
    return [headLine(head), body.toString('hex')];
  }
  if (type === frameTypes.answer) {
    const { head, body, end } = decodeAnswer(payload);
    return [endLine(end), headLine(head), body.toString('hex')];
  }
  if (type === frameTypes.file) {
    const { descriptor, start, lengthBytes } = decodeFile(payload);
    return [`descriptor=${descriptor} start=${start} bytes=${lengthBytes}`];
  }
  if (type === frameTypes.fileTaken) return [`taken=${decodeFileTaken(payload)}`];
  if (type === frameTypes.signal) return [`number=${payload[0] ?? -1}`];
  if (type === frameTypes.limit) return [`milliseconds=${payload.readUInt32LE(0)}`];
  const { request, hello, logVariables } = frameTypes;
  const hasStrings = [request, hello, logVariables].some((each) => each === type);
  return hasStrings ? decodeStrings(type, payload).map(quoted) : [];
}

function endLine(end: EndFrame): string {
  const fields = `outcome=${end.failed ? 1 : 0} microseconds=${end.applicationMicros}`;
  const said = end.hasWaited ? ' waited' : ' ran through';
  const waiting = end.hasWaited === undefined ? '' : said;
  return `${fields} resident=${end.residentBytes}${waiting}`;
}

function headLine({ headers, text }: SentHead): string {
  return `headers=${headers} ${quoted(text)}`;
}

function quoted(text: string): string {
  const escaped = text
    .replace(/["\\]/g, '\\$&')
    .replace(/[^ -~]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${escaped}"`;
}
