/**
 * The content of shell completion: the flags of a start and of each command, and the kinds of their
 * values and arguments. The file for each shell writes it in the syntax of that shell.
 */

import { argumentsOfCommand, commandNames, flagsOfCommand } from '../tables/commands.ts';
import { directives } from '../tables/directives.ts';
import { sections } from '../tables/option.ts';
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
  /** A directory after the last equals sign: PATH=DIRECTORY. */
  | 'mapped-directory'
  /** A path if it has a slash; for others nothing can be offered. */
  | 'address'
  | 'user'
  | 'group'
  | 'instance'
  /** The name of a unit that `reeve enable` has written, or its file. */
  | 'enabled';

export interface Value {
  readonly kind: ValueKind;
  /** Offered in addition to the values of the kind. */
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
export const configurationEndings = ['ini', 'yaml', 'yml', 'json', 'js', 'xml'] as const;

/** The first lines of each file. */
export const origin = (shell: string): readonly string[] => [
  `# Completion of reeve for ${shell}, printed by "reeve options --format=${shell}" from the tables of`,
  '# options and commands. It looks at files, but never starts reeve.',
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

/** The value for which a placeholder of the tables stands. */
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

/** Whether a directive is useful on a command line; blocks are only for files. */
function isForCommandLine({ action }: Directive): boolean {
  return action.kind !== 'block' && action.kind !== 'end';
}

function flagOfDirective([name, directive]: readonly [string, Directive]): Flag {
  const { action, argument, placeholder, short, summary } = directive;
  const isFile = ['load', 'paste', 'inherit'].includes(action.kind);
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

/** The arguments of a command without its flags, in their order. */
export function positionalsOf(name: CommandName): readonly Positional[] {
  return argumentsOfCommand(name).map((word) => {
    const placeholder = word.replace('...', '');
    const value = valueOfArgument(placeholder);
    return { placeholder, value, repeats: word.endsWith('...') };
  });
}

function valueOfArgument(placeholder: string): Value {
  switch (placeholder) {
    case 'FILE':
      return { kind: 'configuration', words: [] };
    case 'NAME':
      return { kind: 'words', words: optionNames };
    case 'TOPIC':
      return { kind: 'words', words: [...commandNames, ...sections, 'all', ...optionNames] };
    default:
      return valueOf(placeholder);
  }
}

/** Whether the command accepts the flags of a start as well. */
export function takesFlagsOfStart(name: CommandName): boolean {
  return name === 'check';
}
