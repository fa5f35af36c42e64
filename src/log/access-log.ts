/**
 * The access log: which requests are written, and in which form.
 */

import type { RequestRecord } from './request-record.ts';
import { LineWriter } from './line-writer.ts';
import { lineFormatter } from './request-line.ts';

export interface AccessLogSettings {
  readonly enabled: boolean;
  /** uWSGI's log-format; '' = its default line. */
  readonly format: string;
  readonly json: boolean;
  /** With logging disabled, still write answers of 400 to 499, of 500 and more … */
  readonly only4xx: boolean;
  readonly only5xx: boolean;
  /** … and those that took as many ms or more; 0 = not. */
  readonly slowMs: number;
  /** Show the client that X-Forwarded-For names. */
  readonly xForwardedFor: boolean;
}

export interface AccessLog {
  /** Lines that could not be written so far. */
  readonly dropped: number;
  readonly write: (record: RequestRecord) => void;
  /** Resolves when what was logged is written, or cannot be for a second. */
  readonly flush: () => Promise<void>;
}

/** Makes the access log on a descriptor. */
export function createAccessLog(parts: {
  readonly settings: AccessLogSettings;
  readonly fd: number;
  /** The process that speaks, in JSON: "http 1". */
  readonly role: string;
}): AccessLog {
  const { settings, fd, role } = parts;
  const format = lineFormatter({ ...settings, role });
  const writer = new LineWriter(fd, (count) => droppedLine(count, settings.json ? role : ''));
  return {
    get dropped() {
      return writer.dropped;
    },
    write(record) {
      if (isWanted(record, settings)) writer.write(format(record));
    },
    flush: () => writer.flush(),
  };
}

/** uWSGI's rule: with logging on, every request; else those that an option asks for. */
export function isWanted(record: RequestRecord, settings: AccessLogSettings): boolean {
  if (settings.enabled) return true;
  const { status, durationMicros } = record;
  if (settings.only4xx && status >= 400 && status < 500) return true;
  if (settings.only5xx && status >= 500) return true;
  return settings.slowMs > 0 && durationMicros >= settings.slowMs * 1000;
}

/** As JSON where a role is given. */
function droppedLine(count: number, role: string): string {
  const sentence = `${count} access log lines before this one could not be written`;
  if (role === '') return `${sentence}\n`;
  const time = new Date().toISOString();
  const event = 'access-log.dropped';
  return `${JSON.stringify({ level: 'warn', time, role, event, count, msg: sentence })}\n`;
}
