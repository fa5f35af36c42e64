/**
 * Reads the head of an HTTP/1 request from bytes (pure).
 *
 * Strict where leniency lets two servers read one request differently (RFC 9112): lines end in
 * CRLF, nothing is folded, a field name is a token that stands before its colon, and the length of
 * the body is said once, in one way. What is doubtful is refused, and the connection closed.
 */

import { METHODS } from 'node:http';

import { isFieldName } from './field-name.ts';
import { readFraming } from './http-framing.ts';
import type { Framing, FramingFields } from './http-framing.ts';

/** What the client sent before the body. */
export interface HttpHead extends Omit<Framing, 'kind'> {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** name, value, name, value … as sent. */
  readonly rawHeaders: readonly string[];
}

export type HeadReading =
  | { readonly kind: 'head'; readonly head: HttpHead; readonly endAt: number }
  /** More bytes are needed. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'refused'; readonly status: HeadRefusal; readonly reason: string };

export type HeadRefusal = 400 | 414 | 431 | 501;

const incomplete: HeadReading = { kind: 'incomplete' };

/**
 * Reads the head that begins at `bytes[0]`. `lookedAt`: up to where the last call has looked in
 * vain for the end of it. `maxBytes`: the longest head.
 */
export function readHttpHead(bytes: Buffer, lookedAt: number, maxBytes: number): HeadReading {
  // Some clients send an empty line behind a body (RFC 9112, section 2.2).
  let start = 0;
  while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2;
  const end = bytes.indexOf(endOfHead, Math.max(start, lookedAt - 3));
  const isTooLarge = end > maxBytes || (end < 0 && bytes.length > maxBytes);
  if (isTooLarge) return tooLarge(bytes, start, maxBytes);
  if (end < 0) return begun(bytes, start, lookedAt);
  const text = bytes.toString('latin1', start, end);
  if (forbidden.test(text)) return refused(400, 'a control character, or a line without CRLF');
  const lineEnd = text.indexOf('\r\n');
  const line = requestLine.exec(lineEnd < 0 ? text : text.slice(0, lineEnd));
  if (line === null) return refused(400, 'the request line is not valid');
  const fields = readFields(text, lineEnd < 0 ? text.length : lineEnd + 2);
  if (typeof fields === 'string') return refused(400, fields);
  const [, method = '', target = '', minor] = line;
  if (!methods.has(method)) return refused(400, 'the method is unknown');
  const version = minor === '0' ? '1.0' : '1.1';
  const framing = readFraming(version, fields);
  if (framing.kind === 'refused') return framing;
  const { bodyBytes, keepsAlive, expectation } = framing;
  const { rawHeaders } = fields;
  const head = { method, target, version, rawHeaders, bodyBytes, keepsAlive, expectation } as const;
  return { kind: 'head', head, endAt: end + 4 };
}

const endOfHead = Buffer.from('\r\n\r\n');
/** All but tab, CRLF pairs, and what can be printed or belongs to another alphabet. */
// oxlint-disable-next-line no-control-regex
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
/** Method (a token), blanks as some clients send them, target (no blanks), version. */
const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) +([!-~]+) HTTP\/1\.([01])$/;
/** Those that node:http knows too; an application is asked for nothing else. */
const methods = new Set(METHODS);

interface Fields extends FramingFields {
  readonly rawHeaders: string[];
}

const none: readonly string[] = [];

/** Reads the field lines from `at` on; returns what is wrong with them where something is. */
function readFields(text: string, at: number): Fields | string {
  const rawHeaders: string[] = [];
  let hosts = 0;
  let lengths = none;
  let codings = none;
  let connection = '';
  let expect = '';
  while (at < text.length) {
    const found = text.indexOf('\r\n', at);
    const lineEnd = found < 0 ? text.length : found;
    const colon = text.indexOf(':', at);
    if (colon < 0 || colon > lineEnd) return 'a field line without a colon';
    const name = text.slice(at, colon);
    if (!isFieldName(name)) return 'a field name is not valid';
    const value = withoutBlanks(text, colon + 1, lineEnd);
    rawHeaders.push(name, value);
    switch (framingName(name)) {
      case 'host':
        hosts += 1;
        break;
      case 'expect':
        expect = value.toLowerCase();
        break;
      case 'connection':
        connection += `,${value.toLowerCase()}`;
        break;
      case 'content-length':
        lengths = [...lengths, value];
        break;
      case 'transfer-encoding':
        codings = [...codings, value.toLowerCase()];
        break;
    }
    at = lineEnd + 2;
  }
  return { rawHeaders, hosts, lengths, codings, connection, expect };
}

/** The name in small letters, of one that may matter here: few others have its length. */
function framingName(name: string): string {
  const { length } = name;
  const may = length === 4 || length === 6 || length === 10 || length === 14 || length === 17;
  return may ? name.toLowerCase() : '';
}

function withoutBlanks(text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** What has come may show already that it never becomes a head: a TLS client, a line feed. */
function begun(bytes: Buffer, start: number, lookedAt: number): HeadReading {
  const first = bytes[start];
  if (first === undefined || (first === 0x0d && bytes.length === start + 1)) return incomplete;
  // A CR at the end may be half of a CRLF.
  const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
  const from = Math.max(start, lookedAt - 2);
  // Nor is an LF at the beginning alone: the CR before it has been looked at.
  const text = bytes.toString('latin1', bytes[from] === 0x0a ? from + 1 : from, end);
  if (forbidden.test(text)) return refused(400, 'a control character, or a line without CRLF');
  const isBad = !isFieldName(String.fromCharCode(first));
  return isBad ? refused(400, 'the request line is not valid') : incomplete;
}

function tooLarge(bytes: Buffer, start: number, maxBytes: number): HeadReading {
  const lineEnd = bytes.indexOf('\r\n', start);
  const isLine = lineEnd < 0 || lineEnd > maxBytes;
  return isLine
    ? refused(414, 'the request line is longer than a head may be')
    : refused(431, 'the head is longer than it may be');
}

function refused(status: HeadRefusal, reason: string): HeadReading {
  return { kind: 'refused', status, reason };
}
