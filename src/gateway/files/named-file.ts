/**
 * The file that an application names in X-Sendfile or X-Accel-Redirect, and the head that goes with
 * it (pure).
 */

import { headOf, headersOf } from '../http/response-text.ts';
import type { AnswerHead } from '../http/response-text.ts';
import type { FileAnswer } from './answer.ts';

export interface NamedFile {
  readonly header: string;
  /** Latin-1 text that stands for bytes. */
  readonly path: string;
}

/** Returns the file that a head names, and the head without the headers that name one. */
export function splitNamedFile(head: AnswerHead): {
  readonly named: NamedFile | undefined;
  readonly rest: AnswerHead;
} {
  const headers = headersOf(head);
  const named = takeNamedFile(headers);
  const rest = headOf(head.status, head.reason, headers);
  return { named, rest: rest.kind === 'head' ? rest : head };
}

/** Takes the naming headers out of a list of name, value …; undefined where there are none. */
export function takeNamedFile(headers: string[]): NamedFile | undefined {
  let named: NamedFile | undefined;
  for (let at = headers.length - 2; at >= 0; at -= 2) {
    const [header = '', value = ''] = headers.slice(at, at + 2);
    const name = header.toLowerCase();
    if (name !== 'x-sendfile' && name !== 'x-accel-redirect') continue;
    headers.splice(at, 2);
    const path = name === 'x-sendfile' ? value : decoded(value);
    if (value !== '') named = { header, path };
  }
  return named;
}

/** As nginx takes it: percent-encoded, and without arguments. */
function decoded(value: string): string {
  const query = value.indexOf('?');
  const path = query < 0 ? value : value.slice(0, query);
  return path.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Returns the value of a header in the list; undefined where it is not there. */
export function valueOf(headers: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() === name) return headers[at + 1];
  }
  return undefined;
}

/** For these the file's own headers count, for all others those of the application. */
const ofTheFile = new Set([
  'content-length',
  'accept-ranges',
  'content-range',
  'last-modified',
  'etag',
]);

/** Returns the application's headers with those of the file. */
export function mergedHeaders(own: readonly string[], answer: FileAnswer): string[] {
  const isError = answer.status >= 400;
  const merged: string[] = [];
  for (let at = 0; at + 1 < own.length; at += 2) {
    const [name = '', value = ''] = own.slice(at, at + 2);
    const key = name.toLowerCase();
    const isOfOther = isError && (key.startsWith('content-') || key === 'cache-control');
    if (!ofTheFile.has(key) && !isOfOther) merged.push(name, value);
  }
  for (let at = 0; at + 1 < answer.headers.length; at += 2) {
    const [name = '', value = ''] = answer.headers.slice(at, at + 2);
    const isGiven = name === 'Content-Type' && valueOf(merged, 'content-type') !== undefined;
    if (!isGiven) merged.push(name, value);
  }
  return merged;
}
