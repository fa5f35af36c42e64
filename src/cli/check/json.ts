/** PURE. What `reeve check --json` prints; docs/check.schema.json describes it. */

import { optionNames, optionOf } from '../../tables/options/options.ts';

import type { Loaded } from '../../config/load.ts';
import type { Diagnostic } from '../../config/reading/diagnostic.ts';
import type { Counts } from './report.ts';

export interface Checked {
  readonly loaded: Loaded;
  readonly findings: readonly Diagnostic[];
  readonly counts: Counts;
  /** What stands in the way on this machine: "chdir /srv/demo". */
  readonly missing: readonly string[];
  readonly verdict: string;
  readonly exitCode: number;
}

/** One object. Fields may be added; `schema` grows where one changes its meaning. */
export function asJson(checked: Checked): string {
  const { loaded, findings, counts, missing, verdict, exitCode } = checked;
  const record = {
    schema: 1,
    files: loaded.files,
    starts: exitCode === 0 && loaded.command === undefined,
    exitCode,
    verdict,
    missing,
    counts,
    lines: loaded.judgements.map(({ place, name, value, verdict: word, sentence, ...rest }) => {
      const { advice = null, isRefused = false } = rest;
      return { place, name, value, verdict: word, isRefused, sentence, advice };
    }),
    findings: findings.map(({ severity, place, sentence, advice = null, ...rest }) => {
      const code = severity === 'error' ? (rest.exitCode ?? null) : null;
      return { severity, place, sentence, advice, exitCode: code };
    }),
    settings: settingsOf(loaded),
  };
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/** The values of the options that were given, as texts; a credential stays as it was written. */
function settingsOf({ settings, given, secrets }: Loaded): Record<string, readonly string[]> {
  const entries = optionNames
    .filter((name) => given.has(name))
    .map((name) => {
      const hidden = secrets.filter((secret) => secret.name === name);
      const texts = optionOf(name).kind.format(settings[name]);
      const shown = (text: string): string =>
        hidden.find(({ value }) => value === text)?.shown ?? text;
      return [name, hidden.length > 0 ? texts.map(shown) : texts] as const;
    });
  return Object.fromEntries(entries);
}
