/**
 * Replaces `$(VARIABLE)`, `@(file)` and `%(placeholder)` in the values, in three passes over all
 * lines.
 *
 * As in uWSGI a replacement that cannot be made is left as text. After a replacement the search
 * goes on from the second character of the value, so that the new text is searched as well.
 * Brackets inside belong to the name; they group nothing.
 */

import { OperatorError } from '../../base/operator-error.ts';
import { variableOf } from '../reading/host.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

import type { Diagnostic } from '../reading/diagnostic.ts';
import type { Entry } from '../reading/entry.ts';
import type { ConfigHost } from '../reading/host.ts';

export interface Expanded {
  readonly entries: readonly Entry[];
  readonly findings: readonly Diagnostic[];
}

/** The value of a name; undefined leaves the text as it is. */
type Lookup = (name: string) => string | undefined;

const replacementsMax = 1000;
const valueCharactersMax = 1_000_000;
/** Of all values together: each of many lines may be as long as one may be. */
const totalCharactersMax = 16_777_216;

/** How many characters may still be made; below 0 nothing more is. */
interface Budget {
  characters: number;
}

function expandOne(
  entry: Entry,
  symbol: '$' | '@' | '%',
  lookup: Lookup,
  findings: Diagnostic[],
  budget: Budget,
): Entry {
  if (entry.hasActed || !entry.value.includes(`${symbol}(`)) return entry;
  if (budget.characters < 0) return entry;
  try {
    const value = expand(entry.value, symbol, lookup);
    budget.characters -= value.length;
    if (budget.characters < 0) {
      throw new RangeError(`the values have more than ${totalCharactersMax} characters in all`);
    }
    return { ...entry, value };
  } catch (error) {
    const isOurs = error instanceof OperatorError || error instanceof RangeError;
    if (!isOurs) throw error;
    const exitCode = error instanceof OperatorError ? error.exitCode : exitCodes.config;
    const finding = { severity: 'error', place: entry.origin, sentence: error.message } as const;
    const isAbsent = exitCode === exitCodes.noInput && symbol === '@';
    const absent = isAbsent
      ? { absent: namesIn(entry.value, '@').map((path) => `the file ${path}`) }
      : {};
    findings.push({ ...finding, exitCode, ...absent });
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
function warningAboutBrackets(entry: Entry, expression: string, value = ''): Diagnostic {
  const sentence = `%(${expression}) is ${value}: brackets inside group nothing`;
  const advice = 'write it from left to right without them';
  return { severity: 'warning', place: entry.origin, sentence, advice };
}

/** The entries with everything in their values replaced that can be. */
export function expandEntries(entries: readonly Entry[], host: ConfigHost): Expanded {
  const findings: Diagnostic[] = [];
  const budget = { characters: totalCharactersMax };
  const withVariables = entries.map((entry) =>
    expandOne(entry, '$', (name) => variableOf(host, name), findings, budget),
  );
  const withFiles = withVariables.map((entry) =>
    expandOne(entry, '@', (path) => fileText(path, host), findings, budget),
  );
  // A value may refer to one that was expanded before it: each result counts for the next.
  const values = new Map<string, string>();
  for (const entry of withFiles) if (!values.has(entry.name)) values.set(entry.name, entry.value);
  const firsts = new Set<string>();
  const expanded = withFiles.map((entry) => {
    const lookup: Lookup = (expression) => {
      const value = evaluate(expression, (name) => values.get(name));
      if (/[()]/.test(expression) && expression.includes(' ')) {
        findings.push(warningAboutBrackets(entry, expression, value));
      }
      return value;
    };
    const result = expandOne(entry, '%', lookup, findings, budget);
    if (!firsts.has(entry.name)) values.set(entry.name, result.value);
    firsts.add(entry.name);
    return result;
  });
  return { entries: expanded, findings };
}

/** The names that a text has as `<symbol>(name)`, each once. */
export function namesIn(text: string, symbol: '$' | '@' | '%'): readonly string[] {
  const found = text.matchAll(/([$@%])\(([^()]*)\)/g);
  const names = [...found].filter(([, sign]) => sign === symbol).map(([, , name = '']) => name);
  return [...new Set(names.filter((name) => name !== ''))];
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

/** Where the bracket that is open at `from` is closed; -1 if it is not before `limit`. */
function closingBracket(text: string, from: number, limit: number): number {
  let depth = 0;
  for (let index = from; index < limit; index++) {
    const character = text.charAt(index);
    if (character === '(') depth++;
    else if (character === ')' && depth === 0) return index;
    else if (character === ')') depth--;
  }
  return -1;
}

/** The value with every `<symbol>(name)` replaced. Throws RangeError when there is no end to it. */
function expand(value: string, symbol: '$' | '@' | '%', lookup: Lookup): string {
  let text = value;
  let from = 0;
  for (let replacements = 0; ;) {
    const start = text.indexOf(`${symbol}(`, from);
    if (start === -1) return text;
    // A symbol inside begins anew: in `$($(A))` only the inner one is looked for.
    const inner = text.indexOf(symbol, start + 2);
    const end = closingBracket(text, start + 2, inner === -1 ? text.length : inner);
    if (end === -1) {
      if (inner === -1) return text;
      from = inner;
      continue;
    }
    const found = end === start + 2 ? undefined : lookup(text.slice(start + 2, end));
    if (found === undefined) {
      from = end + 1;
      continue;
    }
    replacements++;
    if (replacements > replacementsMax || text.length > valueCharactersMax) {
      throw new RangeError(`${symbol}(${text.slice(start + 2, end)}) leads back to itself`);
    }
    text = text.slice(0, start) + found + text.slice(end + 1);
    from = 1;
  }
}

type Operator = 'join' | '+' | '-' | '*' | '/';

function toNumber(text: string): number {
  const match = /^\s*[+-]?\d+/.exec(text);
  return match === null ? 0 : Number(match[0]);
}

function calculate(operator: Operator, left: string, right: string): string {
  const [a, b] = [toNumber(left), toNumber(right)];
  switch (operator) {
    case 'join':
      return left + right;
    case '+':
      return String(a + b);
    case '-':
      return String(a - b);
    case '*':
      return String(a * b);
    case '/':
      return b === 0 ? '0' : String(Math.trunc(a / b));
  }
}

function operatorOf(token: string): Operator | undefined {
  return token === '+' || token === '-' || token === '*' || token === '/' ? token : undefined;
}

/**
 * The value of what stands in `%(…)`: a name, or several words with blanks between them that are
 * joined or calculated from left to right. Names without a value are empty in a calculation; where
 * nothing but signs stands there is no value.
 */
function evaluate(expression: string, lookup: Lookup): string | undefined {
  if (!expression.includes(' ')) return lookup(expression);
  let result: string | undefined;
  let operator: Operator = 'join';
  for (const token of expression.split(' ').filter((word) => word !== '')) {
    const next = operatorOf(token);
    if (next !== undefined) {
      operator = next;
      continue;
    }
    if (token === '++' || token === '--') {
      if (result !== undefined) result = calculate(token === '++' ? '+' : '-', result, '1');
    } else {
      const value = /^\d+$/.test(token) ? token : (lookup(token) ?? '');
      result = calculate(operator, result ?? '', value);
    }
    operator = 'join';
  }
  return result;
}
