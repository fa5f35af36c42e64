/**
 * One request as a line of the access log: uWSGI's default one, its log-format, or JSON (pure).
 *
 * Lines are bytes written as latin-1 text, as request heads are: what a client sent as UTF-8 stands
 * in the log as it came. Control characters are escaped, so that no client can forge a line; in a
 * log-format also `"` and `\`, as values mostly stand in quotes there.
 */

import { bytesOf, CONTROLS, escaped, textOf as text } from './log-bytes.ts';
import { compileFormat } from './log-format.ts';
import { escapeInJson } from './log-line.ts';
import { ctime, timeFormatter } from './log-times.ts';
import {
  addressReader,
  fieldOf,
  traceIdOf,
  variableOf,
  type AddressOf,
  type FieldSettings,
} from './request-fields.ts';
import { startedAt, type MemoryUse, type RequestRecord } from './request-record.ts';

export interface LineSettings {
  readonly format: string;
  readonly json: boolean;
  readonly xForwardedFor: boolean;
  /** How %(ftime) is written, by strftime(3). */
  readonly timeFormat: string;
  /** 1: the default line begins with the memory of the worker; 2: also what is its alone. */
  readonly memoryReport: number;
  /** The default line has microseconds. */
  readonly micros: boolean;
  /** The default line begins with the host of the request. */
  readonly hosts: boolean;
  readonly memoryOf: (record: RequestRecord) => MemoryUse;
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
  if (settings.format === '') {
    const { micros, memoryReport, memoryOf, hosts } = settings;
    return (record) => {
      const host = hosts ? `${hostOf(record)} ` : '';
      const memory = memoryReport > 0 ? memoryInWords(memoryOf(record), memoryReport) : '';
      const line = defaultLine(record, { address: addressOf(record), micros });
      return `${host}${memory}${line}`;
    };
  }
  return formatLine(settings, addressOf);
}

interface DefaultLine {
  readonly address: string;
  readonly micros: boolean;
}

/** The line that people have parsed for years, field by field. */
export function defaultLine(record: RequestRecord, { address, micros }: DefaultLine): string {
  const r = record;
  const user = variableOf(r, 'REMOTE_USER');
  const took = micros
    ? `${r.durationMicros} micros`
    : `${Math.floor(r.durationMicros / 1000)} msecs`;
  const line =
    `[pid: ${r.pid}|app: ${r.application}|req: ${r.workerRequests}/${r.totalRequests}] ` +
    `${address} (${user}) {${r.variableCount} vars in ${r.variableBytes} bytes} ` +
    `[${ctime(startedAt(r))}] ${r.method} ${r.uri} => ` +
    `generated ${r.bodyBytes} bytes in ${took} ` +
    `(${r.protocol} ${r.status}) ${r.headerCount} headers in ${r.headerBytes} bytes ` +
    `(1 switches on core ${r.thread})`;
  // All fields at once: the text around them has nothing to escape.
  return `${UNPRINTABLE.test(line) ? escaped(line, CONTROLS) : line}\n`;
}

/** As vhost looks for it. */
function hostOf(record: RequestRecord): string {
  const host = variableOf(record, 'HTTP_HOST') || variableOf(record, 'SERVER_NAME');
  return UNPRINTABLE.test(host) ? escaped(host, CONTROLS) : host;
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
    traceId: traceIdOf(r) || undefined,
    msg: `${text(r.method)} ${text(r.uri)} ${r.status}`,
  });
  return `${bytesOf(escapeInJson(line))}\n`;
}

/** What memory-report puts before the line: 1 as most know it, 2 also what is not shared. */
function memoryInWords(memory: MemoryUse, report: number): string {
  const use = (name: string, count: number): string =>
    `{${name} usage: ${count} bytes/${megabytes(count)}MB} `;
  const all = `${use('address space', memory.virtualBytes)}${use('rss', memory.residentBytes)}`;
  if (report < 2) return all;
  return `${all}${use('uss', memory.privateBytes)}${use('pss', memory.proportionalBytes)}`;
}

function megabytes(count: number): number {
  return Math.floor(count / 1024 / 1024);
}

/** Takes a log-format apart once, so that a line is only joined. */
function formatLine(settings: LineSettings, addressOf: AddressOf): LineFormatter {
  const ftime = timeFormatter(settings.timeFormat);
  const fieldSettings: FieldSettings = { ftime, memoryOf: settings.memoryOf };
  const parts = compileFormat(settings.format, (name) => fieldOf(name, fieldSettings));
  return (record) => {
    const address = addressOf(record);
    let line = '';
    for (const part of parts) {
      line += typeof part === 'string' ? part : part.write(part.field(record, address));
    }
    return `${line}\n`;
  };
}

// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[^\x20-\x7e]/;
