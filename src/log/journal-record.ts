/**
 * PURE. A log record, or a request, as an entry of the journal; and as a line with its priority,
 * for when journald takes no entries.
 *
 * The names of fields are part of what operators rely on: README.md lists them.
 */
import { reeveField, type JournalField } from '../systemd/journal-entry.ts';
import { messageIdOf } from '../tables/log-events.ts';
import { escapeControls, type LogRecord } from './log-line.ts';
import { traceIdOf } from './request-fields.ts';
import type { RequestRecord } from './request-record.ts';

/** Where a record comes from: the application, and its process ("master", "worker 2"). */
export interface Speaker {
  readonly app: string;
  readonly role: string;
}

/** syslog(3)'s numbers. */
const priorities: Readonly<Record<string, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

/** Fields of ours that have a name of their own; the others become REEVE_ and their name. */
const fieldNames: Readonly<Record<string, string>> = {
  slot: 'REEVE_WORKER',
  method: 'REQUEST_METHOD',
  uri: 'REQUEST_URI',
  requestId: 'REQUEST_ID',
};

/** "info" → 6. */
export function priorityOf(level: string): number {
  return priorities[level] ?? 6;
}

/** SYSLOG_IDENTIFIER: "blog/worker-2", as `journalctl -t` is given it. */
export function identifierOf({ app, role }: Speaker): string {
  return `${app}/${role.replace(/\s+/g, '-')}`;
}

/** The entry for a record; `message` is what `journalctl` shows. */
export function recordEntry(
  record: LogRecord,
  app: string,
  message: string,
): readonly JournalField[] {
  const { event, level, role, fields } = record;
  return [
    ...headOf(event, priorityOf(level), { app, role }),
    ...Object.entries(fields).map(([name, value]) => {
      const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
      const field = fieldNames[name] ?? reeveField(name);
      return name === 'uri' ? bytesField(field, text) : { name: field, value: text };
    }),
    { name: 'MESSAGE', value: message },
  ];
}

/** What `journalctl` shows of a record: the sentence, which may have several lines. */
export function messageOf(record: LogRecord): string {
  return escapeControls(record.sentence.replace(/\n+$/, '').replaceAll('\r\n', '\n'));
}

/** What of a request is no part of its record. */
export interface RequestFacts {
  readonly speaker: Speaker;
  /** The client as the access log shows it. */
  readonly address: string;
}

/** The entry for a request that was answered; `line` is as log-format writes it (latin-1). */
export function requestEntry(
  record: RequestRecord,
  line: string,
  { speaker, address }: RequestFacts,
): readonly JournalField[] {
  const traceId = traceIdOf(record);
  const worker =
    record.worker === 0 ? [] : [{ name: 'REEVE_WORKER', value: String(record.worker) }];
  return [
    ...headOf('request.served', priorityOf('info'), speaker),
    ...worker,
    ...(record.generation === 0
      ? []
      : [{ name: 'REEVE_GENERATION', value: String(record.generation) }]),
    bytesField('REQUEST_METHOD', record.method),
    bytesField('REQUEST_URI', record.uri),
    { name: 'STATUS', value: String(record.status) },
    { name: 'DURATION_USEC', value: String(record.durationMicros) },
    bytesField('REMOTE_ADDR', address),
    { name: 'REQUEST_ID', value: record.requestId },
    ...(traceId === '' ? [] : [{ name: 'TRACE_ID', value: traceId }]),
    bytesField('MESSAGE', line.replace(/\n$/, '')),
  ];
}

/** `<3>` before each line: how a line on standard error tells journald its priority. */
export function withPriority(text: string, priority: number): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => `<${priority}>${line}\n`).join('');
}

function headOf(event: string, priority: number, speaker: Speaker): readonly JournalField[] {
  const id = messageIdOf(event);
  return [
    { name: 'PRIORITY', value: String(priority) },
    { name: 'SYSLOG_IDENTIFIER', value: identifierOf(speaker) },
    ...(id === undefined ? [] : [{ name: 'MESSAGE_ID', value: id }]),
    { name: 'REEVE_APP', value: speaker.app },
    { name: 'REEVE_ROLE', value: speaker.role },
    { name: 'REEVE_EVENT', value: event },
  ];
}

/** A field whose text stands for bytes, as what came from a client does; other text is UTF-8. */
function bytesField(name: string, value: string): JournalField {
  // oxlint-disable-next-line no-control-regex
  return { name, value, isBytes: !/[^\u0000-\u00ff]/.test(value) };
}
