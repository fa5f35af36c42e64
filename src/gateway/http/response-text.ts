/**
 * An application's status and headers, and the text of an answer as it goes to the client (pure).
 *
 * Order, case and repeats are the application's. What belongs to the connection is the gateway's:
 * hop-by-hop headers of the application are left out, and only its `Connection: close` is honoured.
 */

import type { SentHead } from '../../protocol/response-frames.ts';
import { forbidden, isFieldName, listItems } from './head.ts';

/** The head of an answer: the application's, a file's, or that of a page of ours. */
export interface AnswerHead {
  readonly kind: 'head';
  readonly status: number;
  readonly reason: string;
  /** The headers as they are sent, each with CRLF behind it. */
  readonly lines: string;
  readonly hasLength: boolean;
  readonly hasDate: boolean;
}

/** What an application has sent, without the hop-by-hop headers. */
export interface ResponseHead extends AnswerHead {
  /** Bytes of body that the application announced; -1 when it did not. */
  readonly contentLength: number;
  readonly wantsClose: boolean;
  /** As the application gave them, counted as uWSGI's request line does. */
  readonly headerCount: number;
  readonly headerBytes: number;
}

export interface RefusedResponse {
  readonly kind: 'refused';
  readonly sentence: string;
}

/** What a header is to the gateway. hop: it belongs to the connection. none: no header at all. */
type HeaderKind = 'usual' | 'length' | 'date' | 'connection' | 'hop' | 'none';

const kinds: ReadonlyMap<string, HeaderKind> = new Map([
  ['content-length', 'length'],
  ['date', 'date'],
  ['connection', 'connection'],
  ['keep-alive', 'hop'],
  ['proxy-connection', 'hop'],
  ['te', 'hop'],
  ['trailer', 'hop'],
  ['transfer-encoding', 'hop'],
  ['upgrade', 'hop'],
]);

/** Applications send few different names; the limit is against those that make names up. */
const knownKinds = new Map<string, HeaderKind>();
const KNOWN_MAX = 1000;
const KNOWN_LENGTH_MAX = 64;

/** Of the answers that the gateway makes from a file; node:http's table would start a thread. */
export const fileReasons: Readonly<Record<number, string>> = {
  200: 'OK',
  206: 'Partial Content',
  304: 'Not Modified',
  412: 'Precondition Failed',
  416: 'Range Not Satisfiable',
  503: 'Service Unavailable',
};

/** "HTTP/1.1 " before the status, and the empty line at the end. */
const FRAME_BYTES = 9 + 2;
const statusLine = /^[2-9][0-9][0-9]( |$)/;

/** What the headers of a response mean for the gateway. */
interface Meaning {
  contentLength: number;
  hasDate: boolean;
  wantsClose: boolean;
}

/**
 * Reads the head that a worker sends: the status and the headers, with CRLF behind each; or tells
 * why it is refused. A worker is not trusted: what passes here can neither end the head early nor
 * decide how the body is framed.
 */
export function readResponseHead({ headers, text }: SentHead): ResponseHead | RefusedResponse {
  if (forbidden.test(text)) return refused(`a control character in ${faultyLine(text)}`);
  const statusEnd = text.indexOf('\r\n');
  const line = text.slice(0, Math.max(statusEnd, 0));
  if (!statusLine.test(line)) return refused(`the status "${line}" is not one of a response`);
  const status = Number(line.slice(0, 3));
  const meaning: Meaning = { contentLength: -1, hasDate: false, wantsClose: false };
  let lines = '';
  let headerCount = 0;
  let keptFrom = statusEnd + 2;
  for (let at = keptFrom, end = 0; at < text.length; at = end + 2) {
    end = text.indexOf('\r\n', at);
    const colon = text.indexOf(': ', at);
    if (end < 0 || colon < 0 || colon > end) return refused('a header line without a name');
    headerCount += 1;
    const name = text.slice(at, colon);
    const kind = kindOf(name);
    if (kind === 'usual') continue;
    if (kind === 'none') return refused(`${JSON.stringify(name)} is not the name of a header`);
    const value = text.slice(colon + 2, end);
    const verdict = judge(kind, value, meaning);
    if (verdict === 'unbelievable') return refused(`Content-Length "${value}" cannot be believed`);
    // RFC 9110, section 8.6: a 204 has no length.
    if (verdict === 'keep' && !(kind === 'length' && status === 204)) continue;
    lines += text.slice(keptFrom, at);
    keptFrom = end + 2;
  }
  if (headerCount !== headers) return refused('a line break in a header');
  lines += text.slice(keptFrom);
  const { contentLength, hasDate, wantsClose } = meaning;
  const hasLength = contentLength >= 0 && status !== 204;
  const said = { status, reason: line.slice(4), lines, hasLength, hasDate };
  const counted = { headerCount, headerBytes: FRAME_BYTES + text.length };
  return { kind: 'head', ...said, contentLength, wantsClose, ...counted };
}

/** Notes what a header means; returns whether it goes to the client. */
function judge(
  kind: HeaderKind,
  value: string,
  meaning: Meaning,
): 'keep' | 'leave-out' | 'unbelievable' {
  if (kind === 'date') meaning.hasDate = true;
  if (kind === 'connection' && listItems(value.toLowerCase()).includes('close')) {
    meaning.wantsClose = true;
  }
  if (kind !== 'length') return kind === 'date' ? 'keep' : 'leave-out';
  const length = /^[0-9]{1,15}$/.test(value) ? Number(value) : -1;
  const isSecond = meaning.contentLength >= 0;
  if (length < 0 || (isSecond && length !== meaning.contentLength)) return 'unbelievable';
  meaning.contentLength = length;
  // A second one of the same value is left out.
  return isSecond ? 'leave-out' : 'keep';
}

function kindOf(name: string): HeaderKind {
  const known = knownKinds.get(name);
  if (known !== undefined) return known;
  if (!isFieldName(name)) return 'none';
  const kind = kinds.get(name.toLowerCase()) ?? 'usual';
  if (knownKinds.size < KNOWN_MAX && name.length <= KNOWN_LENGTH_MAX) knownKinds.set(name, kind);
  return kind;
}

/** Names the line with the control character, for the message. */
function faultyLine(text: string): string {
  const at = forbidden.exec(text)?.index ?? 0;
  const before = text.slice(0, at);
  const start = before.lastIndexOf('\r\n') + 2;
  const isStatus = start < 2;
  return isStatus ? 'the status' : `the header ${before.slice(start).split(':', 1)[0]}`;
}

/** Returns a head of these headers (name, value, name, value …), or why it cannot be sent. */
export function headOf(
  status: number,
  reason: string,
  headers: readonly string[],
): AnswerHead | RefusedResponse {
  let lines = '';
  let hasLength = false;
  let hasDate = false;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const value = headers[at + 1] ?? '';
    if (!isFieldName(name)) return refused(`${JSON.stringify(name)} is not the name of a header`);
    if (badText.test(value)) return refused(`a control character in the header ${name}`);
    const kind = kindOf(name);
    if (kind === 'length') hasLength = true;
    if (kind === 'date') hasDate = true;
    lines += `${name}: ${value}\r\n`;
  }
  return { kind: 'head', status, reason, lines, hasLength, hasDate };
}

/** Returns the headers of a head: name, value, name, value … */
export function headersOf({ lines }: AnswerHead): string[] {
  return lines
    .split('\r\n')
    .slice(0, -1)
    .flatMap((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    });
}

/** Returns the head with the length of its body. */
export function withLength(head: AnswerHead, lengthBytes: number): AnswerHead {
  const lines = `${head.lines}Content-Length: ${lengthBytes}\r\n`;
  return { ...head, lines, hasLength: true };
}

/** What decides how an answer is framed. */
export interface HeadTerms {
  /** `http` is framed and dated; a front server that speaks the uwsgi protocol does so itself. */
  readonly protocol: 'http' | 'uwsgi';
  readonly version: '1.0' | '1.1';
  /** A body follows: the request was not HEAD, and the status may have one. */
  readonly hasBody: boolean;
  readonly keepsAlive: boolean;
  /** What follows `Keep-Alive: `; '' for nothing. */
  readonly keepAliveHint: string;
}

export interface HeadText {
  /** Latin-1, up to and with the empty line. */
  readonly text: string;
  /** The body goes out in chunks. */
  readonly isChunked: boolean;
  /** False also where only the end of the connection is the end of the body. */
  readonly keepsAlive: boolean;
}

/** Returns the text of a head at `dateMs` (ms since 1970). */
export function writeHead(head: AnswerHead, terms: HeadTerms, dateMs: number): HeadText {
  const { protocol, version, hasBody, keepAliveHint } = terms;
  let text = `HTTP/1.1 ${head.status} ${head.reason}\r\n${head.lines}`;
  if (protocol === 'uwsgi') {
    return { text: `${text}\r\n`, isChunked: false, keepsAlive: terms.keepsAlive };
  }
  const isUnframed = hasBody && !head.hasLength;
  const isChunked = isUnframed && version === '1.1';
  const keepsAlive = terms.keepsAlive && (isChunked || !isUnframed);
  if (!head.hasDate) text += `Date: ${dateAt(dateMs)}\r\n`;
  if (isChunked) text += 'Transfer-Encoding: chunked\r\n';
  text += keepsAlive ? 'Connection: keep-alive\r\n' : 'Connection: close\r\n';
  if (keepsAlive && keepAliveHint !== '') text += `Keep-Alive: ${keepAliveHint}\r\n`;
  return { text: `${text}\r\n`, isChunked, keepsAlive };
}

// oxlint-disable-next-line no-control-regex
const badText = /[^\t\x20-\x7e\x80-\xff]/;

function refused(sentence: string): RefusedResponse {
  return { kind: 'refused', sentence };
}

/** Up to this size pieces are joined as text, which is quicker than to make buffers of them. */
const TEXT_MAX_BYTES = 16 * 1024;

/** Returns a chunk of a body, with the head that has waited for it; '' is no head. */
export function chunkOf(bytes: Buffer, head: string): string | Buffer {
  return joined(`${head}${bytes.length.toString(16)}\r\n`, bytes, '\r\n');
}

/** Returns a piece of a body behind the head that has waited for it. */
export function behindHead(head: string, bytes: Buffer): string | Buffer {
  return joined(head, bytes, '');
}

function joined(before: string, bytes: Buffer, after: string): string | Buffer {
  if (bytes.length <= TEXT_MAX_BYTES) return `${before}${bytes.toString('latin1')}${after}`;
  return Buffer.concat([Buffer.from(before, 'latin1'), bytes, Buffer.from(after, 'latin1')]);
}

/** Returns the end of a body in chunks; `text` is the last piece of it, or ''. */
export function lastChunks(text: string): string {
  const last = '0\r\n\r\n';
  return text === '' ? last : `${text.length.toString(16)}\r\n${text}\r\n${last}`;
}

let dateText = '';
let dateUntilMs = 0;

/** The date in HTTP's form (RFC 9110, section 5.6.7) at `nowMs` since 1970; made once a second. */
export function dateAt(nowMs: number): string {
  if (nowMs >= dateUntilMs || nowMs < dateUntilMs - 1000) {
    dateText = new Date(nowMs).toUTCString();
    dateUntilMs = nowMs - (nowMs % 1000) + 1000;
  }
  return dateText;
}
