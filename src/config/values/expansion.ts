/**
 * The three passes over all lines: `$(VARIABLE)`, then `@(file)`, then `%(placeholder)`.
 */

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { variableOf } from '../reading/host.ts';
import { evaluate, expand } from './placeholders.ts';

import type { Diagnostic } from '../reading/diagnostic.ts';
import type { Entry } from '../reading/entry.ts';
import type { ConfigHost } from '../reading/host.ts';
import type { Lookup } from './placeholders.ts';

export interface Expanded {
  readonly entries: readonly Entry[];
  readonly findings: readonly Diagnostic[];
}

function expandOne(
  entry: Entry,
  symbol: '$' | '@' | '%',
  lookup: Lookup,
  findings: Diagnostic[],
): Entry {
  if (entry.hasActed || !entry.value.includes(`${symbol}(`)) return entry;
  try {
    return { ...entry, value: expand(entry.value, symbol, lookup) };
  } catch (error) {
    const isOurs = error instanceof OperatorError || error instanceof RangeError;
    if (!isOurs) throw error;
    const exitCode = error instanceof OperatorError ? error.exitCode : exitCodes.config;
    findings.push({ severity: 'error', place: entry.origin, sentence: error.message, exitCode });
    return entry;
  }
}

/** The text of a file without its last newline, for `@(file)`. */
function fileText(path: string, host: ConfigHost): string {
  if (/^\w+:\/\//.test(path)) {
    throw new OperatorError({ what: `nothing is read from ${path}`, exitCode: exitCodes.config });
  }
  return host.readText(path).replace(/\n$/, '');
}

/** `%((2 * 2) + 1)` is 1, also in uWSGI: nothing is called `(2` or `2)`. */
function remarkOnBrackets(entry: Entry, expression: string, value = ''): Diagnostic {
  const sentence = `%(${expression}) is ${value}: brackets inside group nothing`;
  const advice = 'write it from left to right without them';
  return { severity: 'warning', place: entry.origin, sentence, advice };
}

/** The entries with everything in their values replaced that can be. */
export function expandEntries(entries: readonly Entry[], host: ConfigHost): Expanded {
  const findings: Diagnostic[] = [];
  const withVariables = entries.map((entry) =>
    expandOne(entry, '$', (name) => variableOf(host, name), findings),
  );
  const withFiles = withVariables.map((entry) =>
    expandOne(entry, '@', (path) => fileText(path, host), findings),
  );
  // A value may refer to one that was expanded before it: each result counts for the next.
  const values = new Map<string, string>();
  for (const entry of withFiles) if (!values.has(entry.name)) values.set(entry.name, entry.value);
  const firsts = new Set<string>();
  const expanded = withFiles.map((entry) => {
    const lookup: Lookup = (expression) => {
      const value = evaluate(expression, (name) => values.get(name));
      if (/[()]/.test(expression) && expression.includes(' ')) {
        findings.push(remarkOnBrackets(entry, expression, value));
      }
      return value;
    };
    const result = expandOne(entry, '%', lookup, findings);
    if (!firsts.has(entry.name)) values.set(entry.name, result.value);
    firsts.add(entry.name);
    return result;
  });
  return { entries: expanded, findings };
}

/** Every name that some value refers to as `%(name)`. */
export function referencedNames(entries: readonly Entry[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, value } of entries) {
    for (const match of value.matchAll(/%\(([^)]*)\)/g)) {
      for (const word of (match[1] ?? '').split(' ')) names.add(word);
    }
    // if-opt and the like name an option without the sign.
    if (/^if-(not-)?opt$/.test(name)) names.add(value.split('=')[0] ?? '');
  }
  return names;
}
