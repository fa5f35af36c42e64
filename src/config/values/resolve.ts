/**
 * Lines in their order, and the table, to settings.
 */

import { optionNames, optionOf } from '../../tables/options/options.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { judgeValue } from '../../tables/judgement.ts';
import { judgeUnsupportedValue } from '../../tables/uwsgi/values.ts';
import { meaningOf, nearestName } from '../reading/names.ts';
import { didYouMean } from '../reading/nearest.ts';
import { namesIn } from './expansion.ts';
import { withSharedSockets } from './addresses.ts';
import { findingAboutPlugin, suspicionsAbout, withoutTrailingWords } from './suspicious-values.ts';

import type { OptionName, Settings } from '../../tables/options/options.ts';
import type { Directive } from '../../tables/directives.ts';
import type { Judged, LineFacts } from '../../tables/judgement.ts';
import type { Unsupported } from '../../tables/uwsgi/uwsgi.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';
import type { Entry } from '../reading/entry.ts';
import type { Judgement } from './judgement.ts';

/** A value that came from a credential. */
export interface Secret {
  readonly name: OptionName;
  readonly value: string;
  /** As it was written. */
  readonly shown: string;
}

export interface Resolved {
  readonly settings: Settings;
  /** Where each option was given last. */
  readonly given: ReadonlyMap<OptionName, string>;
  readonly secrets: readonly Secret[];
  readonly findings: readonly Diagnostic[];
  /** What each line does, in their order. */
  readonly judgements: readonly Judgement[];
}

/** A line that waits for the others to be judged. */
interface Judgeable {
  readonly entry: Entry;
  readonly judge: (isGiven: LineFacts['isGiven']) => Judged;
}

interface Resolving {
  readonly lines: Judgeable[];
  /** What was read of each option, in the order of its entries. */
  readonly read: Map<OptionName, unknown[]>;
  readonly given: Map<OptionName, string>;
  secrets: readonly Secret[];
  readonly findings: Diagnostic[];
  readonly referenced: ReadonlySet<string>;
  /** `strict` also refuses what came before it, unless it is switched off again. */
  readonly isStrictAtTheEnd: boolean;
  /** Whether an option is given anywhere. */
  readonly isGiven: LineFacts['isGiven'];
  /** How many processors the machine has, for `processes = auto`. */
  readonly cores: number;
}

/** Every option has a value that its kind made, so that the record is what the type says. */
function isComplete(values: Record<string, unknown>): values is Settings {
  return optionNames.every((name) => Object.hasOwn(values, name));
}

function refusalCode(entry: Entry): number {
  return entry.from === 'flag' ? exitCodes.usage : exitCodes.config;
}

/**
 * The line as it was meant where the sign was forgotten: `http :8000`, `module: app`. What stands
 * behind a sign may be a secret, and is not repeated.
 */
function withSign({ name, value }: Entry): string | undefined {
  const [, word = '', rest = ''] = /^([\w-]+):?\s+(.*)$/s.exec(name) ?? [];
  if (meaningOf(word)?.kind !== 'option') return undefined;
  return `${word} = ${rest}${value === '' ? '' : '=…'}`;
}

function resolveUnknown(entry: Entry, resolving: Resolving): void {
  const { name, origin: place } = entry;
  const isForOthers = entry.from === 'environment';
  const isRefused = entry.isStrict || (resolving.isStrictAtTheEnd && !isForOthers);
  const meaning = withSign(entry) ?? nearestName(name);
  const advice = meaning === undefined ? {} : { advice: didYouMean(meaning) };
  const isReferenced = resolving.referenced.has(name);
  judged(
    entry,
    resolving,
    isReferenced && !isRefused
      ? { verdict: 'same', sentence: '' }
      : { verdict: 'unknown', sentence: '', ...advice },
  );
  if (isRefused) {
    const sentence = `unknown option "${name}", refused by strict`;
    const exitCode = exitCodes.config;
    const placeholder = { advice: `for a placeholder: set-ph = ${name}=…` };
    const hint = meaning === undefined ? placeholder : advice;
    resolving.findings.push({ severity: 'error', place, sentence, exitCode, ...hint });
    return;
  }
  if (isReferenced) return;
  const sentence = `unknown option "${name}"`;
  if (meaning === undefined && isForOthers) {
    resolving.findings.push({ severity: 'debug', place, sentence });
    return;
  }
  if (meaning === undefined && !/^\S+$/.test(name)) {
    const said = name === '' ? 'a line with nothing before the =' : `"${name}" is no option`;
    const hint = 'a line is written as option = value';
    resolving.findings.push({ severity: 'warning', place, sentence: said, advice: hint });
    return;
  }
  const said =
    meaning === undefined ? `${sentence}: a placeholder that nothing refers to` : sentence;
  resolving.findings.push({ severity: 'warning', place, sentence: said, ...advice });
}

function resolveUnsupported(entry: Entry, unsupported: Unsupported, resolving: Resolving): void {
  const { name, advice, refused, argument } = unsupported;
  const place = entry.origin;
  const isOff = /^(false|off|no|0)$/i.test(entry.value) && argument !== 'required';
  if (isOff) {
    judged(entry, resolving, { verdict: 'same', sentence: 'it is off anyway' });
    return;
  }
  const ofValue = judgeUnsupportedValue(name, entry.value, resolving.isGiven);
  const what = { verdict: 'missing', sentence: '', advice } as const;
  if (!refused || ofValue !== undefined) {
    judged(entry, resolving, ofValue ?? what);
    return;
  }
  judged(entry, resolving, { ...what, isRefused: true });
  const sentence = `${name} is not supported, and Reeve does not start without it`;
  const exitCode = exitCodes.config;
  resolving.findings.push({ severity: 'error', place, sentence, advice, exitCode });
}

/** The line does this, whatever the others are. */
function judged(entry: Entry, { lines }: Pick<Resolving, 'lines'>, what: Judged): void {
  lines.push({ entry, judge: () => what });
}

function resolveOption(entry: Entry, name: OptionName, resolving: Resolving): void {
  const { kind } = optionOf(name);
  const { origin: place, shown } = entry;
  const given = shown === undefined ? withoutTrailingWords(name, entry.value) : entry.value;
  const text = name === 'processes' ? given.replace(/^\s*auto\b/i, `${resolving.cores}`) : given;
  if (!kind.repeats) resolving.secrets = resolving.secrets.filter((each) => each.name !== name);
  if (shown === undefined) resolving.findings.push(...suspicionsAbout(entry, name, kind.isText));
  else resolving.secrets = [...resolving.secrets, { name, value: entry.value, shown }];
  const mayBeEmpty = name === 'plugins' || (kind.repeats && kind.argument === 'optional');
  if (text.trim() === '' && kind.isText && !mayBeEmpty) {
    resolveEmpty(entry, name, resolving);
    return;
  }
  const parsed = kind.parse(text, place);
  if (!parsed.ok) {
    const problem = shown === undefined ? parsed.problem : `${shown} does not hold that`;
    const sentence = `${entry.name} needs ${kind.needs}: ${problem}`;
    const exitCode = refusalCode(entry);
    const unset = namesIn(text, '$').map((variable) => `the variable ${variable}`);
    const absent = unset.length === 0 ? {} : { absent: unset };
    resolving.findings.push({ severity: 'error', place, sentence, exitCode, ...absent });
    judged(entry, resolving, { verdict: 'wrong', sentence });
    return;
  }
  if (parsed.remark !== undefined && shown === undefined) {
    const sentence = `${entry.name}: ${parsed.remark}`;
    const hint = /\s[;#]/.test(text) ? { advice: 'put the comment on a line of its own' } : {};
    resolving.findings.push({ severity: 'warning', place, sentence, ...hint });
  }
  resolving.read.set(name, resolving.read.get(name) ?? []);
  resolving.read.get(name)?.push(parsed.value);
  resolving.given.set(name, place);
  const { uwsgi } = optionOf(name);
  const { value } = parsed;
  const judge = (isGiven: LineFacts['isGiven']) => judgeValue(uwsgi, value, { text, isGiven });
  resolving.lines.push({ entry, judge });
}

/** An empty address is an error, for it was certainly meant; an empty text is as if not written. */
function resolveEmpty(entry: Entry, name: OptionName, resolving: Resolving): void {
  const { kind } = optionOf(name);
  const place = entry.origin;
  const sentence = `${entry.name} needs ${kind.needs}`;
  if (kind.repeats) {
    const exitCode = refusalCode(entry);
    resolving.findings.push({ severity: 'error', place, sentence, exitCode });
    judged(entry, resolving, { verdict: 'wrong', sentence });
    return;
  }
  judged(entry, resolving, { verdict: 'same', sentence: 'empty: as if it were not written' });
  const advice = 'an empty value is as if it were not written';
  resolving.findings.push({ severity: 'warning', place, sentence, advice });
  resolving.read.delete(name);
  resolving.given.delete(name);
}

/** One that was not done while reading. */
function resolveDirective(entry: Entry, { action }: Directive, resolving: Resolving): void {
  judged(entry, resolving, { verdict: 'same', sentence: '' });
  if (action.kind !== 'print') return;
  resolving.findings.push({ severity: 'note', place: entry.origin, sentence: entry.value });
}

function resolvePlaceholder(entry: Entry, resolving: Resolving): void {
  if (meaningOf(entry.name) === undefined) {
    judged(entry, resolving, { verdict: 'same', sentence: '' });
    return;
  }
  const sentence = `"${entry.name}" is an option and cannot be a placeholder`;
  const exitCode = refusalCode(entry);
  judged(entry, resolving, { verdict: 'wrong', sentence });
  resolving.findings.push({ severity: 'error', place: entry.origin, sentence, exitCode });
}

/** The settings that the entries give; what cannot be used is left at its default and reported. */
export function resolve(
  entries: readonly Entry[],
  referenced: ReadonlySet<string>,
  cores: number,
): Resolved {
  const isStrictAtTheEnd = entries.findLast((entry) => !entry.isPlaceholder)?.isStrict === true;
  const found = { read: new Map(), given: new Map(), secrets: [], findings: [], lines: [] };
  const isGiven = givenIn(entries);
  const resolving: Resolving = { ...found, referenced, isStrictAtTheEnd, isGiven, cores };
  for (const entry of entries) {
    const meaning = meaningOf(entry.name);
    if (entry.isPlaceholder) resolvePlaceholder(entry, resolving);
    else if (entry.hasActed) judged(entry, resolving, { verdict: 'same', sentence: '' });
    else if (meaning === undefined) resolveUnknown(entry, resolving);
    else if (meaning.kind === 'directive') resolveDirective(entry, meaning.directive, resolving);
    else if (meaning.kind === 'option') resolveOption(entry, meaning.name, resolving);
    else if (meaning.kind === 'unsupported') {
      resolveUnsupported(entry, meaning.unsupported, resolving);
    }
  }
  const values = valuesOf(resolving);
  if (!isComplete(values)) throw new Error('believed that every option has a default');
  for (const plugin of values.plugins) {
    resolving.findings.push(findingAboutPlugin(plugin.text, plugin.origin));
  }
  const { given, secrets, findings } = resolving;
  const judgements = judgementsOf(resolving);
  return { settings: withSharedSockets(values), given, secrets, findings, judgements };
}

/** Entries are joined at the end: one after the other, thousands would be copied for each. */
function valuesOf({ read }: Resolving): Record<string, unknown> {
  const values = optionNames.map((name) => {
    const { kind, default: byDefault } = optionOf(name);
    return [name, kind.join(byDefault, read.get(name) ?? [])] as const;
  });
  return Object.fromEntries(values);
}

/** A line of a loop, or of a file that is read twice, is judged once. */
function judgementsOf({ lines, isGiven }: Resolving): readonly Judgement[] {
  const judgements = lines.map(({ entry, judge }): Judgement => {
    const { origin: place, name, value, shown } = entry;
    return { place, name, value: shown ?? value, ...judge(isGiven) };
  });
  const unique = new Map(judgements.map((one) => [JSON.stringify(one), one]));
  return [...unique.values()];
}

function givenIn(entries: readonly Entry[]): LineFacts['isGiven'] {
  const names = new Set(
    entries.map(({ name }) => {
      const meaning = meaningOf(name);
      return meaning?.kind === 'option' ? meaning.name : name;
    }),
  );
  return (option) => names.has(option);
}
