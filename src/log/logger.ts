/**
 * What Reeve logs: named events with fields for machines and a sentence for people.
 *
 * The only importer of pino. Lines are written at once to descriptor 2 (or the one given), never
 * through process.stdout or process.stderr: those would set O_NONBLOCK on the description that the
 * workers write to as well.
 */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

import { pino } from 'pino';

import { duplicateOnto } from '../base/descriptors.ts';
import { openLogFile } from '../base/files/log-file.ts';
import type { PathUser } from '../base/files/trusted-path.ts';
import { createJournalLog, type JournalParts } from './journal-log.ts';
import { messageOf, priorityOf, recordEntry, withPriority } from './journal-record.ts';
import { createLogDestination } from './log-destination.ts';
import type { LogDestination } from './log-destination.ts';
import { datedLine, escapeInJson, plainLine, terminalLine, untimedLine } from './log-line.ts';
import type { LogRecord, LogValue } from './log-line.ts';
import { timeFormatter } from './log-times.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Values worth a name of their own; text from outside may stand here as it is. */
export type LogFields = Readonly<Record<string, LogValue>>;

export type LogCall = (event: string, fields: LogFields, sentence: string) => void;

export interface Logger {
  readonly debug: LogCall;
  readonly info: LogCall;
  readonly warn: LogCall;
  readonly error: LogCall;
  /** Opens the log file anew under the logger's descriptor; throws where it cannot be opened. */
  readonly reopen: (path: string, owner?: PathUser) => void;
  /** Before the process ends at once: gives journald a moment to read what was sent. */
  readonly settle: () => void;
  /** Lines below it are not written from now on. */
  readonly setLevel: (level: LogLevel) => void;
  /** The last warnings and errors. */
  readonly recent: () => readonly RecentLine[];
}

/** A line that is kept, as it was logged. */
export interface RecentLine {
  /** ms since 1970. */
  readonly atMs: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
  readonly sentence: string;
}

export interface LoggerParts {
  /** The process that logs: "master", "http 1". */
  readonly role: string;
  /** One JSON object a line. */
  readonly json: boolean;
  /** How the time of a line is written (log-date); '' or nothing: as ISO 8601. */
  readonly date?: string | undefined;
  /** Descriptor to write to; 2 unless given. */
  readonly fd?: number | undefined;
  /** Lines below it are not written; `info` unless given. */
  readonly level?: LogLevel | undefined;
  /** Short lines for people at a terminal; unless given, whether the descriptor is one. */
  readonly terminal?: boolean | undefined;
  /** The journal that the descriptor may be; unless given, it is none. */
  readonly journal?: JournalParts | undefined;
}

/** So many warnings and errors are kept; a stack, or what a module has printed, may be in one. */
const KEPT = 64;
const KEPT_CHARACTERS = 1_000;
/** Kept as well: no trouble in itself, many of them are a sign of some. */
const TELLING: ReadonlySet<string> = new Set(['worker.retired']);

/** Names that each record has; a field of such a name gets an underscore. */
const RESERVED = new Set(['level', 'time', 'role', 'event', 'msg']);

/** How long journald, with its queue full, is waited for; as long as a full pipe is. */
const JOURNAL_WAIT_MS = 100;

/**
 * Makes the logger of this process. Nothing it does later throws but `reopen`.
 *
 * pino knows which levels are written, and writes JSON to a descriptor. For people, and for the
 * journal, records go from the call to the form that is wanted without becoming JSON in between.
 */
export function createLogger(parts: LoggerParts): Logger {
  const fd = parts.fd ?? 2;
  const format = lineFormat(parts, fd);
  const journal = createJournalLog(parts.journal ?? { app: '', stream: undefined });
  const journalLine = parts.json ? jsonLine : untimedLine;
  const formatHere = (record: LogRecord): string => {
    if (!journal.isBehind(fd)) return format(record);
    return withPriority(journalLine(record), priorityOf(record.level));
  };
  const destination = createLogDestination({
    fd,
    dropNotice: (count) => formatHere(droppedRecord(parts.role, count)),
  });
  const deliver = (record: LogRecord): void => {
    if (journal.isBehind(fd)) {
      const message = parts.json ? jsonLine(record).trimEnd() : messageOf(record);
      const entry = recordEntry(record, journal.app, message);
      if (journal.send(entry, JOURNAL_WAIT_MS) === 'sent') return;
    }
    destination.write(formatHere(record));
  };
  const { role } = parts;
  const inner = jsonLogger(parts, destination);
  const recent = recentLines();
  const call =
    (level: LogLevel): LogCall =>
    (event, given, text) => {
      if (!inner.isLevelEnabled(level)) return;
      const [fields, sentence] = [fieldsOf(given), text.trimEnd()];
      recent.keep({ atMs: Date.now(), level, event, fields, sentence });
      if (parts.json && !journal.isBehind(fd)) return inner[level]({ event, ...fields }, sentence);
      deliver({ time: new Date().toISOString(), level, role, event, fields, sentence });
    };
  return {
    debug: call('debug'),
    info: call('info'),
    warn: call('warn'),
    error: call('error'),
    reopen: (path, owner) => openLogOnto(path, fd, owner),
    settle: () => journal.settle(),
    setLevel: (level) => {
      inner.level = level;
    },
    recent: recent.last,
  };
}

/** Keeps the last warnings and errors; what the log says may be far away, or rotated. */
function recentLines() {
  let last: readonly RecentLine[] = [];
  return {
    keep: (line: RecentLine): void => {
      const isTrouble = line.level === 'warn' || line.level === 'error';
      if (!isTrouble && !TELLING.has(line.event)) return;
      const sentence = line.sentence.slice(0, KEPT_CHARACTERS);
      last = [...last, { ...line, sentence }].slice(-KEPT);
    },
    last: () => last,
  };
}

/** Writes records as JSON; its levels are those of all forms. */
function jsonLogger({ level, role }: LoggerParts, destination: LogDestination) {
  return pino(
    {
      level: level ?? 'info',
      base: { role },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (name) => ({ level: name }) },
    },
    destination,
  );
}

/** The level that the option `log-level` names. */
export function levelNamed(text: string): LogLevel {
  if (text === 'warning' || text === 'warn') return 'warn';
  return text === 'debug' || text === 'error' ? text : 'info';
}

/**
 * Opens a log file for appending (0640 when it is made) in place of descriptor `fd`.
 * A file that is made here is given to `owner`, who will have to open it again.
 */
export function openLogOnto(path: string, fd: number, owner?: PathUser): void {
  const opened = openLogFile(path, owner);
  duplicateOnto(opened, fd);
  closeSync(opened);
}

function lineFormat(parts: LoggerParts, fd: number): (record: LogRecord) => string {
  if (parts.json) return jsonLine;
  const { date = '' } = parts;
  if (date !== '') {
    const dateOf = timeFormatter(date === 'true' ? '%c' : date);
    return (record) => datedLine(record, dateOf);
  }
  return (parts.terminal ?? isatty(fd)) ? terminalLine : plainLine;
}

function droppedRecord(role: string, count: number): LogRecord {
  return {
    time: new Date().toISOString(),
    level: 'warn',
    role,
    event: 'log.dropped',
    fields: { count },
    sentence: `${count} log lines before this one could not be written`,
  };
}

function jsonLine({ level, time, role, event, fields, sentence }: LogRecord): string {
  return `${escapeInJson(JSON.stringify({ level, time, role, event, ...fields, msg: sentence }))}\n`;
}

/** Without values that are undefined, and with names that no record has by itself. */
function fieldsOf(given: LogFields): LogFields {
  const fields: Record<string, LogValue> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) fields[RESERVED.has(name) ? `${name}_` : name] = value;
  }
  return fields;
}
