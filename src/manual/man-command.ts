/**
 * The manual page reeve(1): the command.
 */

import { commandNames, commandOf, flagsOfCommand, targetMeaning } from '../tables/commands.ts';
import { exitCodeMeanings, exitCodeNames, exitCodes } from '../tables/exit-codes.ts';
import { sections, sectionTitles } from '../tables/option.ts';
import { optionNames, optionOf } from '../tables/options/options.ts';
import { signals } from '../tables/signals.ts';
import { commandFlag } from './help.ts';
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
import { defaultOf, flagsOf, namedDirectives } from './usage.ts';

import type { CommandName } from '../tables/commands.ts';
import type { Section } from '../tables/option.ts';
import type { Release } from './roff.ts';

const description = [
  'Serves Python applications (WSGI) over HTTP and the uwsgi protocol, with the options, files and ' +
    'command line of uWSGI. A master supervises a gateway, which speaks to the clients, and workers, ' +
    'which run the application.',
  'Options are read from environment variables `UWSGI_NAME` first, then from the command line and the ' +
    'files that its options name, in their order, and at last from files that are given without an ' +
    'option. The last value counts; a repeatable option keeps all values.',
  'The first word may be a command. `check`, `options` and `help` only print. The others act on running ' +
    'instances or on services: each waits for the outcome, reports it, and ends with its exit status.',
];

const files: readonly (readonly [string, string])[] = [
  ['/etc/reeve/NAME.ini', 'The configuration of `reeve@NAME`; see reeve-systemd(7).'],
  [
    '/run/reeve/NAME/control.sock',
    'The control socket, on which commands reach the instance, for root and in a unit with ' +
      '`RuntimeDirectory=reeve/NAME`. For other users it is in `$XDG_RUNTIME_DIR/reeve`, else in ' +
      '/run/user/UID/reeve, else in /tmp/reeve-UID. `control-socket` names another place, or `off`.',
  ],
  ['/run/reeve/NAME.sock', 'The listening socket of `reeve@NAME.socket`.'],
];

const environment: readonly (readonly [string, string])[] = [
  [
    'UWSGI_NAME',
    'An option, in capitals and with `_` for `-`: `UWSGI_PROCESSES=4` is --processes=4. The command ' +
      'line and files override it.',
  ],
  [
    'XDG_RUNTIME_DIR',
    'The directory for control sockets of instances that other users than root run. Without it they ' +
      'are in /run/user/UID/reeve, or in /tmp/reeve-UID, a directory of mode 700.',
  ],
  [
    'TMPDIR, TEMP, TMP',
    'The directory for large request bodies and responses; `env` in a configuration may set them too. ' +
      'The first of them in which a file can be made is used, then /tmp, /var/tmp, /usr/tmp and the ' +
      'working directory, as in the tempfile module of Python.',
  ],
  [
    'NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS, JOURNAL_STREAM',
    'Set by systemd for the service; the application does not see them. See reeve-systemd(7).',
  ],
  [
    'RUNTIME_DIRECTORY, CREDENTIALS_DIRECTORY',
    'The directories of the unit; the control socket is in the first.',
  ],
];

const examples: readonly (readonly [string, readonly string[]])[] = [
  ['Serve an ini, or a section of it:', ['reeve uwsgi.ini', 'reeve uwsgi.ini:staging']],
  [
    'Serve a module without a file:',
    ['reeve --http :8000 --module app:application --processes 2 --threads 2'],
  ],
  ['Find what is wrong with an ini, without starting:', ['reeve check uwsgi.ini']],
  [
    'Run it as a service, and reload it; systemctl fails if the new code does not come up:',
    [
      'reeve enable --name blog uwsgi.ini',
      'systemctl start blog',
      'systemctl reload blog && echo new || echo old',
    ],
  ],
  [
    'Show the state of a running instance, and change its number of workers:',
    ['reeve status blog', 'reeve scale 8 blog'],
  ],
];

/** The usages of the command, a line for each. */
function synopsis(): string {
  const calls = [
    '[OPTIONS] [FILE.ini[:SECTION]]...',
    ...commandNames.map((name) => `${name} ${commandOf(name).usage}`.trim()),
    '--stop|--reload|--suspend|--resume PIDFILE',
  ];
  const lines = calls.map((call) => `.B reeve\n${syntax(call)}`);
  return ['.SH SYNOPSIS', lines.join('\n.br\n')].join('\n');
}

function command(name: CommandName): string {
  const { usage, summary, details = '' } = commandOf(name);
  const flags = flagsOfCommand(name).map((flag) =>
    item(syntax(commandFlag(flag)), sentence(flag.summary)),
  );
  const own = flags.length === 0 ? [] : ['.RS', ...flags, '.RE'];
  return [item(syntax(`${name} ${usage}`.trim()), sentence(summary), details), ...own].join('\n');
}

/** One line for each option: reeve.ini(5) has the rest. */
function optionsOf(section: Section): string {
  const names = optionNames.filter((name) => optionOf(name).section === section);
  const title = `.SS ${sectionTitles[section]}`;
  if (section === 'accepted') {
    return [title, prose(names.map((name) => `--${name}`).join(', '))].join('\n');
  }
  const items = names.map((name) => {
    const value = defaultOf(name);
    const byDefault = value === '' || value === 'false' ? '' : ` Default: ${value}.`;
    return item(syntax(flagsOf(name)), sentence(optionOf(name).summary) + byDefault);
  });
  return [title, ...items].join('\n');
}

/** Options that load a file, or ask for something other than a start. */
function otherOptions(): string {
  const items = namedDirectives()
    .filter(({ directive: { action } }) => !['block', 'end'].includes(action.kind))
    .map(({ names, directive: { placeholder, short, summary } }) => {
      const long = names.map((name) => `--${name}`);
      const flags = [...(short === undefined ? [] : [`-${short}`]), ...long].join(', ');
      return item(
        syntax(placeholder === '' ? flags : `${flags}=${placeholder}`),
        sentence(summary),
      );
    });
  return ['.SS Files and other requests', ...items].join('\n');
}

function signalItems(): string[] {
  return signals.map(({ signals: names, letters, summary }) => {
    const head = [...names, ...letters].map((one) => `\\fB${one}\\fR`).join(', ');
    return item(head, sentence(summary));
  });
}

/** The page. */
export function manualOfCommand(release: Release): string {
  return page([
    heading({
      name: 'reeve',
      section: '1',
      summary: 'application server for Python that reads uwsgi.ini files',
      release,
    }),
    synopsis(),
    '.SH DESCRIPTION',
    ...description.map(paragraph),
    '.SH COMMANDS',
    prose(targetMeaning),
    ...commandNames.map(command),
    '.SH OPTIONS',
    prose(
      'Each option may also be in a file, without dashes; reeve.ini(5) describes every option, and the ' +
        'effect of a reload on it. A long name may be shortened as long as it is unambiguous. A switch may ' +
        'have a value (`--vacuum=false`).',
    ),
    ...sections.map(optionsOf),
    otherOptions(),
    '.SH SIGNALS',
    prose('Signals are sent to the master; the letter is for a `master-fifo`.'),
    ...signalItems(),
    '.SH EXIT STATUS',
    ...exitCodeNames.map((name) =>
      item(`\\fB${exitCodes[name]}\\fR`, sentence(exitCodeMeanings[name])),
    ),
    '.SH ENVIRONMENT',
    ...environment.map(([name, text]) => item(prose(name.replaceAll(/(\w+)/g, '`$1`')), text)),
    '.SH FILES',
    ...files.map(([name, text]) => item(syntax(name), text)),
    '.SH EXAMPLES',
    ...examples.flatMap(([text, lines]) => [paragraph(text), example(lines)]),
    seeAlso(['reeve.ini(5)', 'reeve-systemd(7)', 'systemctl(1)', 'journalctl(1)']),
  ]);
}
