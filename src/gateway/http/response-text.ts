/**
 * An application's status and headers, and the text of an answer as it goes to the client (pure).
 *
 * Order, case and repeats are the application's. What belongs to the connection is the gateway's:
 * hop-by-hop headers of the application are left out, and only its `Connection: close` is honoured.
 */

import { listItems } from './head.ts';
import { isFieldName } from './head.ts';

export interface ResponseHead {
  readonly kind: 'head';
  readonly status: number;
  readonly reason: string;
  /** name, value, name, value … without the hop-by-hop ones. */
  readonly headers: string[];
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

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Of the answers that the gateway makes from a file; node:http's table would start a thread. */
export const fileReasons: Readonly<Record<number, string>> = {
  200: 'OK',
  206: 'Partial Content',
  304: 'Not Modified',
  412: 'Precondition Failed',
  416: 'Range Not Satisfiable',
};

/** "HTTP/1.1 " before the status, CRLF behind it, and the empty line at the end. */
const FRAME_BYTES = 9 + 2 + 2;

/** Reads the strings of a HEAD frame: status, then name, value …; or tells why it is refused. */
export function readResponseHead(strings: readonly string[]): ResponseHead | RefusedResponse {
  const statusLine = strings[0] ?? '';
  const status = Number(statusLine.slice(0, 3));
  if (!/^[2-9][0-9][0-9]( |$)/.test(statusLine)) {
    return { kind: 'refused', sentence: `the status "${statusLine}" is not one of a response` };
  }
  if (strings.length % 2 === 0) return { kind: 'refused', sentence: 'a header has no value' };
  const headers: string[] = [];
  let contentLength = -1;
  let wantsClose = false;
  let headerBytes = FRAME_BYTES + statusLine.length;
  for (let at = 1; at + 1 < strings.length; at += 2) {
    const name = strings[at] ?? '';
    const value = strings[at + 1] ?? '';
    headerBytes += name.length + value.length + 4;
    const key = name.toLowerCase();
    if (key === 'connection' && listItems(value.toLowerCase()).includes('close')) wantsClose = true;
    if (hopByHop.has(key)) continue;
    if (key === 'content-length') {
      const length = /^[0-9]{1,15}$/.test(value) ? Number(value) : -1;
      const isSecond = contentLength >= 0;
      if (length < 0 || (isSecond && length !== contentLength)) {
        return { kind: 'refused', sentence: `Content-Length "${value}" cannot be believed` };
      }
      contentLength = length;
      // RFC 9110, section 8.6: a 204 has none; a second one of the same value is left out.
      if (status === 204 || isSecond) continue;
    }
    headers.push(name, value);
  }
  return {
    kind: 'head',
    status,
    reason: statusLine.slice(4),
    headers,
    contentLength,
    wantsClose,
    headerCount: (strings.length - 1) / 2,
    headerBytes,
  };
}

/** The head of an answer: the application's, a file's, or that of a page of ours. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  /** name, value, name, value … */
  readonly headers: readonly string[];
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
  readonly kind: 'text';
  /** Latin-1, up to and with the empty line. */
  readonly text: string;
  /** The body goes out in chunks. */
  readonly isChunked: boolean;
  /** False also where only the end of the connection is the end of the body. */
  readonly keepsAlive: boolean;
}

/** Returns the text of a head at `dateMs` (ms since 1970), or why it cannot be sent. */
export function writeHead(
  { status, reason, headers }: AnswerHead,
  terms: HeadTerms,
  dateMs: number,
): HeadText | RefusedResponse {
  if (badText.test(reason)) return refused('a control character in the status');
  let text = `HTTP/1.1 ${status} ${reason}\r\n`;
  let hasLength = false;
  let hasDate = false;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const value = headers[at + 1] ?? '';
    if (!isFieldName(name)) return refused(`${JSON.stringify(name)} is not the name of a header`);
    if (badText.test(value)) return refused(`a control character in the header ${name}`);
    if (name.length === 14 && name.toLowerCase() === 'content-length') hasLength = true;
    else if (name.length === 4 && name.toLowerCase() === 'date') hasDate = true;
    text += `${name}: ${value}\r\n`;
  }
  const { protocol, version, hasBody, keepAliveHint } = terms;
  if (protocol === 'uwsgi') {
    return { kind: 'text', text: `${text}\r\n`, isChunked: false, keepsAlive: terms.keepsAlive };
  }
  const isUnframed = hasBody && !hasLength;
  const isChunked = isUnframed && version === '1.1';
  const keepsAlive = terms.keepsAlive && (isChunked || !isUnframed);
  if (!hasDate) text += `Date: ${dateAt(dateMs)}\r\n`;
  if (isChunked) text += 'Transfer-Encoding: chunked\r\n';
  text += keepsAlive ? 'Connection: keep-alive\r\n' : 'Connection: close\r\n';
  if (keepsAlive && keepAliveHint !== '') text += `Keep-Alive: ${keepAliveHint}\r\n`;
  return { kind: 'text', text: `${text}\r\n`, isChunked, keepsAlive };
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
