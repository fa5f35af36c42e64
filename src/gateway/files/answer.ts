/**
 * What a file is answered with: all of it, a part, or nothing new (pure; RFC 9110, 13 and 14).
 *
 * One range is served; of several the whole file is sent, which a server may always do.
 */

import { listItems } from '../http/head.ts';
import type { FilePart } from './open-file.ts';

/** What this room needs to know of a request. */
export interface FileRequest {
  readonly method: string;
  /** The target as sent. */
  readonly uri: string;
  /** Its name in the logs. */
  readonly id: string;
  readonly head: {
    /** Decoded, without the query. */
    readonly path: string;
  };
  /** The value of a request header by its variable: HTTP_RANGE. */
  header(variable: string): string | undefined;
}

/** An answer that comes from a file. Its receiver closes the file, also where it cannot send it. */
export interface FileResponse {
  readonly status: number;
  /** name, value, name, value … */
  readonly headers: string[];
  /** Undefined where a front server sends the file. */
  readonly part: FilePart | undefined;
  /** A small body instead of a part. */
  readonly text?: string;
}

export interface FileFacts {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly contentType: string;
  /** The application's own tag, instead of one made of date and size. */
  readonly etag?: string | undefined;
}

export interface FileAnswer {
  readonly status: 200 | 206 | 304 | 412 | 416;
  /** name, value, name, value … */
  readonly headers: string[];
  /** The bytes to send: from `start`, `lengthBytes` of them. */
  readonly start: number;
  readonly lengthBytes: number;
}

/** The value of a request header by its variable: HTTP_RANGE. */
export type HeaderOf = (variable: string) => string | undefined;

/** Returns the answer to a GET or HEAD for this file. */
export function answerFile(file: FileFacts, method: string, headerOf: HeaderOf): FileAnswer {
  const seconds = Math.floor(file.modifiedMs / 1000);
  const lastModified = new Date(seconds * 1000).toUTCString();
  const etag = file.etag ?? `"${seconds.toString(16)}-${file.sizeBytes.toString(16)}"`;
  const validators = ['Last-Modified', lastModified, 'ETag', etag];
  if (isAnother(headerOf, etag, seconds)) {
    return { status: 412, headers: ['Content-Length', '0'], start: 0, lengthBytes: 0 };
  }
  if (isKnown(headerOf, etag, seconds)) {
    return { status: 304, headers: validators, start: 0, lengthBytes: 0 };
  }
  const about = ['Content-Type', file.contentType, ...validators, 'Accept-Ranges', 'bytes'];
  const wanted = method === 'GET' ? headerOf('HTTP_RANGE') : undefined;
  const range =
    wanted !== undefined && mayBeRange(headerOf('HTTP_IF_RANGE'), etag, lastModified)
      ? readRange(wanted, file.sizeBytes)
      : undefined;
  if (range === 'unsatisfiable') {
    const headers = ['Content-Range', `bytes */${file.sizeBytes}`, 'Content-Length', '0'];
    return { status: 416, headers, start: 0, lengthBytes: 0 };
  }
  const { start, end } = range ?? { start: 0, end: file.sizeBytes };
  const lengthBytes = end - start;
  const headers = [...about, 'Content-Length', String(lengthBytes)];
  if (range === undefined) return { status: 200, headers, start, lengthBytes };
  headers.push('Content-Range', `bytes ${start}-${end - 1}/${file.sizeBytes}`);
  return { status: 206, headers, start, lengthBytes };
}

/** The client wants the file only as it was, and it has changed. */
function isAnother(headerOf: HeaderOf, etag: string, seconds: number): boolean {
  const tags = headerOf('HTTP_IF_MATCH');
  if (tags !== undefined) {
    const names = listItems(tags);
    return !names.includes(etag) && !names.includes('*');
  }
  return Date.parse(headerOf('HTTP_IF_UNMODIFIED_SINCE') ?? '') < seconds * 1000;
}

/** The client has this very file: by its tag, or where it names none by its date. */
function isKnown(headerOf: HeaderOf, etag: string, seconds: number): boolean {
  const tags = headerOf('HTTP_IF_NONE_MATCH');
  if (tags !== undefined) {
    const names = listItems(tags).map((tag) => tag.replace(/^W\//, ''));
    return names.includes(etag.replace(/^W\//, '')) || names.includes('*');
  }
  return Date.parse(headerOf('HTTP_IF_MODIFIED_SINCE') ?? '') >= seconds * 1000;
}

/** A part fits only to the file that the client has the rest of. */
function mayBeRange(ifRange: string | undefined, etag: string, lastModified: string): boolean {
  if (ifRange === undefined || ifRange === lastModified) return true;
  return ifRange === etag && !etag.startsWith('W/');
}

/** Returns the bytes from `start` to before `end`; undefined for what is to be ignored. */
function readRange(
  text: string,
  sizeBytes: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(text);
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const start = Math.max(0, sizeBytes - Number(last));
    return start < sizeBytes ? { start, end: sizeBytes } : 'unsatisfiable';
  }
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= sizeBytes) return 'unsatisfiable';
  const end = last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  return { start: Number(first), end };
}
