/**
 * Completion for fish.
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
import type { Flag, Value, ValueKind } from './completion.ts';

/** The fish command that lists the values, in parentheses; '' where none can be offered. */
const sources: Readonly<Record<ValueKind, string>> = {
  nothing: '',
  words: '',
  file: '(__reeve_paths)',
  configuration: '(__reeve_configurations)',
  directory: '(__fish_complete_directories (__reeve_value))',
  'mapped-directory': '(__reeve_mapped_directories)',
  address: '(__reeve_addresses)',
  user: '(__fish_complete_users)',
  group: '(__fish_complete_groups)',
  instance: '(__reeve_instances; __reeve_configurations)',
  enabled: '(__reeve_enabled; __reeve_configurations)',
};

const helpers = `# The value that is being typed; in --flag=VALUE the part after the equals sign.
function __reeve_value
    string replace -r '^--[^=]*=' '' -- (commandline -ct)
end

# Files as fish completes them for an unknown command, which handles ~ and blanks correctly
# (__fish_complete_path of fish 3.6 does not know ~).
function __reeve_paths
    complete -C "__reeve_no_such_command "(__reeve_value)
end

function __reeve_configurations
    __reeve_paths |
        string match -r '^.*(?:/|\\.(?:${configurationEndings.join('|')}))(?:\\t.*)?$'
end

function __reeve_mapped_directories
    set -l now (__reeve_value)
    set -l before (string match -r '.*=' -- $now)
    set -l paths (__fish_complete_directories (string replace -r '.*=' '' -- $now))
    string replace -r '^' -- "$before" $paths
end

function __reeve_addresses
    set -l now (__reeve_value)
    string match -q '*/*' -- $now; and __reeve_paths
end

# Names of instances.
function __reeve_instances
    set -l configurations /etc/reeve/*.ini
    set -l sockets /run/reeve/*/control.sock
    set -l uid (id -u)
    set -a sockets /run/user/$uid/reeve/*/control.sock /tmp/reeve-$uid/*/control.sock
    test -n "$XDG_RUNTIME_DIR"; and set -a sockets $XDG_RUNTIME_DIR/reeve/*/control.sock
    string replace -r '.*/(.*)\\.ini$' '$1' -- $configurations
    string replace -r '.*/([^/]*)/control.sock$' '$1' -- $sockets
end

# Units that reeve enable has written.
function __reeve_enabled
    set -l units /etc/systemd/system/*.service
    test -n "$units"; or return
    string replace -r '.*/(.*)\\.service$' '$1' -- (grep -ls '^${writtenMark}' $units)
end

# The command; only the first word can be one.
function __reeve_command
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] ${commandNames.join(' ')}
    and echo $words[2]
end

function __reeve_is_command
    test (__reeve_command; or echo) = $argv[1]
end

# Whether the cursor is at argument number $argv[2] of command $argv[1]; the flags in $argv[3..]
# take a value.
function __reeve_is_argument
    test (__reeve_command; or echo) = $argv[1]; or return 1
    set -l words (commandline -opc)
    set -l place 0
    set -l is_value 0
    for word in $words[3..]
        if test $is_value = 1
            set is_value 0
        else if contains -- $word $argv[3..]
            set is_value 1
        else if not string match -q -- '-*' $word
            set place (math $place + 1)
        end
    end
    test $argv[2] = any -o "$argv[2]" = $place
end
`;

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}

function argumentsOf(value: Value): string {
  return [...value.words, sources[value.kind]].filter((one) => one !== '').join(' ');
}

/** One line for a flag with all its names. */
function flagLine(flag: Flag, condition: string): string {
  const { argument, value, summary } = flag;
  const names = [...flag.long.map((name) => `-l ${name}`), ...flag.short.map((one) => `-s ${one}`)];
  const words = argumentsOf(value);
  const what = words === '' ? '' : ` -a ${quoted(words)}`;
  const takes = argument === 'none' ? '' : argument === 'optional' ? ` -f${what}` : ` -x${what}`;
  return `complete -c reeve -n ${quoted(condition)} ${names.join(' ')}${takes} -d ${quoted(summary)}`;
}

function commandLines(name: CommandName): string[] {
  const condition = `__reeve_is_command ${name}`;
  const flags = flagsOf(name);
  const withValue = flags
    .filter(({ argument }) => argument === 'required')
    .flatMap(({ long, short }) => [
      ...long.map((one) => `--${one}`),
      ...short.map((one) => `-${one}`),
    ]);
  const positionals = positionalsOf(name).map(({ value, repeats }, place) => {
    const where = ['__reeve_is_argument', name, repeats ? 'any' : String(place), ...withValue];
    const words = argumentsOf(value);
    if (words === '') return '';
    return `complete -c reeve -n ${quoted(where.join(' '))} -f -a ${quoted(words)}`;
  });
  return [
    `complete -c reeve -n 'test (count (commandline -opc)) -eq 1' -f -a ${name} -d ${quoted(commandOf(name).summary)}`,
    ...flags.map((flag) => flagLine(flag, condition)),
    `complete -c reeve -n ${quoted(condition)} -l help -s h -d 'print how it is used'`,
    ...positionals.filter((line) => line !== ''),
  ];
}

/** The whole file. */
export function fishCompletion(): string {
  const withStart = commandNames.filter(takesFlagsOfStart);
  const isStart = ['not __reeve_command >/dev/null']
    .concat(withStart.map((name) => `__reeve_is_command ${name}`))
    .join('; or ');
  return `${origin('fish').join('\n')}

${helpers}
function __reeve_takes_start
    ${isStart}
end

complete -c reeve -f
complete -c reeve -n 'not __reeve_command >/dev/null' -f -a '(__reeve_configurations)'
${commandNames.flatMap(commandLines).join('\n')}
${flagsOfStart()
  .map((flag) => flagLine(flag, '__reeve_takes_start'))
  .join('\n')}
`;
}
