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
  'Settings of reeve(1), in the dialect of uWSGI: lines `key = value` under `[uwsgi]`, or under the ' +
    'section that is asked for as `FILE.ini:SECTION`. A key alone means true. Blanks around key and ' +
    'value do not count, the order of lines does: the last one of an option counts, and repeatable ' +
    'options keep all.',
  'A line that begins with `;` or `#` is a comment. After a value there is none: `processes = 4 ; four` ' +
    'is said, and `procname = a ; b` is a title with a semicolon.',
  'Files that end in .yml, .yaml, .json or .js are read too: under the key `uwsgi`, a list is a ' +
    'repeated option. XML is not read.',
  'An unknown key is a placeholder (see PLACEHOLDERS), and with `strict` an error. An option of uWSGI ' +
    'that is not there is said with what to do instead. `reeve check FILE` says all of it before a start ' +
    'does.',
];

const values =
  'A number is read up to the first character that is no digit; a switch is off for false, off, no and ' +
  '0, and else on. Where that is likely not what was meant, it is said.';

const placeholders: readonly (readonly [string, string])[] = [
  ['%(KEY)', 'The value of a key of the file, also of one that is no option.'],
  [
    '%(A + 1)',
    'Calculated from left to right with + - * /; names joined without a sign between them.',
  ],
  ['$(NAME)', 'An environment variable.'],
  ['@(FILE)', 'The text of a file.'],
  [
    'credential:NAME',
    'For a whole value, or behind `NAME=` in `env`: what systemd has put into ' +
      '`$CREDENTIALS_DIRECTORY/NAME` (LoadCredential= in the unit). It is never printed.',
  ],
];

/** The letters of `config/reading/magic.ts`. */
const magic: readonly (readonly [string, string])[] = [
  ['%p', 'the path of this file'],
  ['%d', 'its directory, with a slash at the end'],
  ['%s', 'its name, %n the name without the ending, %e the ending'],
  ['%c', 'the name of its directory'],
  ['%o', 'the file as it was named, %x its section'],
  ['%0 ... %9', 'the parts of its directory'],
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
      'Before all that, one character behind a percent sign is replaced in the text of the file. A ' +
        'capital letter for one that is about the file means the first file of a chain of includes.',
    ),
    ...magic.map(([head, text]) => item(syntax(head), sentence(text))),
    '.SH OPTIONS',
    prose('On the command line each is `--NAME=VALUE`; reeve(1) has the short letters.'),
    ...optionItems(),
    '.SH WHILE READING',
    prose('Keys that load files, set and test values, or ask for something else than a start.'),
    ...readingItems(),
    '.SH EXAMPLES',
    prose('All that an application needs:'),
    example(small),
    paragraph('Behind nginx, with what most sites have:'),
    example(large),
    seeAlso(['reeve(1)', 'reeve-systemd(7)']),
  ]);
}
