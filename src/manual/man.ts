/**
 * The manual pages reeve(1) and reeve.ini(5).
 */

import { directives } from '../tables/directives.ts';
import { commandNames, commandOf } from '../tables/commands.ts';
import { exitCodeMeanings, exitCodeNames, exitCodes } from '../tables/exit-codes.ts';
import { sections, sectionTitles } from '../tables/option.ts';
import { optionNames, optionOf } from '../tables/options.ts';
import { defaultOf, flagsOf, reloadOf, uwsgiOf } from './usage.ts';

import type { OptionName } from '../tables/options.ts';

/** Text in which roff finds nothing of its own. */
function plain(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('`', '"');
  return escaped.replaceAll(/^([.'])/gm, '\\&$1');
}

function item(head: string, ...paragraphs: readonly string[]): string {
  const texts = paragraphs.filter((text) => text !== '').map(plain);
  return `.TP\n.B ${plain(head)}\n${texts.join('\n.br\n')}`;
}

function header(page: string, section: string, summary: string, version: string): string {
  return [
    `.TH ${page.toUpperCase()} ${section} "" "Reeve ${version}"`,
    '.SH NAME',
    `${plain(page)} \\- ${plain(summary)}`,
  ].join('\n');
}

function optionItem(head: string, name: OptionName): string {
  const { summary, details = '' } = optionOf(name);
  const value = defaultOf(name);
  const byDefault = value === '' ? '' : ` Default: ${value}.`;
  const first = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.${byDefault}`;
  return item(head, first, details, [reloadOf(name), uwsgiOf(name)].join(' ').trim());
}

function optionItems(headOf: (name: OptionName) => string): string {
  return sections
    .map((section) => {
      const names = optionNames.filter((name) => optionOf(name).section === section);
      const items = names.map((name) => optionItem(headOf(name), name));
      return [`.SS ${sectionTitles[section]}`, ...items].join('\n');
    })
    .join('\n');
}

/** reeve(1): the command. */
export function manualOfCommand(version: string): string {
  const codes = exitCodeNames.map((name) =>
    item(String(exitCodes[name]), `${exitCodeMeanings[name]}.`),
  );
  return [
    header('reeve', '1', 'application server that takes your uwsgi.ini', version),
    '.SH SYNOPSIS',
    '.B reeve\n[options] [FILE.ini[:SECTION]]\n.br',
    ...commandNames.map((name) => `.B reeve ${plain(name)}\n${plain(commandOf(name).usage)}\n.br`),
    '.B reeve \\-\\-stop\nPIDFILE',
    '.SH DESCRIPTION',
    plain('Runs a Python application behind HTTP, with the options and files of uWSGI.'),
    plain('Options are read from UWSGI_* variables first, then from the command line and the'),
    plain('files that it names as they come, then from files without an option before them; the'),
    'last one counts.',
    '.SH COMMANDS',
    ...commandNames.map((name) => {
      const { summary, details = '', usage } = commandOf(name);
      return item(`${name} ${usage}`.trim(), `${summary}.`, details);
    }),
    '.SH OPTIONS',
    optionItems(flagsOf),
    '.SH EXIT STATUS',
    ...codes,
    '.SH SEE ALSO',
    '.BR reeve.ini (5)\n',
  ].join('\n');
}

/** reeve.ini(5): the files. */
export function manualOfFiles(version: string): string {
  const reading = Object.entries(directives).map(([name, { placeholder, summary }]) =>
    item(placeholder === '' ? name : `${name} = ${placeholder}`, `${summary}.`),
  );
  return [
    header('reeve.ini', '5', 'configuration of reeve', version),
    '.SH DESCRIPTION',
    plain('An ini file in the dialect of uWSGI: `key = value` lines under [uwsgi]. A line that'),
    plain('begins with ; or # is a comment; after a value there is none. An unknown key is a'),
    plain(
      'placeholder for %(key). $(NAME) is an environment variable, @(FILE) the text of a file,',
    ),
    plain('%d the directory of the file, %n its name, %k the number of cores, %% a percent sign.'),
    plain(
      'credential:NAME, for a whole value or behind NAME= in env, is what systemd has put into',
    ),
    plain('$CREDENTIALS_DIRECTORY/NAME (LoadCredential= in the unit); it is never printed.'),
    '.SH OPTIONS',
    optionItems((name) => `${name} = ${optionOf(name).kind.placeholder || 'true|false'}`),
    '.SH WHILE READING',
    ...reading,
    '.SH SEE ALSO',
    '.BR reeve (1)\n',
  ].join('\n');
}
