/**
 * One log record as people read it: a short line on a terminal, a line that one can grep elsewhere.
 *
 * Text from outside (a request's path, an application's message) may hold control characters; they
 * are escaped, so that no client can forge a line or control the operator's terminal. A sentence of
 * many lines, such as a traceback, continues on indented lines.
 */

/** What a field may hold. */
export type LogValue = string | number | boolean | null | undefined | readonly LogValue[];

/** What is logged: the event for machines, the sentence for people. */
export interface LogRecord {
  /** ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  readonly level: string;
  /** The process that logs: "master", "http 1". */
  readonly role: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, LogValue>>;
  readonly sentence: string;
}

const CONTINUATION = '    ';
// Everything below space but tab and newline, delete, the C1 controls, the two line separators,
// and what turns the direction of text.
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** "2026-11-23T12:03:04.123Z master info worker.ready slot=1 pid=123: worker 1 is ready\n". */
export function plainLine(record: LogRecord): string {
  return `${record.time} ${untimedLine(record)}`;
}

/** "Mon Nov 23 01:49:45 2026 - master info worker.ready …": with log-date, as uWSGI's lines. */
export function datedLine(record: LogRecord, dateOf: (at: Date) => string): string {
  const date = escapeControls(dateOf(new Date(record.time))).replaceAll('\n', ' ');
  return `${date} - ${untimedLine(record)}`;
}

/** The same for a reader that knows the time, as journald does. */
export function untimedLine(record: LogRecord): string {
  const fields = Object.entries(record.fields).map(([name, value]) => ` ${name}=${word(value)}`);
  const head = `${record.role} ${record.level} ${record.event}${fields.join('')}`;
  return `${head}: ${lines(record.sentence)}\n`;
}

/** "12:03:04 worker 1 is ready\n", in the operator's time zone; warnings and errors are marked. */
export function terminalLine(record: LogRecord): string {
  const time = new Date(record.time).toTimeString().slice(0, 8);
  const isOrdinary = record.level === 'info' || record.level === 'debug';
  const level = isOrdinary ? '' : `${record.level === 'warn' ? 'warning' : record.level}: `;
  return `${time} ${level}${lines(record.sentence)}\n`;
}

/** Escapes control characters but tab and newline. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
  });
}

/** Escapes in a JSON text what JSON leaves as it is, and terminals do not. */
export function escapeInJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function lines(sentence: string): string {
  const text = sentence.replace(/\n+$/, '').replaceAll('\r\n', '\n');
  return escapeControls(text).replaceAll('\n', `\n${CONTINUATION}`);
}

/** A value without spaces as it is, any other as a JSON string. */
function word(value: LogValue): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const isPlain = typeof value !== 'string' || /^[^\s"=:\\]+$/.test(text);
  return escapeControls(isPlain ? text : JSON.stringify(text));
}
