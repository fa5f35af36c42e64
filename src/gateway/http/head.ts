/**
 * Reads the head of an HTTP/1 request from bytes (pure).
 *
 * Strict where leniency lets two servers read one request differently (RFC 9112): lines end in
 * CRLF, nothing is folded, a field name is a token that stands before its colon, and the length of
 * the body is given once, in one way. What is doubtful is refused, and the connection closed.
 */

/** What the client sent before the body. */
export interface HttpHead extends Omit<Framing, 'kind'> {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** name, value, name, value … as sent. */
  readonly rawHeaders: readonly string[];
}

/**
 * What the fields of a head mean for the message as such: how long its body is, and whether the
 * connection goes on (RFC 9112, sections 6 and 9.3).
 */
interface Framing {
  readonly kind: 'framing';
  /** Bytes of body that follow; 'chunked' when its chunks tell. */
  readonly bodyBytes: number | 'chunked';
  /** The client would send another request on this connection. */
  readonly keepsAlive: boolean;
  readonly expectation: 'none' | '100-continue' | 'unknown';
}

interface FramingRefusal {
  readonly kind: 'refused';
  readonly status: 400 | 501;
  readonly reason: string;
}

/** The values of the fields that matter here, as often as they came. */
interface FramingFields {
  readonly hosts: number;
  readonly lengths: readonly string[];
  /** In small letters, as the next two. */
  readonly codings: readonly string[];
  /** All values of Connection, with a comma before each. */
  readonly connection: string;
  readonly expect: string;
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
export const forbidden: RegExp = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
/**
 * Method, blanks as some clients send them, target (no blanks), version. A method may be any token:
 * which ones there are is the application's to say (RFC 9110, section 9.1).
 */
const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +([!-~]+) HTTP\/1\.([01])$/;

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

type Version = '1.0' | '1.1';

/** Reads what the fields mean for the message as such; refuses what can be read in two ways. */
function readFraming(version: Version, fields: FramingFields): Framing | FramingRefusal {
  const { hosts, lengths, codings } = fields;
  if (hosts > 1) return ambiguous('Host was sent twice');
  if (hosts === 0 && version === '1.1') return ambiguous('there is no Host');
  if (lengths.length > 1) return ambiguous('Content-Length was sent twice');
  const [length = '0'] = lengths;
  if (!/^[0-9]{1,15}$/.test(length)) return ambiguous('Content-Length is not a number');
  if (codings.length > 0) {
    if (lengths.length > 0) return ambiguous('both Content-Length and Transfer-Encoding');
    if (version === '1.0') return ambiguous('Transfer-Encoding in an HTTP/1.0 request');
    const status = codingRefusal(codings);
    if (status !== 0) return ambiguous('a transfer coding that cannot be read', status);
  }
  return {
    kind: 'framing',
    bodyBytes: codings.length > 0 ? 'chunked' : Number(length),
    keepsAlive: keepsAlive(version, fields.connection),
    expectation: expectationOf(version, fields.expect),
  };
}

/** 0 where the body is chunked and nothing more (RFC 9112, sections 6.1 and 6.3). */
function codingRefusal(codings: readonly string[]): 0 | 400 | 501 {
  if (codings.length === 1 && codings[0] === 'chunked') return 0;
  const named = codings.flatMap(listItems).filter((coding) => coding !== '');
  const isChunkedTwice = named.indexOf('chunked') !== named.lastIndexOf('chunked');
  return isChunkedTwice || (named.includes('chunked') && named.at(-1) !== 'chunked') ? 400 : 501;
}

function keepsAlive(version: Version, connection: string): boolean {
  if (connection === '') return version === '1.1';
  const options = listItems(connection);
  if (options.includes('close')) return false;
  return version === '1.1' || options.includes('keep-alive');
}

/** HTTP/1.0 has no expectations (RFC 9110, section 10.1.1). */
function expectationOf(version: Version, expect: string): Framing['expectation'] {
  if (expect === '' || version === '1.0') return 'none';
  return expect === '100-continue' ? '100-continue' : 'unknown';
}

function ambiguous(reason: string, status: FramingRefusal['status'] = 400): FramingRefusal {
  return { kind: 'refused', status, reason };
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Names that were found to be tokens; the limit is against clients that make names up. */
const known = new Set<string>();
const KNOWN_MAX = 1000;
const LENGTH_MAX = 64;

/** Whether a text may be the name of a header field: a token (RFC 9110, section 5.6.2). */
export function isFieldName(name: string): boolean {
  if (known.has(name)) return true;
  if (!token.test(name)) return false;
  if (known.size < KNOWN_MAX && name.length <= LENGTH_MAX) known.add(name);
  return true;
}

/**
 * The part of a text from `start` to before `end`, without blanks around it. HTTP's blanks are
 * space and tab alone (RFC 9110, section 5.6.3). String.trim() and \s also take U+00A0, among
 * others, which is a byte of a header's value: a server that reads "\xa0chunked" as "chunked" reads
 * another request than the proxy before it.
 */
export function withoutBlanks(text: string, start = 0, end = text.length): string {
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** The items of a list with commas, without the blanks around them; some may be empty. */
export function listItems(text: string): string[] {
  return text.split(',').map((item) => withoutBlanks(item));
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
