/**
 * The text of `reeve --help`, and of `reeve NAME --help`.
 */

import { directives } from '../tables/directives.ts';
import { sections, sectionTitles } from '../tables/option.ts';
import { commandNames, commandOf, flagsOfCommand, targetMeaning } from '../tables/commands.ts';
import { optionNames, optionOf } from '../tables/options/options.ts';
import { defaultOf, flagsOf, reloadOf, uwsgiOf } from './usage.ts';
import { wrap } from './wrap.ts';

import type { CommandFlag, CommandName } from '../tables/commands.ts';
import type { Section } from '../tables/option.ts';
import type { OptionName } from '../tables/options/options.ts';

/** With these one begins; a call without arguments has only the names of the others. */
const firstCommands: readonly CommandName[] = [
  ...(['check', 'status', 'top', 'reload', 'stop'] as const),
  ...(['enable', 'disable', 'upgrade'] as const),
];

/** The lines before the options: the usage and purpose of each command. */
function usage(which: 'all' | 'first' = 'all'): string {
  const named = commandNames.filter((name) => name !== 'help');
  const shown = which === 'all' ? named : named.filter((name) => firstCommands.includes(name));
  const others = named.filter((name) => !shown.includes(name));
  const lines: readonly (readonly [string, string])[] = [
    ['reeve [options] [FILE.ini[:SECTION]]', "start with uWSGI's options and files"],
    ...shown.map((name) => {
      const { usage: rest, summary } = commandOf(name);
      return [`reeve ${name} ${rest}`.trim(), summary] as const;
    }),
    ...(others.length === 0 ? [] : [['other commands', others.join(', ')] as const]),
    ['reeve --stop PIDFILE', 'ask a daemon to stop; also --reload, --suspend, --resume'],
  ];
  const text = lines.flatMap(([call, summary]) => {
    const head = `  ${call}`;
    const [first = '', ...rest] = wrap(summary, columns - usageWidth);
    const beside = head.length < usageWidth ? [head.padEnd(usageWidth) + first] : [head];
    const below = head.length < usageWidth ? rest : [first, ...rest];
    return [...beside, ...below.map((line) => ' '.repeat(usageWidth) + line)];
  });
  return `Usage:\n${text.join('\n')}\n  reeve help [TOPIC], reeve --help, reeve --version\n`;
}

const examples = `Examples:
  reeve uwsgi.ini
  reeve --http :8000 --module app:application --processes 2 --threads 2
`;

/** The usual width of a terminal. */
const columns = 80;
const flagsWidth = 30;
const usageWidth = 40;

function entry(flags: string, summary: string): string {
  const [first = '', ...rest] = wrap(summary, columns - flagsWidth);
  const indent = ' '.repeat(flagsWidth);
  const heads = wrap(flags, columns - 4).map((line, index) => (index === 0 ? '  ' : '    ') + line);
  const [head = ''] = heads;
  const isBeside = heads.length === 1 && head.length < flagsWidth - 1;
  const lines = isBeside ? [head.padEnd(flagsWidth) + first] : [...heads, indent + first];
  return [...lines, ...rest.map((line) => indent + line)].join('\n');
}

function sectionText(section: Section): string {
  const names = optionNames.filter((name) => optionOf(name).section === section);
  if (section === 'accepted') {
    const flags = names.map((name) => `--${name}`).join(', ');
    return wrap(flags, columns - 2)
      .map((line) => `  ${line}`)
      .join('\n');
  }
  return names.map((name) => optionEntry(name)).join('\n');
}

function optionEntry(name: OptionName, flags = flagsOf(name)): string {
  const value = defaultOf(name);
  const isSaid = value !== '' && value !== 'false';
  const summary = optionOf(name).summary + (isSaid ? ` [${value}]` : '');
  return entry(flags, summary);
}

/** `-y, --yes`, `--name=NAME`. */
export function commandFlag({ name, short, placeholder }: CommandFlag): string {
  const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return placeholder === undefined ? names : `${names}=${placeholder}`;
}

/** The text of `reeve NAME --help`. */
export function commandHelp(name: CommandName): string {
  const { usage: rest, summary, details = '' } = commandOf(name);
  const flags = flagsOfCommand(name).map((flag) => entry(commandFlag(flag), flag.summary));
  const target = rest.includes('TARGET') ? targetMeaning : '';
  const texts = [details, target].map((text) => wrap(text.replaceAll('`', ''), columns).join('\n'));
  const parts = [
    `Usage: ${`reeve ${name} ${rest}`.trim()}\n${summary}`,
    ...texts,
    flags.join('\n'),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A few lines, for a call without arguments. */
export function shortHelp(): string {
  return `${usage('first')}\n${examples}`;
}

/** What most configurations have; the others are found by section, or by their name. */
const commonOptions = [
  ...(['module', 'wsgi-file', 'mount', 'chdir', 'home', 'env'] as const),
  ...(['processes', 'threads', 'harakiri', 'max-requests', 'lazy-apps'] as const),
  ...(['http', 'http-socket', 'socket', 'chmod-socket', 'static-map'] as const),
  ...(['uid', 'gid', 'logto', 'pidfile', 'daemonize', 'py-autoreload'] as const),
] as const;

/** The commands, the options that most configurations have, and where the rest is. */
export function commonHelp(): string {
  const options = commonOptions.map((name) => optionEntry(name, flagsOf(name, 'short'))).join('\n');
  const more: readonly (readonly [string, string])[] = [
    ['reeve --help all', 'every option'],
    ['reeve --help SECTION', sections.join(', ')],
    ['reeve help NAME', 'one command or option: reeve help reload, reeve help harakiri'],
  ];
  const rest = more.map(([call, summary]) => entry(call, summary)).join('\n');
  return [usage(), `Common options:\n${options}\n`, `More:\n${rest}\n`, examples].join('\n');
}

/** The options of one section. */
export function sectionHelp(section: Section): string {
  return `${sectionTitles[section]}:\n${sectionText(section)}\n`;
}

/** All that is known of one option. */
export function optionHelp(name: OptionName): string {
  const { summary, details = '', section } = optionOf(name);
  const value = defaultOf(name);
  const isSaid = value !== '' && value !== 'false';
  const paragraphs = [
    `${summary}${isSaid ? ` [${value}]` : ''}`,
    details.replaceAll('`', ''),
    [reloadOf(name), uwsgiOf(name)].filter((sentence) => sentence !== '').join(' '),
    `Section: ${sectionTitles[section]} (reeve --help ${section})`,
  ];
  return `${[flagsOf(name), ...paragraphs].flatMap(wrapped).join('\n\n')}\n`;
}

/** What acts while the configuration is read. */
export function directiveHelp(name: string): string {
  const { summary = '', placeholder = '' } = directives[name] ?? {};
  return `--${name}${placeholder === '' ? '' : `=${placeholder}`}\n\n${wrapped(summary).join('')}\n`;
}

function wrapped(text: string): readonly string[] {
  return text === '' ? [] : [wrap(text, columns).join('\n')];
}

/** All options, by section. */
export function fullHelp(): string {
  const parts = sections.map((section) => `${sectionTitles[section]}:\n${sectionText(section)}\n`);
  return [usage(), ...parts, examples].join('\n');
}
