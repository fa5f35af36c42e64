/** The golden frames: each case's bytes must mean, in Node, what the case says. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { decodeFile, decodeFileTaken } from '../../../src/protocol/file-frames.ts';
import { FrameReader } from '../../../src/protocol/frame-reader.ts';
import {
  FrameError,
  decodeEnd,
  decodeStrings,
  frameTypes,
  nameOf,
} from '../../../src/protocol/request-frames.ts';

const folder = join(import.meta.dirname, '../../golden/frames');
const cases = readdirSync(folder).filter((name) => name.endsWith('.case'));

/** How much of the stream a reader is given at once. */
for (const step of [Infinity, 1, 7]) {
  for (const name of cases) {
    test(`${name}, ${step === Infinity ? 'whole' : `${step} bytes at a time`}`, () => {
      const [hex = '', meaning = ''] = readFileSync(join(folder, name), 'utf8').split(/^---\n/m);
      const bytes = Buffer.from(hex.replace(/#.*/g, '').replace(/\s/g, ''), 'hex');
      assert.equal(meaningOf(bytes, step), meaning);
    });
  }
}

function meaningOf(bytes: Buffer, step: number): string {
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
    const end = decodeEnd(payload);
    const outcome = end.failed ? 1 : 0;
    return [
      `outcome=${outcome} microseconds=${end.applicationMicros} resident=${end.residentBytes}`,
    ];
  }
  if (type === frameTypes.file) {
    const { descriptor, start, lengthBytes } = decodeFile(payload);
    return [`descriptor=${descriptor} start=${start} bytes=${lengthBytes}`];
  }
  if (type === frameTypes.fileTaken) return [`taken=${decodeFileTaken(payload)}`];
  const hasStrings =
    type === frameTypes.request || type === frameTypes.hello || type === frameTypes.head;
  return hasStrings ? decodeStrings(type, payload).map(quoted) : [];
}

function quoted(text: string): string {
  const escaped = text
    .replace(/["\\]/g, '\\$&')
    .replace(/[^ -~]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${escaped}"`;
}
