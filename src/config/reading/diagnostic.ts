/**
 * One finding about the configuration: how severe, where, what, and what to do.
 */

export type Severity = 'error' | 'warning' | 'note' | 'debug';

export interface Diagnostic {
  readonly severity: Severity;
  /** `app.ini:7`, `--http`, `UWSGI_HTTP`; empty when it is about no place. */
  readonly place: string;
  /** What is found: no capital unless a name, no full stop. */
  readonly sentence: string;
  readonly advice?: string;
  /** For an error: what the process exits with. */
  readonly exitCode?: number;
  /** It may be right in the unit that starts it: `reeve check` elsewhere cannot know. */
  readonly onlyInUnit?: boolean;
  /** An ini for a socket unit: right where that passes a socket. */
  readonly needsSocket?: boolean;
  /** What is not there on this machine, and would mend it: "the variable HOME". */
  readonly absent?: readonly string[];
}

/** The finding as one line, without a newline: `app.ini:7: warning: sentence; advice`. */
export function printDiagnostic(diagnostic: Diagnostic): string {
  const place = diagnostic.place === '' ? '' : `${diagnostic.place}: `;
  const severity = diagnostic.severity === 'note' ? '' : `${diagnostic.severity}: `;
  const advice = diagnostic.advice === undefined ? '' : `; ${diagnostic.advice}`;
  return `${place}${severity}${diagnostic.sentence}${advice}`;
}

/** The first error, if there is one: the process ends with its exit code. */
export function firstError(diagnostics: readonly Diagnostic[]): Diagnostic | undefined {
  return diagnostics.find((diagnostic) => diagnostic.severity === 'error');
}
