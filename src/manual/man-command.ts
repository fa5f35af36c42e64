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
  'Options are read from variables `UWSGI_NAME` first, then from the command line and the files that ' +
    'its options name, as they come, then from files without an option before them. The last value ' +
    'counts; an option that is repeatable keeps all of them.',
  'The first word may be a command. All but `check`, `options` and `help` are about instances that ' +
    'run, or are to run as services; each waits for its outcome and ends with it.',
];

const files: readonly (readonly [string, string])[] = [
  ['/etc/reeve/NAME.ini', 'What `reeve@NAME` serves; see reeve-systemd(7).'],
  [
    '/run/reeve/NAME/control.sock',
    'By which commands reach the instance: for root, and in a unit with `RuntimeDirectory=reeve/NAME`. ' +
      'For others it is below `$XDG_RUNTIME_DIR/reeve`; without a runtime directory it is beside the ' +
      'pidfile. `control-socket` names another place, or `off`.',
  ],
  ['/run/reeve/NAME.sock', 'The listening socket of `reeve@NAME.socket`.'],
];

const environment: readonly (readonly [string, string])[] = [
  [
    'UWSGI_NAME',
    'An option, in capitals and with `_` for `-`: `UWSGI_PROCESSES=4` is --processes=4. The command ' +
      'line and files count more.',
  ],
  ['XDG_RUNTIME_DIR', 'Below it lie the control sockets of instances of others than root.'],
  ['TMPDIR', 'Where large bodies and answers are spooled. Default: /tmp.'],
  [
    'NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS, JOURNAL_STREAM',
    'What systemd says to the service, and the application is not told; see reeve-systemd(7).',
  ],
  [
    'RUNTIME_DIRECTORY, CREDENTIALS_DIRECTORY',
    'The directories of the unit: the control socket is in the first.',
  ],
];

const examples: readonly (readonly [string, readonly string[]])[] = [
  ['Serve what an ini says, or a section of it:', ['reeve uwsgi.ini', 'reeve uwsgi.ini:staging']],
  [
    'Serve a module without a file:',
    ['reeve --http :8000 --module app:application --processes 2 --threads 2'],
  ],
  ['See what is wrong with an ini, without starting:', ['reeve check uwsgi.ini']],
  [
    'Make a service of it, and reload it with an exit status that tells the truth:',
    [
      'reeve enable --name blog uwsgi.ini',
      'systemctl start blog',
      'systemctl reload blog && echo new || echo old',
    ],
  ],
  ['Look into it, and change it while it runs:', ['reeve status blog', 'reeve scale 8 blog']],
];

/** How the command is called, a line for each way. */
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

/** Options that ask for a file to be read, or for something else than a start. */
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
    const [letter = ''] = letters;
    const head = [...names, letter].map((one) => `\\fB${one}\\fR`).join(', ');
    return item(head, sentence(summary));
  });
}

/** The page. */
export function manualOfCommand(release: Release): string {
  return page([
    heading({
      name: 'reeve',
      section: '1',
      summary: 'application server that takes your uwsgi.ini',
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
      'Each may stand in a file too, without dashes: reeve.ini(5) says more of every option, and what a ' +
        'reload does about it. A long name may be cut short as long as it is one option; a switch may be ' +
        'told its value (`--vacuum=false`).',
    ),
    ...sections.map(optionsOf),
    otherOptions(),
    '.SH SIGNALS',
    prose('To the master; a letter alone is what is written to a `master-fifo`.'),
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
