/**
 * What the fields of a head say of the message as such: how long its body is, and whether the
 * connection goes on (pure; RFC 9112, sections 6 and 9.3).
 */

export interface Framing {
  readonly kind: 'framing';
  /** Bytes of body that follow; 'chunked' when its chunks say so. */
  readonly bodyBytes: number | 'chunked';
  /** The client would send another request on this connection. */
  readonly keepsAlive: boolean;
  readonly expectation: 'none' | '100-continue' | 'unknown';
}

export interface FramingRefusal {
  readonly kind: 'refused';
  readonly status: 400 | 501;
  readonly reason: string;
}

/** The values of the fields that matter here, as often as they came. */
export interface FramingFields {
  readonly hosts: number;
  readonly lengths: readonly string[];
  /** In small letters, as the next two. */
  readonly codings: readonly string[];
  /** All values of Connection, with a comma before each. */
  readonly connection: string;
  readonly expect: string;
}

type Version = '1.0' | '1.1';

/** Reads them; refuses what can be read in two ways. */
export function readFraming(version: Version, fields: FramingFields): Framing | FramingRefusal {
  const { hosts, lengths, codings } = fields;
  if (hosts > 1) return refused('Host was sent twice');
  if (hosts === 0 && version === '1.1') return refused('there is no Host');
  if (lengths.length > 1) return refused('Content-Length was sent twice');
  const [length = '0'] = lengths;
  if (!/^[0-9]{1,15}$/.test(length)) return refused('Content-Length is not a number');
  if (codings.length > 0) {
    if (lengths.length > 0) return refused('both Content-Length and Transfer-Encoding');
    if (version === '1.0') return refused('Transfer-Encoding in an HTTP/1.0 request');
    const status = codingRefusal(codings);
    if (status !== 0) return refused('a transfer coding that cannot be read', status);
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
  const list = codings.flatMap((value) => value.split(',')).map((coding) => coding.trim());
  const named = list.filter((coding) => coding !== '');
  if (named.length === 1 && named[0] === 'chunked') return 0;
  const isChunkedTwice = named.indexOf('chunked') !== named.lastIndexOf('chunked');
  return isChunkedTwice || (named.includes('chunked') && named.at(-1) !== 'chunked') ? 400 : 501;
}

function keepsAlive(version: Version, connection: string): boolean {
  if (connection === '') return version === '1.1';
  const options = connection.split(',').map((option) => option.trim());
  if (options.includes('close')) return false;
  return version === '1.1' || options.includes('keep-alive');
}

/** HTTP/1.0 has no expectations (RFC 9110, section 10.1.1). */
function expectationOf(version: Version, expect: string): Framing['expectation'] {
  if (expect === '' || version === '1.0') return 'none';
  return expect === '100-continue' ? '100-continue' : 'unknown';
}

function refused(reason: string, status: FramingRefusal['status'] = 400): FramingRefusal {
  return { kind: 'refused', status, reason };
}
