/**
 * An application's status and headers as they go to the client (pure).
 *
 * Order, case and repeats are the application's. What belongs to the connection is ours to say:
 * its hop-by-hop headers are left out, and only `Connection: close` is honoured.
 */

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

/** "HTTP/1.1 " before the status, CRLF behind it, and the empty line at the end. */
const FRAME_BYTES = 9 + 2 + 2;

/** Reads the strings of a HEAD frame: status, then name, value …; or says why it cannot be sent. */
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
    if (key === 'connection' && /(^|,)\s*close\s*(,|$)/i.test(value)) wantsClose = true;
    if (hopByHop.has(key)) continue;
    if (key === 'content-length') {
      const length = /^[0-9]{1,15}$/.test(value) ? Number(value) : -1;
      const isSecond = contentLength >= 0;
      if (length < 0 || (isSecond && length !== contentLength)) {
        return { kind: 'refused', sentence: `Content-Length "${value}" cannot be believed` };
      }
      contentLength = length;
      // RFC 9110, section 8.6: a 204 has none; a second one of the same value is said once.
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
