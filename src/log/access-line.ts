/**
 * One request as a line of the access log: uWSGI's default one, its log-format, or JSON (pure).
 *
 * Lines are bytes written as latin-1 text, as request heads are: what a client sent as UTF-8 stands
 * in the log as it came. Control characters are escaped, so that no client can forge a line; in a
 * log-format also `"` and `\`, as values mostly stand in quotes there.
 */

import { partsOfLogFormat } from '../tables/log-format.ts';
import { addressReader, type AddressOf } from './client-address.ts';
import type { RequestRecord } from './request-record.ts';
import { escapeInJson } from './log-line.ts';
import { ctime } from './log-times.ts';
import { fieldOf, variableOf } from './request-fields.ts';

export interface LineSettings {
  readonly format: string;
  readonly json: boolean;
  readonly xForwardedFor: boolean;
  /** The process that logs, in JSON: "http 1". */
  readonly role: string;
}

export type LineFormatter = (record: RequestRecord) => string;

/** Returns the function that writes a record as a line with its newline. */
export function lineFormatter(settings: LineSettings): LineFormatter {
  const addressOf = addressReader(settings);
  if (settings.json) {
    const { role } = settings;
    return (record) => jsonLine(record, { role, address: addressOf(record) });
  }
  if (settings.format === '') return (record) => defaultLine(record, addressOf(record));
  return formatLine(settings.format, addressOf);
}

/** The line that people have parsed for years, field by field. */
export function defaultLine(record: RequestRecord, address: string): string {
  const r = record;
  const user = variableOf(r, 'REMOTE_USER');
  const micros = r.durationMicros;
  const line =
    `[pid: ${r.pid}|app: ${r.application}|req: ${r.workerRequests}/${r.totalRequests}] ` +
    `${address} (${user}) {${r.variableCount} vars in ${r.variableBytes} bytes} ` +
    `[${ctime(r.finishedAt)}] ${r.method} ${r.uri} => ` +
    `generated ${r.bodyBytes} bytes in ${Math.floor(micros / 1000)} msecs ` +
    `(${r.protocol} ${r.status}) ${r.headerCount} headers in ${r.headerBytes} bytes ` +
    `(1 switches on core ${r.thread})`;
  // All fields at once: the text around them has nothing to escape.
  return `${UNPRINTABLE.test(line) ? escaped(line, CONTROLS) : line}\n`;
}

/** The record as one JSON object. */
function jsonLine(
  record: RequestRecord,
  { role, address }: { readonly role: string; readonly address: string },
): string {
  const r = record;
  const line = JSON.stringify({
    level: 'info',
    time: r.finishedAt.toISOString(),
    role,
    event: 'request.served',
    method: text(r.method),
    uri: text(r.uri),
    protocol: text(r.protocol),
    status: r.status,
    address: text(address),
    user: text(variableOf(r, 'REMOTE_USER')) || undefined,
    referer: text(variableOf(r, 'HTTP_REFERER')) || undefined,
    agent: text(variableOf(r, 'HTTP_USER_AGENT')) || undefined,
    host: text(variableOf(r, 'HTTP_HOST')) || undefined,
    bytes: r.bodyBytes,
    micros: r.durationMicros,
    waitMicros: r.waitMicros,
    queued: r.queuedBehind,
    application: r.application,
    worker: r.worker,
    pid: r.pid,
    thread: r.thread,
    requestId: r.requestId,
    msg: `${text(r.method)} ${text(r.uri)} ${r.status}`,
  });
  return `${bytes(escapeInJson(line))}\n`;
}

/** Takes a log-format apart once, so that a line is only joined. */
function formatLine(format: string, addressOf: AddressOf): LineFormatter {
  // With a group in the pattern, split gives text and names in turn.
  const parts = partsOfLogFormat(format).map((part, index) => {
    if (index % 2 === 0) return bytes(part);
    return fieldOf(part);
  });
  return (record) => {
    const address = addressOf(record);
    let line = '';
    for (const part of parts) {
      line += typeof part === 'string' ? part : escaped(part(record, address) || '-', IN_QUOTES);
    }
    return `${line}\n`;
  };
}

/**
 * What no field shows as it came: control characters; and in UTF-8 U+0080 to U+009F, which some
 * terminals obey as they do escape sequences, and what separates lines or turns their direction.
 */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]/g;
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[^\x20-\x7e]/;
/** The same, and what would end a quoted value. */
const IN_QUOTES = new RegExp(`["\\\\]|${CONTROLS.source}`, 'g');

/** The one way of what comes from outside into a line of text. */
function escaped(text: string, what: RegExp): string {
  return text.replace(what, inHexadecimal);
}

function inHexadecimal(characters: string): string {
  return [...characters]
    .map((each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .join('');
}

/** Bytes that came as latin-1, as the text that they mean. */
function text(value: string): string {
  return isAscii(value) ? value : Buffer.from(value, 'latin1').toString('utf8');
}

/** Text as the latin-1 form of its UTF-8 bytes. */
function bytes(value: string): string {
  return isAscii(value) ? value : Buffer.from(value, 'utf8').toString('latin1');
}

function isAscii(value: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[^\x00-\x7f]/.test(value);
}
