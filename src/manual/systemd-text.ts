/**
 * What reeve-systemd(7) says of units, notifications, sockets and the journal.
 */

/** A term, and the paragraphs about it. */
export type Items = readonly (readonly [head: string, ...paragraphs: readonly string[]])[];

export const units: Items = [
  [
    'reeve@NAME.service',
    'One application: what /etc/reeve/NAME.ini says, as the user `reeve`, in a sandbox. What it needs ' +
      'beyond that is a drop-in (`systemctl edit reeve@NAME`).',
  ],
  [
    'reeve@NAME.socket',
    'Its listening socket, /run/reeve/NAME.sock. Clients wait during a stop or an upgrade instead of ' +
      'being refused, and the first of them starts the service. Enable it before the service runs: a ' +
      'socket unit does not start while its service does.',
  ],
  [
    'reeve.service',
    'All applications. `systemctl reload reeve` reloads each, waits, and fails when one of them does. ' +
      "`systemctl stop reeve` asks all to stop and returns; `systemctl stop reeve 'reeve@*'` waits.",
  ],
  [
    'NAME.service, NAME.socket',
    'What `reeve enable FILE.ini` has written: user, groups, directories, times and sandbox come from ' +
      'the ini, which stays where it is. Enable it again after a change of the ini; `reeve disable NAME` ' +
      'undoes it. A unit that was not written so is not touched.',
  ],
];

export const notifications: Items = [
  [
    '`READY=1`',
    'The gateway takes clients and every worker has loaded the application: `systemctl start` returns ' +
      'then. While something gets on, an import or a drain, more time is asked for ' +
      '(EXTEND_TIMEOUT_USEC=), so that TimeoutStartSec= and TimeoutStopSec= count for a master that ' +
      'says nothing.',
  ],
  [
    '`RELOADING=1`',
    'A reload, whoever asked for it. ExecReload= is `reeve reload`, which waits and fails when the new ' +
      'code does not come up; the old code then serves on. The unit is Type=notify and not ' +
      'notify-reload, which cannot say that a reload has failed.',
  ],
  [
    '`STOPPING=1`',
    'New clients are refused, running requests finish within `worker-reload-mercy`.',
  ],
  [
    '`STATUS=`',
    'One line: `serving: 4 workers, 1 busy, queue 0, 123 req/s`, why the last reload failed, or why ' +
      'nobody answers. A start that fails says why, with ERRNO= where the system refused something.',
  ],
];

export const sockets: Items = [
  [
    'FileDescriptorName=http',
    'A socket with the name of a listener option is served as that option; where the ini gives it one ' +
      'other address, in place of it.',
  ],
  ['Bound at an address of the ini', 'It is that listener.'],
  ['Named reeve', 'That of `reeve@.socket`: it is a `socket`, beside what the ini names.'],
  ['http = fd://3, http = fd://NAME', 'Asks for one by its number or name.'],
  [
    'Any other',
    'It is a `socket` where the ini names no listener; else the start is refused (78).',
  ],
];

export const journalExamples: readonly string[] = [
  'journalctl -u reeve@blog -p warning         # what is wrong',
  'journalctl -u reeve@blog STATUS=500         # requests that were answered 500',
  'journalctl -u reeve@blog REEVE_WORKER=2     # what concerns worker 2',
  'journalctl -t blog/worker-2                 # what the application prints there',
  'journalctl REQUEST_ID=8f14e45f              # one request, by its X-Request-ID',
  'journalctl -x -u reeve@blog                 # with an explanation of each event',
];

export const firstSteps: readonly string[] = [
  'install -m 644 uwsgi.ini /etc/reeve/blog.ini',
  'reeve check /etc/reeve/blog.ini             # also what the sandbox would break',
  'systemctl enable --now reeve@blog.socket    # for nginx; leave it out without',
  'systemctl enable --now reeve@blog',
];
