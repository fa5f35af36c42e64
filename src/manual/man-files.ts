/**
 * The manual page reeve.ini(5): the files.
 */

import { sections, sectionTitles } from '../tables/option.ts';
import { optionNames, optionOf } from '../tables/options/options.ts';
import {
  example,
  heading,
  item,
  page,
  paragraph,
  prose,
  seeAlso,
  sentence,
  syntax,
} from './roff.ts';
import { defaultOf, namedDirectives, reloadOf, uwsgiOf } from './usage.ts';

import type { OptionName } from '../tables/options/options.ts';
import type { Release } from './roff.ts';

const description = [
  'Settings of reeve(1), in the format of uWSGI: lines `key = value` under `[uwsgi]`, or under another ' +
    'section, which is selected as `FILE.ini:SECTION`. A key without a value means true. Blanks around ' +
    'key and value are ignored. The order of lines matters: the last value of an option counts; ' +
    'repeatable options keep all values.',
  'A line that begins with `;` or `#` is a comment. There are no comments after a value: `processes = 4 ; ' +
    'four` is reported, and `procname = a ; b` is a title with a semicolon.',
  'Files that end in .yml, .yaml, .json or .js are read too, with the options under the key `uwsgi`; a ' +
    'list is a repeated option. Files that end in .xml have them as elements inside `<uwsgi>`.',
  'An unknown key is a placeholder (see PLACEHOLDERS); with `strict` it is an error. For an option of ' +
    'uWSGI that Reeve does not support, the log says what to do instead. `reeve check FILE` reports all of ' +
    'this without a start.',
];

const values =
  'A number is read up to the first character that is not a digit. A switch is off for false, off, no and ' +
  '0, and on for everything else. Values that look like a mistake are reported.';

const placeholders: readonly (readonly [string, string])[] = [
  ['%(KEY)', 'The value of a key in the file, which need not be an option.'],
  [
    '%(A + 1)',
    'A calculation from left to right with + - * /. Names without an operator between them are joined.',
  ],
  ['$(NAME)', 'An environment variable.'],
  ['@(FILE)', 'The content of a file.'],
  [
    'credential:NAME',
    'As a whole value, or after `NAME=` in `env`: the content of `$CREDENTIALS_DIRECTORY/NAME`, which ' +
      'systemd provides (LoadCredential= in the unit). It is never printed.',
  ],
];

/** The letters of `config/reading/magic.ts`. */
const magic: readonly (readonly [string, string])[] = [
  ['%p', 'the path of this file'],
  ['%d', 'its directory, with a slash at the end'],
  ['%s', 'its name, %n the name without the ending, %e the ending'],
  ['%c', 'the name of its directory'],
  ['%o', 'the file as it was given, %x its section'],
  ['%0 ... %9', 'the first ten parts of its directory'],
  ['%h', 'the name of the host'],
  ['%k', 'the number of cores'],
  ['%u', 'the user id, %U the name; %g the group id, %G the name'],
  ['%v', 'the directory in which Reeve was started'],
  ['%V', 'the version'],
  ['%t', 'the time in seconds, %T in microseconds'],
  ['%%', 'a percent sign'],
];

const small = [
  '[uwsgi]',
  'http = :8000',
  'chdir = /srv/blog',
  'module = blog:app',
  'processes = 2',
  'threads = 2',
];
const large = [
  '[uwsgi]',
  'base = /srv/blog',
  'socket = /run/reeve/%n/http.sock',
  'chmod-socket = 660',
  'chdir = %(base)/code',
  'home = %(base)/venv',
  'wsgi-file = wsgi.py',
  'processes = %k',
  'env = SECRET_KEY=credential:blog',
  'static-map = /static=%(base)/static',
  'harakiri = 30',
  'max-requests = 5000',
  'if-env = DEBUG',
  'py-autoreload = 1',
  'endif =',
];

function optionItem(name: OptionName): string {
  const { kind, summary, details = '', aliases = [] } = optionOf(name);
  const value = defaultOf(name);
  const byDefault = value === '' ? '' : ` Default: ${value}.`;
  const long = aliases.filter((alias) => alias.length > 1);
  const also =
    long.length === 0 ? '' : `Also called ${long.map((one) => `\`${one}\``).join(', ')}.`;
  const facts = [also, reloadOf(name), uwsgiOf(name)].filter((text) => text !== '').join(' ');
  const head = syntax(`${name} = ${kind.placeholder || 'true|false'}`);
  return item(head, sentence(summary) + byDefault, details, facts);
}

function optionItems(): string[] {
  return sections.flatMap((section) => {
    const names = optionNames.filter((name) => optionOf(name).section === section);
    return [`.SS ${sectionTitles[section]}`, ...names.map(optionItem)];
  });
}

function readingItems(): string[] {
  return namedDirectives().map(({ names, directive: { placeholder, summary } }) => {
    const heads = names.map((name) => (placeholder === '' ? name : `${name} = ${placeholder}`));
    return item(syntax(heads.join(', ')), sentence(summary));
  });
}

/** The page. */
export function manualOfFiles(release: Release): string {
  return page([
    heading({ name: 'reeve.ini', section: '5', summary: 'configuration of reeve', release }),
    '.SH SYNOPSIS',
    `${syntax('/etc/reeve/NAME.ini')}, ${syntax('FILE.ini')}, ${syntax('FILE.yaml')}, ${syntax('FILE.json')}`,
    '.SH DESCRIPTION',
    ...description.map(paragraph),
    paragraph(values),
    '.SH PLACEHOLDERS',
    ...placeholders.map(([head, text]) => item(syntax(head), text)),
    paragraph(
      'Before this, percent signs with one character are replaced in the text of the file. For those ' +
        'about the file, a capital letter means the first file of a chain of includes.',
    ),
    ...magic.map(([head, text]) => item(syntax(head), sentence(text))),
    '.SH OPTIONS',
    prose('On the command line each is `--NAME=VALUE`; reeve(1) lists the short flags.'),
    ...optionItems(),
    '.SH WHILE READING',
    prose('Keys that load files, set and test values, or ask for something other than a start.'),
    ...readingItems(),
    '.SH EXAMPLES',
    prose('A complete file for a small application:'),
    example(small),
    paragraph('Behind nginx, with the options that most sites use:'),
    example(large),
    seeAlso(['reeve(1)', 'reeve-systemd(7)']),
  ]);
}
