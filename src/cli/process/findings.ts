/**
 * Prints what was found in the configuration, before there is a logger.
 */

import { printDiagnostic } from '../../config/reading/diagnostic.ts';
import { earlyLines } from './early-lines.ts';
import { write } from './write.ts';

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

/** Control characters would let a file write what it likes on a terminal. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
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
    const line = isJson ? jsonLine(finding) : `reeve: ${visible(printDiagnostic(finding))}`;
    return earlyLines(`${line}\n`, levelNames[finding.severity]);
  });
  write(2, [...new Set(lines)].join(''));
}
