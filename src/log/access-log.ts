/**
 * The access log: which requests are written, and in which form.
 */

import { EntryWriter } from './entry-writer.ts';
import { createJournalLog, type JournalParts } from './journal-log.ts';
import { messageOf, recordEntry, requestEntry, withPriority } from './journal-record.ts';
import { LineWriter } from './line-writer.ts';
import type { LogRecord } from './log-line.ts';
import { lineFormatter } from './access-line.ts';
import { addressReader } from './request-fields.ts';
import { CLIENT_GONE, type MemoryUse, type RequestRecord } from './request-record.ts';

export interface AccessLogSettings {
  readonly enabled: boolean;
  /** uWSGI's log-format; '' = its default line. */
  readonly format: string;
  readonly json: boolean;
  /** With logging disabled, still write answers of 400 to 499, of 500 and more … */
  readonly only4xx: boolean;
  readonly only5xx: boolean;
  /** … those that took as many ms or more, whose body has as many bytes or more (0 = not) … */
  readonly slowMs: number;
  readonly bigBytes: number;
  /** … those without a body, from a file, and those whose client left. */
  readonly zero: boolean;
  readonly fromFile: boolean;
  readonly clientGone: boolean;
  /** Show the client that X-Forwarded-For names. */
  readonly xForwardedFor: boolean;
  /** How %(ftime) is written, by strftime(3). */
  readonly timeFormat: string;
  /** 1: lines in the default format begin with the memory of the worker; 2: with its share, too. */
  readonly memoryReport: number;
  /** The default format has microseconds. */
  readonly micros: boolean;
  /** Lines in the default format begin with the host of the request. */
  readonly hosts: boolean;
}

export interface AccessLog {
  /** No request is ever written. */
  readonly isOff: boolean;
  /** Lines that could not be written so far. */
  readonly dropped: number;
  readonly write: (record: RequestRecord) => void;
  /** Resolves when what was logged is written, or cannot be for a second. */
  readonly flush: () => Promise<void>;
}

export interface AccessLogParts {
  readonly settings: AccessLogSettings;
  readonly fd: number;
  /** The process that logs, in JSON: "http 1". */
  readonly role: string;
  readonly memoryOf: (record: RequestRecord) => MemoryUse;
  /** The journal that the descriptor may be; unless given, it is none. */
  readonly journal?: JournalParts | undefined;
}

/** Makes the access log on a descriptor. */
export function createAccessLog(parts: AccessLogParts): AccessLog {
  const { settings, fd, role } = parts;
  const format = lineFormatter({ ...settings, role, memoryOf: parts.memoryOf });
  const writer = new LineWriter(fd, (count) => droppedLine(count, settings.json ? role : ''));
  const entries = journalEntries(parts, (line) => writer.write(line));
  return {
    isOff: !settings.enabled && !hasExceptions(settings),
    get dropped() {
      return writer.dropped + entries.dropped;
    },
    write(record) {
      if (!isWanted(record, settings)) return;
      const line = format(record);
      if (entries.areTaken()) entries.write(record, line);
      else writer.write(line);
    },
    flush: async () => {
      await entries.flush();
      await writer.flush();
    },
  };
}

/** The way of requests to the journal, where the descriptor is one. */
function journalEntries(parts: AccessLogParts, otherwise: (line: string) => void) {
  const { settings, fd, role } = parts;
  const journal = createJournalLog(parts.journal ?? { app: '', stream: undefined });
  const speaker = { app: journal.app, role };
  const addressOf = addressReader(settings);
  const writer = new EntryWriter({
    journal,
    otherwise,
    dropNotice: (count) => {
      const record = droppedRecord(count, role);
      const line = droppedLine(count, settings.json ? role : '');
      const fields = recordEntry(record, journal.app, messageOf(record));
      return { fields, line: withPriority(line, 4) };
    },
  });
  return {
    get dropped() {
      return writer.dropped;
    },
    areTaken: () => journal.isBehind(fd),
    write(record: RequestRecord, line: string): void {
      const address = addressOf(record);
      const fields = requestEntry(record, line, { speaker, address });
      writer.write({ fields, line: withPriority(line, 6) });
    },
    flush: () => writer.flush(),
  };
}

/** Some requests are logged though the others are not. */
function hasExceptions(settings: AccessLogSettings): boolean {
  const { only4xx, only5xx, slowMs, bigBytes, zero, fromFile, clientGone } = settings;
  return only4xx || only5xx || slowMs > 0 || bigBytes > 0 || zero || fromFile || clientGone;
}

/** uWSGI's rule: with logging on, every request; else those that an option asks for. */
export function isWanted(record: RequestRecord, settings: AccessLogSettings): boolean {
  if (settings.enabled) return true;
  const { status, durationMicros, bodyBytes } = record;
  if (settings.zero && bodyBytes === 0) return true;
  if (settings.bigBytes > 0 && bodyBytes >= settings.bigBytes) return true;
  if (settings.fromFile && record.isFromFile) return true;
  if (settings.clientGone && status === CLIENT_GONE) return true;
  if (settings.only4xx && status >= 400 && status < 500) return true;
  if (settings.only5xx && status >= 500) return true;
  return settings.slowMs > 0 && durationMicros >= settings.slowMs * 1000;
}

function droppedSentence(count: number): string {
  return `${count} access log lines before this one could not be written`;
}

function droppedRecord(count: number, role: string): LogRecord {
  const time = new Date().toISOString();
  const sentence = droppedSentence(count);
  return { time, level: 'warn', role, event: 'access-log.dropped', fields: { count }, sentence };
}

/** As JSON where a role is given. */
function droppedLine(count: number, role: string): string {
  const sentence = droppedSentence(count);
  if (role === '') return `${sentence}\n`;
  const time = new Date().toISOString();
  const event = 'access-log.dropped';
  return `${JSON.stringify({ level: 'warn', time, role, event, count, msg: sentence })}\n`;
}
