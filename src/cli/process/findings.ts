/**
 * Prints lines before there is a logger: findings about the configuration, and early failures.
 * Where standard error is the journal, each line has its priority.
 */

import { descriptorName } from '../../base/sockets/datagrams.ts';
import { visibleLine } from './visible.ts';
import { write } from './write.ts';
import { printDiagnostic } from '../../config/reading/diagnostic.ts';
import { priorityOf, withPriority } from '../../log/journal-record.ts';
import { isJournalStream } from '../../systemd/journal-entry.ts';

import type { Diagnostic, Severity } from '../../config/reading/diagnostic.ts';
import type { Settings } from '../../tables/options/options.ts';

const ranks: Readonly<Record<Severity, number>> = { debug: 0, note: 1, warning: 2, error: 3 };
const leastRank: Readonly<Record<Settings['log-level'], number>> = {
  debug: 0,
  info: 1,
  warning: 2,
  error: 3,
};
const levelNames: Readonly<Record<Severity, string>> = {
  debug: 'debug',
  note: 'info',
  warning: 'warn',
  error: 'error',
};

function jsonLine(diagnostic: Diagnostic): string {
  const { severity, place } = diagnostic;
  const msg = printDiagnostic({ ...diagnostic, severity: 'note' });
  const time = new Date().toISOString();
  const event = 'configuration.finding';
  return JSON.stringify({ level: levelNames[severity], time, role: 'master', event, place, msg });
}

/** Writes what the log level lets through to descriptor 2, one line each, each once. */
export function reportFindings(
  findings: readonly Diagnostic[],
  settings: Pick<Settings, 'log-json' | 'log-level'>,
): void {
  const shown = findings.filter(({ severity }) => {
    return ranks[severity] >= leastRank[settings['log-level']];
  });
  const lines = shown.map((finding) => {
    const isJson = settings['log-json'];
    const line = isJson ? jsonLine(finding) : `reeve: ${visibleLine(printDiagnostic(finding))}`;
    return earlyLines(`${line}\n`, levelNames[finding.severity]);
  });
  write(2, [...new Set(lines)].join(''));
}

/** The lines as descriptor 2 takes them; `level` is "error", "warn", "info" or "debug". */
export function earlyLines(text: string, level: string): string {
  const stream = process.env['JOURNAL_STREAM'];
  if (stream === undefined || !isJournalStream(stream, descriptorName(2))) return text;
  return withPriority(text, priorityOf(level));
}
