/**
 * The parts of reeve-systemd(7) about units, notifications, sockets and the journal.
 */

/** A term, and the paragraphs about it. */
export type Items = readonly (readonly [head: string, ...paragraphs: readonly string[]])[];

export const units: Items = [
  [
    'reeve@NAME.service',
    'One application: it runs /etc/reeve/NAME.ini as the user `reeve`, in a sandbox. If the application ' +
      'needs more than the sandbox allows, write a drop-in (`systemctl edit reeve@NAME`).',
  ],
  [
    'reeve@NAME.socket',
    'Its listening socket, /run/reeve/NAME.sock. Clients wait during a stop or an upgrade instead of ' +
      'being refused, and the first of them starts the service. Start it before the service: systemd ' +
      'does not start a socket unit while its service runs.',
  ],
  [
    'reeve.service',
    'All applications. `systemctl reload reeve` reloads each one, waits, and fails if one of them fails. ' +
      "`systemctl stop reeve` asks all to stop and returns; `systemctl stop reeve 'reeve@*'` waits.",
  ],
  [
    'NAME.service, NAME.socket',
    'Written by `reeve enable FILE.ini`: user, groups, directories, times and sandbox come from the ini, ' +
      'which stays in its place. Run it again after a change of the ini; `reeve disable NAME` undoes it. ' +
      'Directories of the ini are made by /etc/tmpfiles.d/zz-reeve-NAME.conf, so that several applications ' +
      'can share them. Unix sockets get the group of nginx, if the ini names none. ' +
      'Units that it has not written are never changed.',
  ],
];

export const notifications: Items = [
  [
    '`READY=1`',
    'The gateway accepts clients and every worker has loaded the application; `systemctl start` returns ' +
      'then. While an import or a drain makes progress, Reeve asks for more time ' +
      '(EXTEND_TIMEOUT_USEC=), so TimeoutStartSec= and TimeoutStopSec= only end a master that hangs.',
  ],
  [
    '`RELOADING=1`',
    'A reload has begun, by a command, a signal or another way. ExecReload= is `reeve reload`, which waits ' +
      'and fails when the new code does not come up; the old code then keeps serving. The unit has ' +
      'Type=notify and not notify-reload, with which a reload cannot fail.',
  ],
  [
    '`STOPPING=1`',
    'New clients are refused; running requests have `worker-reload-mercy` seconds to finish.',
  ],
  [
    '`STATUS=`',
    'One line: `serving: 4 workers, 1 busy, queue 0, 123 req/s`, the reason why the last reload failed, or ' +
      'why clients get no answer. When a start fails, it has the reason, with ERRNO= if a system call failed.',
  ],
];

export const sockets: Items = [
  [
    'FileDescriptorName=http',
    'A socket with the name of a listener option is used for that option. If the ini gives that option ' +
      'exactly one address, which may be another, the socket replaces it.',
  ],
  ['Bound to an address of the ini', 'The socket is used for that listener.'],
  [
    'Named reeve',
    'The socket of `reeve@.socket`: it is a `socket`, in addition to the listeners of the ini.',
  ],
  ['http = fd://3, http = fd://NAME', 'The ini asks for a socket by its number or name.'],
  [
    'Any other',
    'It is a `socket` if the ini has no listener; if it has one, the start is refused (78).',
  ],
];

export const journalExamples: readonly string[] = [
  'journalctl -u reeve@blog -p warning         # warnings and errors',
  'journalctl -u reeve@blog STATUS=500         # requests that were answered 500',
  'journalctl -u reeve@blog REEVE_WORKER=2     # entries about worker 2',
  'journalctl -t blog/worker-2                 # output of the application in worker 2',
  'journalctl REQUEST_ID=8f14e45f              # one request, by its X-Request-ID',
  'journalctl -x -u reeve@blog                 # with an explanation of each event',
];

export const firstSteps: readonly string[] = [
  'install -m 644 uwsgi.ini /etc/reeve/blog.ini',
  'reeve check /etc/reeve/blog.ini             # reports also conflicts with the sandbox',
  'systemctl enable --now reeve@blog.socket    # for nginx; leave it out without',
  'systemctl enable --now reeve@blog',
];
