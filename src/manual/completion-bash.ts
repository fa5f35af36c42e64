/**
 * Completion for bash, without the package bash-completion: it works in a bare shell too.
 */

import { commandNames } from '../tables/commands.ts';
import { bashHelpers, bashMain } from './completion-bash-text.ts';
import { flagsOf, flagsOfStart, origin, positionalsOf, takesFlagsOfStart } from './completion.ts';
import { wrap } from './wrap.ts';

import type { CommandName } from '../tables/commands.ts';
import type { Flag, Value } from './completion.ts';

const columns = 96;

/** The words of a list, in lines that are not too long. */
function lines(words: readonly string[], indent: string): string {
  return wrap(words.join(' '), columns - indent.length)
    .map((line) => indent + line)
    .join('\n');
}

function valueWords({ kind, words }: Value): string {
  return [kind, ...words].join(' ');
}

/** Arms of a `case`: the flags that take the same kind of value share one. */
function arms(flags: readonly Flag[], indent: string): string {
  const patterns = new Map<string, string[]>();
  for (const flag of flags.filter(({ argument }) => argument !== 'none')) {
    const what = valueWords(flag.value);
    const words = flag.argument === 'optional' ? `optional ${what}` : what;
    const names = [
      ...flag.long.map((name) => `--${name}`),
      ...flag.short.map((letter) => `-${letter}`),
    ];
    patterns.set(words, [...(patterns.get(words) ?? []), ...names]);
  }
  return [...patterns]
    .map(([words, names]) => {
      const joined = names.map((name, at) => (at < names.length - 1 ? `${name}|` : `${name})`));
      const heads = wrap(joined.join(' '), columns - indent.length).map((line) =>
        line.endsWith('|') ? `${line} \\` : line,
      );
      return `${indent}${heads.join(`\n${indent}  `)}\n${indent}  value=(${words}) ;;\n`;
    })
    .join('');
}

function valuesOfCommands(): string {
  return commandNames
    .map((name) => {
      const own = arms(flagsOf(name), '        ');
      return own === '' ? '' : `    ${name})\n      case $2 in\n${own}      esac ;;\n`;
    })
    .join('');
}

function longFlags(flags: readonly Flag[]): string[] {
  return flags.flatMap(({ long }) => long.map((name) => `--${name}`));
}

function flagsArm(name: CommandName): string {
  const words = [...longFlags(flagsOf(name)), '--help'];
  const more = takesFlagsOfStart(name) ? '_reeve_start_flags; ' : '';
  return `    ${name}) ${more}value+=(${words.join(' ')}) ;;\n`;
}

function argumentArms(name: CommandName): string {
  return positionalsOf(name)
    .map(({ value, repeats }, place) => {
      const pattern = repeats ? `'${name} '*` : `'${name} ${place}'`;
      return `    ${pattern}) value=(${valueWords(value)}) ;;\n`;
    })
    .join('');
}

/** The whole file. */
export function bashCompletion(): string {
  const start = flagsOfStart();
  const withStart = commandNames.filter(takesFlagsOfStart).join(' | ');
  return `${origin('bash').join('\n')}

${bashHelpers}
_reeve_is_command() {
  commands=(
${lines(commandNames, '    ')}
  )
  [[ " \${commands[*]} " == *" $1 "* ]]
}

# The value that a flag of a command, or of a start, takes; nothing for a switch.
_reeve_value_of() {
  case $1 in
${valuesOfCommands()}  esac
  [[ \${#value[@]} -eq 0 ]] || return
  case $1 in '' | ${withStart}) ;; *) return ;; esac
  case $2 in
${arms(start, '    ')}  esac
}

_reeve_start_flags() {
  value=(
${lines(longFlags(start), '    ')}
  )
}

_reeve_flags() {
  value=()
  case $1 in
    '') _reeve_start_flags ;;
${commandNames.map(flagsArm).join('')}  esac
}

# The kind of an argument of a command, counted from 0.
_reeve_argument() {
  case "$1 $2" in
${commandNames.map(argumentArms).join('')}  esac
}

${bashMain}`;
}
