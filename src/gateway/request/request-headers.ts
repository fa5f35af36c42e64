/**
 * The header fields of a request as variables, and what the gateway must know of them (pure).
 */

import { isHost } from './target.ts';

/** Where headers may begin in the strings: behind the application number and fixed variables. */
export const FIXED_STRINGS = 17;

const nothingDropped: readonly string[] = [];

export interface HeaderFindings {
  readonly contentLength: number;
  readonly isHttps: boolean;
  readonly droppedNames: readonly string[];
  readonly status: 400 | 417 | 501;
  /** '' when all is well. */
  readonly problem: string;
}

/** Header fields as sent: name, value, name, value …, and the version: "1.0" or "1.1". */
export interface Headers {
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
}

/** Appends the headers as variables, and returns what the gateway itself must know of them. */
export function addHeaders(
  strings: string[],
  { rawHeaders, httpVersion }: Headers,
  isBelieved: boolean,
): HeaderFindings {
  let contentLength = 0;
  let isHttps = false;
  let dropped: string[] | undefined;
  let problem = '';
  let status: 400 | 417 | 501 = 400;
  let hasHost = false;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    const variable = variableNameOf(name);
    switch (variable) {
      case '':
        (dropped ??= []).push(name);
        continue;
      case 'HTTP_PROXY':
        continue;
      case 'HTTP_TRANSFER_ENCODING':
        // The parser has decoded `chunked`; another coding would reach the application encoded.
        contentLength = -1;
        if (httpVersion === '1.0') problem = 'chunks in HTTP/1.0, which has none';
        if (value.trim().toLowerCase() !== 'chunked') {
          status = 501;
          problem = 'a transfer coding other than chunked';
        }
        continue;
      case 'HTTP_X_FORWARDED_PROTO':
        isHttps = isBelieved && value.trim().toLowerCase() === 'https';
        break;
      case 'CONTENT_LENGTH':
        if (!/^[0-9]{1,15}$/.test(value)) problem = 'Content-Length is not a number';
        if (contentLength === 0) contentLength = Number(value);
        break;
      case 'HTTP_EXPECT':
        if (httpVersion === '1.0' || value.toLowerCase() === '100-continue') break;
        status = 417;
        problem = 'an expectation that cannot be met';
        break;
      case 'HTTP_HOST':
        hasHost = true;
        if (!isHost(value)) problem = 'the Host header is not a host';
        break;
    }
    if (!addVariable(strings, variable, value)) problem = `${name} was sent twice`;
  }
  if (!hasHost && httpVersion !== '1.0') problem = 'there is no Host header';
  return { contentLength, isHttps, droppedNames: dropped ?? nothingDropped, status, problem };
}

/** Appends a variable, or joins it to the one of that name; false where it may not repeat. */
function addVariable(strings: string[], variable: string, value: string): boolean {
  for (let at = FIXED_STRINGS; at < strings.length; at += 2) {
    if (strings[at] !== variable) continue;
    if (mayNotRepeat.has(variable)) return false;
    const separator = variable === 'HTTP_COOKIE' ? '; ' : ', ';
    strings[at + 1] = `${strings[at + 1]}${separator}${value}`;
    return true;
  }
  strings.push(variable, value);
  return true;
}

const mayNotRepeat = new Set(['HTTP_HOST', 'CONTENT_LENGTH', 'CONTENT_TYPE', 'HTTP_AUTHORIZATION']);

/** Clients use few names, so each is translated once; the limit is for those who make them up. */
const variableNames = new Map<string, string>();
const VARIABLE_NAMES_MAX = 1000;

/** Returns HTTP_X_Y for X-Y; '' for a name that must be left out. */
function variableNameOf(name: string): string {
  const known = variableNames.get(name);
  if (known !== undefined) return known;
  const upper = name.toUpperCase().replaceAll('-', '_');
  const isPlain = upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH';
  const variable = name.includes('_') ? '' : isPlain ? upper : `HTTP_${upper}`;
  if (variableNames.size < VARIABLE_NAMES_MAX && name.length <= 64) {
    variableNames.set(name, variable);
  }
  return variable;
}
