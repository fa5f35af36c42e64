/**
 * Completion for bash, without the package bash-completion: it works in a bare shell too.
 */

import {
  configurationEndings,
  flagsOf,
  flagsOfStart,
  origin,
  positionalsOf,
  takesFlagsOfStart,
} from './completion.ts';
import { wrap } from './wrap.ts';
import { commandNames, writtenMark } from '../tables/commands.ts';

import type { Flag, Value } from './completion.ts';
import type { CommandName } from '../tables/commands.ts';

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

// What follows does not depend on the tables of options.

/** Functions that find instances and units by looking at files. */
const bashHelpers = `_reeve_instances() {
  local path
  for path in /etc/reeve/*.ini; do
    [[ -e $path ]] && path=\${path##*/} && printf '%s\\n' "\${path%.ini}"
  done
  for path in /run/reeve/*/control.sock \${XDG_RUNTIME_DIR:+"$XDG_RUNTIME_DIR"/reeve/*/control.sock} \\
    "/run/user/$EUID"/reeve/*/control.sock "/tmp/reeve-$EUID"/*/control.sock; do
    [[ -e $path ]] && path=\${path%/*} && printf '%s\\n' "\${path##*/}"
  done
}

_reeve_enabled() {
  local path
  for path in $(grep -ls '^${writtenMark}' /etc/systemd/system/*.service); do
    path=\${path##*/} && printf '%s\\n' "\${path%.service}"
  done
}

_reeve_configurations() {
  local ending
  for ending in ${configurationEndings.join(' ')}; do
    compgen -f -X "!*.$ending" "$@"
  done
  compgen -d "$@"
}

# Offers values of this kind, and these words too.
_reeve_offer() {
  local kind=$1 before=$2 now=$3 words="\${*:4}"
  local -a found
  case $kind in
    file) compopt -o filenames 2>/dev/null; mapfile -t found < <(compgen -f -P "$before" -- "$now") ;;
    directory | mapped-directory)
      [[ $kind == mapped-directory && $now == *=* ]] && before+=\${now%=*}= && now=\${now##*=}
      compopt -o filenames 2>/dev/null
      mapfile -t found < <(compgen -d -P "$before" -- "$now") ;;
    configuration)
      compopt -o filenames 2>/dev/null
      mapfile -t found < <(_reeve_configurations -P "$before" -- "$now") ;;
    address)
      [[ $now == */* ]] || return
      compopt -o filenames 2>/dev/null
      mapfile -t found < <(compgen -f -P "$before" -- "$now") ;;
    user) mapfile -t found < <(compgen -u -P "$before" -- "$now") ;;
    group) mapfile -t found < <(compgen -g -P "$before" -- "$now") ;;
    instance | enabled)
      if [[ $kind == instance ]]; then words+=" $(_reeve_instances)"; else words+=" $(_reeve_enabled)"; fi
      compopt -o filenames 2>/dev/null
      mapfile -t found < <(_reeve_configurations -P "$before" -- "$now") ;;
  esac
  COMPREPLY+=("\${found[@]}")
  mapfile -t found < <(compgen -W "$words" -P "$before" -- "$now")
  COMPREPLY+=("\${found[@]}")
}
`;

/** Finds out what is being completed, and offers values for it. */
const bashMain = `_reeve() {
  local now=\${COMP_WORDS[COMP_CWORD]} before='' command='' flag='' at place=0 joined=''
  local -a commands value=()
  COMPREPLY=()
  _reeve_is_command "\${COMP_WORDS[1]}" && [[ $COMP_CWORD -gt 1 ]] && command=\${COMP_WORDS[1]}

  # Bash cuts words at "=": --static-map=/s=/srv is five of them, of which the first is the flag.
  at=$((COMP_CWORD - 1))
  [[ $now == = ]] && now='' joined=1
  while [[ $at -gt 0 && \${COMP_WORDS[at]} != -* ]] &&
    [[ \${COMP_WORDS[at]} == = || \${COMP_WORDS[at + 1]} == = ]]; do
    at=$((at - 1))
  done
  flag=\${COMP_WORDS[at]}
  [[ \${COMP_WORDS[at + 1]} == = ]] && joined=1
  # In other cases the flag is a part of the word.
  [[ $now == --*=* ]] && flag=\${now%%=*} before=$flag= now=\${now#*=} joined=1
  if [[ $flag == -* ]]; then
    _reeve_value_of "$command" "$flag"
    # An optional value is never a word of its own.
    if [[ \${value[0]-} == optional ]]; then
      value=("\${value[@]:1}")
      [[ -n $joined ]] || value=()
    fi
    if [[ \${#value[@]} -gt 0 ]]; then
      _reeve_offer "\${value[0]}" "$before" "$now" "\${value[@]:1}"
      return
    fi
  fi
  if [[ $now == -* ]]; then
    _reeve_flags "$command"
    mapfile -t COMPREPLY < <(compgen -W "\${value[*]}" -- "$now")
    return
  fi
  if [[ -z $command ]]; then
    _reeve_offer configuration '' "$now"
    [[ $COMP_CWORD -eq 1 ]] && _reeve_offer words '' "$now" "\${commands[@]}"
    return
  fi
  for ((at = 2; at < COMP_CWORD; at++)); do
    if [[ \${COMP_WORDS[at]} == -* ]]; then
      value=()
      _reeve_value_of "$command" "\${COMP_WORDS[at]}"
      if [[ \${COMP_WORDS[at + 1]} == = ]]; then
        at=$((at + 2))
      elif [[ \${#value[@]} -gt 0 && \${value[0]} != optional ]]; then
        at=$((at + 1))
      fi
    else
      place=$((place + 1))
    fi
  done
  value=()
  _reeve_argument "$command" "$place"
  [[ \${#value[@]} -gt 0 ]] && _reeve_offer "\${value[0]}" '' "$now" "\${value[@]:1}"
}

complete -F _reeve reeve
`;
