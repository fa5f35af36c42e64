/**
 * What the completion of a shell offers: the flags of a start and of each command, and what may
 * stand as a value or an argument. Each shell's file writes it in its own words.
 */

import { argumentsOfCommand, flagsOfCommand } from '../tables/commands.ts';
import { directives } from '../tables/directives.ts';
import { optionNames, optionOf } from '../tables/options/options.ts';

import type { CommandName } from '../tables/commands.ts';
import type { Directive } from '../tables/directives.ts';
import type { Argument } from '../tables/kinds.ts';
import type { OptionName } from '../tables/options/options.ts';

export type ValueKind =
  | 'nothing'
  | 'words'
  | 'file'
  | 'configuration'
  | 'directory'
  /** Behind the last equals sign: PATH=DIRECTORY. */
  | 'mapped-directory'
  /** A path where it has a slash, and else nothing that could be known. */
  | 'address'
  | 'user'
  | 'group'
  | 'instance'
  /** The name of a unit that `reeve enable` has written, or its file. */
  | 'enabled';

export interface Value {
  readonly kind: ValueKind;
  /** Offered beside what the kind says. */
  readonly words: readonly string[];
}

export interface Flag {
  /** Without dashes, the name first. */
  readonly long: readonly string[];
  readonly short: readonly string[];
  readonly argument: Argument;
  readonly placeholder: string;
  readonly value: Value;
  readonly repeats: boolean;
  readonly summary: string;
}

export interface Positional {
  readonly placeholder: string;
  readonly value: Value;
  /** Whether any number of them may follow. */
  readonly repeats: boolean;
}

/** The endings of the files that a start reads. */
export const configurationEndings = ['ini', 'yaml', 'yml', 'json', 'js'] as const;

/** What shells say of themselves in the first lines. */
export const origin = (shell: string): readonly string[] => [
  `# Completion of reeve for ${shell}: what "reeve options --format=${shell}" prints from the tables of`,
  '# options and commands. It is static: it looks at files, and never starts reeve.',
];

const kinds: Readonly<Record<string, ValueKind>> = {
  FILE: 'file',
  PIDFILE: 'file',
  DIRECTORY: 'directory',
  'PATH=DIRECTORY': 'mapped-directory',
  '[PATH=]DIRECTORY': 'mapped-directory',
  ADDRESS: 'address',
  USER: 'user',
  'USER[:GROUP]': 'user',
  GROUP: 'group',
  TARGET: 'instance',
  'NAME|FILE': 'enabled',
};

/** What a placeholder of the tables stands for. */
export function valueOf(placeholder: string): Value {
  const kind = Object.hasOwn(kinds, placeholder) ? kinds[placeholder] : undefined;
  if (kind !== undefined) return { kind, words: [] };
  if (placeholder === 'LEVEL') return valueOf(optionOf('log-level').kind.placeholder);
  const parts = placeholder.split('|');
  const words = parts.filter((part) => /^[a-z0-9-]+$/.test(part));
  if (words.length === 0 || parts.length === 1) return { kind: 'nothing', words: [] };
  return { kind: parts.includes('PATH') ? 'file' : 'words', words };
}

function flagOfOption(name: OptionName): Flag {
  const { kind, aliases = [], summary } = optionOf(name);
  const { argument, placeholder } = kind;
  return {
    long: [name, ...aliases.filter((alias) => alias.length > 1)],
    short: aliases.filter((alias) => alias.length === 1),
    argument: placeholder === '' ? 'none' : argument,
    placeholder,
    value: valueOf(placeholder),
    repeats: kind.repeats,
    summary,
  };
}

/** What acts while reading and is of use on a command line; blocks are for files. */
function isForCommandLine({ action }: Directive): boolean {
  return action.kind !== 'block' && action.kind !== 'end' && !isXml(action);
}

function isXml(action: Directive['action']): boolean {
  return action.kind === 'load' && action.format === 'xml';
}

function flagOfDirective([name, directive]: readonly [string, Directive]): Flag {
  const { action, argument, placeholder, short, summary } = directive;
  const isFile = action.kind === 'load' || action.kind === 'inherit';
  return {
    long: [name],
    short: short === undefined ? [] : [short],
    argument,
    placeholder,
    value: isFile ? { kind: 'configuration', words: [] } : valueOf(placeholder),
    repeats: argument === 'required',
    summary,
  };
}

/** The flags of a start, without those that have no effect. */
export function flagsOfStart(): readonly Flag[] {
  const own = Object.entries(directives).filter(([, directive]) => isForCommandLine(directive));
  const effective = optionNames.filter((name) => optionOf(name).section !== 'accepted');
  const flags = [...effective.map(flagOfOption), ...own.map(flagOfDirective)];
  // A letter belongs to the first that has it, as on the command line.
  const seen = new Set<string>();
  return flags.map((flag) => {
    const short = flag.short.filter((letter) => !seen.has(letter));
    for (const letter of short) seen.add(letter);
    return { ...flag, short };
  });
}

/** A command's own flags. */
export function flagsOf(name: CommandName): readonly Flag[] {
  return flagsOfCommand(name).map((flag) => ({
    long: [flag.name],
    short: flag.short === undefined ? [] : [flag.short],
    argument: flag.placeholder === undefined ? 'none' : 'required',
    placeholder: flag.placeholder ?? '',
    value: valueOf(flag.placeholder ?? ''),
    repeats: false,
    summary: flag.summary,
  }));
}

/** What a command takes besides flags, in its order. */
export function positionalsOf(name: CommandName): readonly Positional[] {
  return argumentsOfCommand(name).map((word) => {
    const placeholder = word.replace('...', '');
    const value: Value =
      placeholder === 'FILE' ? { kind: 'configuration', words: [] } : valueOf(placeholder);
    return { placeholder, value, repeats: word.endsWith('...') };
  });
}

/** Whether a start's flags may stand behind the command too. */
export function takesFlagsOfStart(name: CommandName): boolean {
  return name === 'check';
}
