/**
 * Completion for zsh, to be installed as _reeve in a directory of its fpath.
 */

import { commandNames, commandOf, writtenMark } from '../tables/commands.ts';
import {
  configurationEndings,
  flagsOf,
  flagsOfStart,
  origin,
  positionalsOf,
  takesFlagsOfStart,
} from './completion.ts';

import type { CommandName } from '../tables/commands.ts';
import type { Flag, Positional, Value, ValueKind } from './completion.ts';

const actions: Readonly<Record<ValueKind, string>> = {
  nothing: ' ',
  words: '',
  file: '_files',
  configuration: '_reeve_configurations',
  directory: '_files -/',
  'mapped-directory': '_reeve_mapped_directories',
  address: '_reeve_addresses',
  user: '_users',
  group: '_groups',
  instance: '_reeve_instances',
  enabled: '_reeve_enabled',
};

const helpers = `_reeve_configurations() {
  _files -g '*.(${configurationEndings.join('|')})(-.)'
}

_reeve_mapped_directories() {
  compset -P '*='
  _files -/
}

# These words, or a file.
_reeve_or_files() {
  local -a others=("$@")
  _alternative 'words:word:compadd -a others' 'files:file:_files'
}

_reeve_addresses() {
  if [[ $PREFIX == */* ]]; then _files; else _message 'address'; fi
}

# Names of instances, and the files that also name one.
_reeve_instances() {
  local -aU names=(/etc/reeve/*.ini(N:t:r) /run/reeve/*/control.sock(N:h:t)
    {/run/user/$EUID/reeve,/tmp/reeve-$EUID}/*/control.sock(N:h:t))
  [[ -n $XDG_RUNTIME_DIR ]] && names+=($XDG_RUNTIME_DIR/reeve/*/control.sock(N:h:t))
  _alternative "instances:instance:compadd -a names" 'files:file:_reeve_configurations'
}

_reeve_enabled() {
  local -a names=(\${\${(f)"$(grep -ls '^${writtenMark}' /etc/systemd/system/*.service(N) </dev/null)"}:t:r})
  _alternative "units:unit:compadd -a names" 'files:file:_reeve_configurations'
}

_reeve_first() {
  _alternative 'commands:command:_reeve_commands' 'files:configuration file:_reeve_configurations'
}
`;

/** In single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** With backslashes before colons and brackets, where these have a meaning in zsh. */
function plain(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, String.raw`\$&`);
}

function actionOf({ kind, words }: Value): string {
  if (words.length === 0) return actions[kind];
  const alone = `(${words.join(' ')})`;
  if (kind === 'words') return alone;
  return ` _reeve_or_files ${words.join(' ')}`;
}

/** The last character tells zsh how the value follows: --name=VALUE, or as the next word too. */
function withValue(name: string, argument: Flag['argument']): string {
  if (argument === 'none') return name;
  const isLong = name.startsWith('--');
  if (argument === 'optional') return isLong ? `${name}=-` : `${name}-`;
  return isLong ? `${name}=` : `${name}+`;
}

/** One specification of _arguments for each name of the flag; they exclude each other. */
function specifications(flag: Flag): string[] {
  const { argument, placeholder, value, repeats, summary } = flag;
  const names = [
    ...flag.long.map((name) => `--${name}`),
    ...flag.short.map((letter) => `-${letter}`),
  ];
  const colons = argument === 'optional' ? '::' : ':';
  const what =
    argument === 'none' ? '' : `${colons}${plain(placeholder) || 'value'}:${actionOf(value)}`;
  const before = repeats ? '*' : `(${names.join(' ')})`;
  return names.map((name) =>
    quoted(`${before}${withValue(name, argument)}[${plain(summary)}]${what}`),
  );
}

function positional({ placeholder, value, repeats }: Positional, place: number): string {
  return quoted(`${repeats ? '*' : place + 1}:${plain(placeholder)}:${actionOf(value)}`);
}

function commandArm(name: CommandName): string {
  const words = [
    ...flagsOf(name).flatMap(specifications),
    quoted('(- *)'.concat('--help[', plain('print how it is used'), ']')),
    ...positionalsOf(name).map(positional),
  ];
  const more = takesFlagsOfStart(name) ? ' $start' : '';
  return `    ${name})\n      _arguments -s -S${more} \\\n${continued(words, '        ')} ;;\n`;
}

function continued(words: readonly string[], indent: string): string {
  return words.map((word) => indent + word).join(' \\\n');
}

/** The whole file. */
export function zshCompletion(): string {
  const described = commandNames.map((name) =>
    quoted(`${plain(name)}:${plain(commandOf(name).summary)}`),
  );
  return `#compdef reeve
${origin('zsh').join('\n')}

${helpers}
_reeve_commands() {
  local -a names=(
${described.map((line) => `    ${line}`).join('\n')}
  )
  _describe command names
}

_reeve() {
  local -a start=(
${flagsOfStart()
  .flatMap(specifications)
  .map((word) => `    ${word}`)
  .join('\n')}
  )
  # A command is the first word; what follows it is counted from there.
  local command=\${words[2]}
  if (( CURRENT == 2 )); then
    _arguments -s -S $start '1: :_reeve_first' '*:file:_reeve_configurations'
    return
  fi
  case $command in
    ${commandNames.join('|')})
      shift words
      (( CURRENT-- )) ;;
  esac
  case $command in
${commandNames.map(commandArm).join('')}    *)
      _arguments -s -S $start '*:configuration file:_reeve_configurations' ;;
  esac
}

if [[ $funcstack[1] == _reeve ]]; then _reeve "$@"; else compdef _reeve reeve; fi
`;
}
