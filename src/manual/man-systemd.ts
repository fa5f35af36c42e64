/**
 * The manual page reeve-systemd(7): Reeve as a service, for operators.
 *
 * docs/systemd.md shows how to try each feature; systemd/README.md explains the cost of each line
 * of the sandbox. A test compares this page with both, and with the units.
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
        'again, as another try would fail in the same way. Every other failure is tried again without an ' +
        'end: with systemd 254 and later after 100 milliseconds, then after longer and longer pauses up to ' +
        'ten seconds; before systemd 254 every second.',
    ),
    ...exitCodeNames.map((name) => {
      const code = exitCodes[name];
      const isFinal = finalExitCodes.includes(code);
      const text = `${exitCodeMeanings[name]}${isFinal ? ' (not tried again)' : ''}.`;
      return item(`\\fB${code}\\fR`, text.charAt(0).toUpperCase() + text.slice(1));
    }),
    paragraph(
      'A socket unit gives up after ten failed starts of its service within twenty seconds (before ' +
        'systemd 254: ten): ' +
        '`systemctl reset-failed reeve@NAME reeve@NAME.socket`, then start the socket unit.',
    ),
  ];
}

/** The page. */
export function manualOfSystemd(release: Release): string {
  const summary = 'reeve as a service of systemd';
  return page([
    heading({ name: 'reeve-systemd', section: '7', summary, release }),
    ...unitsAndNotifications(),
    ...socketsAndCredentials(),
    ...journalAndGroups(),
    ...exitStatus(),
    ...filesAndOtherPages(),
  ]);
}

function unitsAndNotifications(): readonly string[] {
  return [
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
      "All instances of `reeve@` run as the same user and may read each other's files and sockets. A " +
        'drop-in with User= and Group=, or `reeve enable`, separates them. `systemd-analyze security reeve@NAME` ' +
        'rates the sandbox.',
    ),
    '.SH NOTIFICATIONS',
    ...items(notifications),
    '.SH WATCHDOG',
    prose(
      'With WatchdogSec= the master tells systemd that it works, as long as every gateway answers. A ' +
        'gateway that does not answer for ten seconds, or for half of WatchdogSec= if that is less, is ' +
        'replaced; Reeve does this also without systemd. If the new gateway does not answer either, ' +
        'systemd is asked to restart the service (WATCHDOG=trigger). The watchdog does not watch the ' +
        'application: use `harakiri` for that.',
    ),
  ];
}

function socketsAndCredentials(): readonly string[] {
  return [
    '.SH SOCKETS',
    prose('Sockets that systemd passes are matched with the listeners of the ini:'),
    ...items(sockets),
    paragraph(
      'Backlog, mode, owner and file are those of the socket unit; `listen` and `chmod-socket` do not ' +
        'change them, which is logged. With `idle` and `die-on-idle` in the ini the service stops after ' +
        'a time without requests, and the socket unit starts it with the next request.',
    ),
    '.SH FILE DESCRIPTOR STORE',
    prose(
      "With FileDescriptorStoreMax= systemd keeps Reeve's own listeners open during a restart or after a " +
        'crash, so that no client is refused; a stop closes them. A unix socket in the RuntimeDirectory= also ' +
        'needs RuntimeDirectoryPreserve=restart. `systemd-analyze fdstore` shows them (systemd 254). ' +
        'Caches with keep=restart are kept as well, as memory.',
    ),
    '.SH CREDENTIALS',
    prose(
      '`credential:NAME` in place of a value, or after the name of a variable in `env`, is read from ' +
        '`$CREDENTIALS_DIRECTORY`, where LoadCredential= puts it; neither `reeve check` nor the log shows it.',
    ),
    example(['[Service]', 'LoadCredential=database:/etc/reeve/blog.password']),
    paragraph('and in the ini'),
    example(['env = DATABASE_PASSWORD=credential:database']),
  ];
}

function journalAndGroups(): readonly string[] {
  return [
    '.SH JOURNAL',
    prose(
      'If standard error is the journal, entries have a priority, MESSAGE_ID, REEVE_EVENT and more ' +
        'fields. Each worker has its own stream for the output of the application.',
    ),
    example(journalExamples),
    '.SH CONTROL GROUPS',
    prose(
      'With Delegate=yes each worker has its own control group (`systemd-cgls -u reeve@NAME.service`). ' +
        'When a worker was killed, processes that it has left behind are killed too; after a crash they ' +
        'have `worker-reload-mercy` seconds to end.',
    ),
  ];
}

function filesAndOtherPages(): readonly string[] {
  return [
    '.SH FILES',
    ...items([
      ['/etc/reeve/NAME.ini', 'The configuration of `reeve@NAME`.'],
      ['/run/reeve/NAME', 'Its RuntimeDirectory=, for the control socket and unix sockets.'],
      [
        '/var/lib/reeve/NAME, /var/log/reeve/NAME',
        'Directories that the application may write to: `$STATE_DIRECTORY` and `$LOGS_DIRECTORY`.',
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
  ];
}
