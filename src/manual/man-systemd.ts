/**
 * The manual page reeve-systemd(7): what an operator has to know of Reeve as a service.
 *
 * docs/systemd.md shows how to try each feature, systemd/README.md what a line of the sandbox
 * costs; a test holds what stands here against them and against the units.
 */

import {
  exitCodeMeanings,
  exitCodeNames,
  exitCodes,
  finalExitCodes,
} from '../tables/exit-codes.ts';
import { example, heading, item, page, paragraph, prose, seeAlso, syntax } from './roff.ts';
import { firstSteps, journalExamples, notifications, sockets, units } from './systemd-text.ts';

import type { Items } from './systemd-text.ts';
import type { Release } from './roff.ts';

function items(list: Items): string[] {
  return list.map(([head, ...paragraphs]) =>
    item(head.startsWith('`') ? prose(head) : syntax(head), ...paragraphs),
  );
}

function exitStatus(): string[] {
  const lasting = finalExitCodes.join(', ');
  return [
    '.SH EXIT STATUS',
    prose(
      `After ${lasting} (RestartPreventExitStatus=${finalExitCodes.join(' ')}) systemd does not try ` +
        'again, as the next try would say the same. Everything else is tried again after 2 seconds, then ' +
        'ever later up to a minute (before systemd 254: always 2 seconds), for as long as it takes.',
    ),
    ...exitCodeNames.map((name) => {
      const code = exitCodes[name];
      const isFinal = finalExitCodes.includes(code);
      const text = `${exitCodeMeanings[name]}${isFinal ? ' (not tried again)' : ''}.`;
      return item(`\\fB${code}\\fR`, text.charAt(0).toUpperCase() + text.slice(1));
    }),
    paragraph(
      'A socket unit gives up after ten failed starts of its service within twenty seconds: ' +
        '`systemctl reset-failed reeve@NAME reeve@NAME.socket`, then start the socket.',
    ),
  ];
}

/** The page. */
export function manualOfSystemd(release: Release): string {
  const summary = 'reeve as a service of systemd';
  return page([
    heading({ name: 'reeve-systemd', section: '7', summary, release }),
    '.SH SYNOPSIS',
    `${syntax('reeve@NAME.service')}, ${syntax('reeve@NAME.socket')}, ${syntax('reeve.service')}`,
    '.SH DESCRIPTION',
    prose(
      'How reeve(1) works under systemd 252 and later: with the units that come with it, or with one ' +
        'that `reeve enable` writes for an ini.',
    ),
    example(firstSteps),
    '.SH UNITS',
    ...items(units),
    paragraph(
      "All instances of `reeve@` run as one user and may read each other's files and sockets; a drop-in " +
        'with User= and Group=, or `reeve enable`, separates them. `systemd-analyze security reeve@NAME` ' +
        'counts the sandbox.',
    ),
    '.SH NOTIFICATIONS',
    ...items(notifications),
    '.SH WATCHDOG',
    prose(
      'With WatchdogSec= systemd is told after each step of supervision that the master works, and only ' +
        'while every gateway answers. A gateway that is silent for ten seconds, or for half of ' +
        'WatchdogSec= where that is less, is replaced, without systemd too; when its successor is silent ' +
        'as well systemd is asked to start all anew (WATCHDOG=trigger). A slow application is not its ' +
        'matter: `harakiri` is for that.',
    ),
    '.SH SOCKETS',
    prose('What a socket unit passes is matched with the listeners of the ini:'),
    ...items(sockets),
    paragraph(
      'Backlog, mode, owner and file are those of the socket unit; `listen` and `chmod-socket` do not ' +
        'change them, and the log says so. With `idle` and `die-on-idle` in the ini the service ends ' +
        'when nobody asks, and the socket unit starts it with the next request.',
    ),
    '.SH FILE DESCRIPTOR STORE',
    prose(
      "With FileDescriptorStoreMax= systemd keeps Reeve's own listeners over a restart or a crash, and " +
        'no client is refused meanwhile; a stop closes them. A unix socket in the RuntimeDirectory= also ' +
        'needs RuntimeDirectoryPreserve=restart. `systemd-analyze fdstore` shows them (systemd 254).',
    ),
    '.SH CREDENTIALS',
    prose(
      '`credential:NAME` in place of a value, or behind the name of a variable in `env`, is what LoadCredential= has ' +
        'put into `$CREDENTIALS_DIRECTORY`; neither `reeve check` nor the log shows it.',
    ),
    example(['[Service]', 'LoadCredential=database:/etc/reeve/blog.password']),
    paragraph('and in the ini'),
    example(['env = DATABASE_PASSWORD=credential:database']),
    '.SH JOURNAL',
    prose(
      'Where standard error is the journal, entries have their priority, MESSAGE_ID, REEVE_EVENT and ' +
        'more; each worker has a stream of its own for what the application prints.',
    ),
    example(journalExamples),
    '.SH CONTROL GROUPS',
    prose(
      'With Delegate=yes each worker has a control group of its own (`systemd-cgls -u reeve@NAME.service`): ' +
        'what a worker that was killed leaves behind is killed too. After a crash it has ' +
        '`worker-reload-mercy` seconds.',
    ),
    ...exitStatus(),
    '.SH FILES',
    ...items([
      ['/etc/reeve/NAME.ini', 'The application of `reeve@NAME`.'],
      ['/run/reeve/NAME', 'Its RuntimeDirectory=: control socket, unix sockets.'],
      [
        '/var/lib/reeve/NAME, /var/log/reeve/NAME',
        "The application's to write to, also as " + '`$STATE_DIRECTORY` and `$LOGS_DIRECTORY`.',
      ],
    ]),
    seeAlso([
      'reeve(1)',
      'reeve.ini(5)',
      'systemctl(1)',
      'journalctl(1)',
      'systemd.service(5)',
      'systemd.socket(5)',
      'systemd.exec(5)',
    ]),
  ]);
}
