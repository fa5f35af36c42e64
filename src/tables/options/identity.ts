/**
 * User and groups, directories, and the files by which others find the daemon.
 */

import { onOff, permissions } from '../kinds.ts';
import { option } from '../option.ts';
import { directory, file, list, text } from '../text-kinds.ts';

export const identityOptions = {
  uid: option({
    section: 'identity',
    kind: text('USER', 'a user name or number'),
    default: '',
    summary: 'user that every process runs as',
    onReload: 'restart',
    uwsgi: {
      differs: "without gid the user's own groups are used; uWSGI keeps group 0",
      only: (_user, { isGiven }) => !isGiven('gid'),
    },
  }),
  gid: option({
    section: 'identity',
    kind: text('GROUP', 'a group name or number'),
    default: '',
    summary: 'group that every process runs as',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  'add-gid': option({
    section: 'identity',
    kind: list('GROUP', 'a group name or number'),
    default: [],
    summary: 'supplementary group (repeatable)',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  'no-initgroups': option({
    section: 'identity',
    kind: onOff(),
    default: false,
    summary: "do not use the user's supplementary groups",
    onReload: 'restart',
    uwsgi: 'same',
  }),
  umask: option({
    section: 'identity',
    kind: permissions(undefined),
    default: undefined,
    summary: 'permission bits that new files do not get, in octal',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  chdir: option({
    section: 'identity',
    kind: directory(),
    default: '',
    summary: 'directory to change to before the application is loaded',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  chdir2: option({
    section: 'identity',
    kind: directory(),
    default: '',
    summary: 'directory that each worker changes to when the application is loaded',
    details: 'A relative one begins at chdir. Paths of the configuration do not depend on it.',
    onReload: 'reload',
    uwsgi: {
      remark:
        'a directory that cannot be entered ends the start; in uWSGI workers die again and again',
    },
  }),
  pidfile: option({
    section: 'identity',
    kind: file(),
    default: '',
    summary: 'file with the pid of the master, held locked; created before privileges are dropped',
    onReload: 'restart',
    uwsgi: { remark: 'Reeve does not start if the pidfile belongs to a running process' },
  }),
  pidfile2: option({
    section: 'identity',
    kind: file(),
    default: '',
    summary: 'the same, created after privileges are dropped',
    onReload: 'restart',
    uwsgi: { remark: 'Reeve does not start if the pidfile belongs to a running process' },
  }),
  'safe-pidfile': option({
    section: 'identity',
    kind: file(),
    default: '',
    summary: 'the same as pidfile',
    onReload: 'restart',
    uwsgi: { differs: 'it is written at the start, before the application is loaded' },
  }),
  'safe-pidfile2': option({
    section: 'identity',
    kind: file(),
    default: '',
    summary: 'the same as pidfile2',
    onReload: 'restart',
    uwsgi: { differs: 'it is written at the start, before the application is loaded' },
  }),
  'control-socket': option({
    section: 'identity',
    kind: text('PATH|off', 'a path, or off'),
    default: '',
    summary:
      'unix socket on which reeve status, reload, stop, log-level and scale reach the daemon',
    details:
      'By default the socket is control.sock in the runtime directory of the unit. Without a unit it is ' +
      'in /run/reeve/NAME for root; for other users in $XDG_RUNTIME_DIR/reeve/NAME, else in ' +
      '/run/user/UID/reeve/NAME, else in /tmp/reeve-UID/NAME, else beside the pidfile. Its mode is ' +
      '0600. If none of these can be used, the start reports it and goes on.',
    onReload: 'restart',
    uwsgi: 'ours-alone',
  }),
  vacuum: option({
    section: 'identity',
    kind: onOff(),
    default: false,
    summary: 'remove pidfiles and unix sockets at a stop',
    onReload: 'restart',
    uwsgi: {
      only: (isOn) => isOn,
      differs: 'unix sockets are removed also after a reload; uWSGI leaves them then',
    },
  }),
  daemonize: option({
    section: 'identity',
    kind: file(),
    default: '',
    summary: 'run in the background and append the log to this file',
    details:
      'The command returns when the daemon is ready. If the start fails, it ends with its exit code.',
    aliases: ['d'],
    onReload: 'restart',
    uwsgi: {
      differs:
        'the command returns only when the daemon is ready; the umask stays (uWSGI sets it to 0, so ' +
        'everybody may write the pidfile), but unix sockets have mode 777 as there; with uid the file ' +
        'belongs to that user',
    },
  }),
  daemonize2: option({
    section: 'identity',
    kind: file(),
    default: '',
    summary: 'the same as daemonize',
    onReload: 'restart',
    uwsgi: { differs: 'it goes to the background at once; the command still reports a failure' },
  }),
};
