/**
 * Reloads and stops: what starts them, and how long they wait for requests.
 */

import { daySeconds, onOff, onOffUnset, seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { choice, list } from '../text-kinds.ts';

export const reloadingOptions = {
  'worker-reload-mercy': option({
    section: 'reloading',
    kind: seconds(daySeconds),
    default: 60,
    summary: 'time for running requests before their worker is killed',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'shutdown-delay': option({
    section: 'reloading',
    kind: seconds(daySeconds),
    default: 0,
    summary: 'serve on for so long after a request to stop, while /readyz answers 503',
    details:
      'For load balancers, which see that way that this instance goes before it accepts nothing more: ' +
      'a little longer than their check takes to notice (docs/load-balancers.md). A second request to ' +
      'stop ends the delay. Reloads are refused meanwhile.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'die-on-term': option({
    section: 'reloading',
    kind: onOffUnset(),
    default: undefined,
    summary: 'stop on SIGTERM; false: reload on SIGTERM, as older uWSGI did',
    details: 'Under systemd, which sends SIGTERM to stop a service, false is reported and ignored.',
    onReload: 'reload',
    uwsgi: {
      unset: 'SIGTERM stops Reeve; uWSGI with a master loads the code again',
      isTold: (isGiven) => isGiven('master'),
    },
  }),
  'reload-mode': option({
    section: 'reloading',
    kind: choice(['overlap', 'rolling', 'stop-first']),
    default: 'overlap',
    summary: 'how the new generation takes over from the old one',
    details:
      'overlap: the new workers load the application beside the old ones and take over when all are ' +
      'ready. rolling: workers are replaced one by one; for when two generations do not fit in memory. ' +
      'stop-first: the old workers end first; for applications that hold a port or a lock at import.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  idle: option({
    section: 'reloading',
    kind: seconds(),
    default: 0,
    summary: 'stop all workers after this time without a request (0: never)',
    details:
      'The next request starts them again, and waits meanwhile. With die-on-idle all of Reeve stops: ' +
      'a socket unit starts the service again with the next request (systemctl enable --now ' +
      'NAME.socket). A request that runs or waits keeps Reeve running; an idle connection does not.',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'die-on-idle': option({
    section: 'reloading',
    kind: onOff(),
    default: false,
    summary: 'stop with exit code 0 after the time in `idle`',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'touch-reload': option({
    section: 'reloading',
    kind: list('FILE', 'the path of a file'),
    default: [],
    summary: 'reload when this file is touched (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'touch-workers-reload': option({
    section: 'reloading',
    kind: list('FILE', 'the path of a file'),
    default: [],
    summary: 'reload when this file is touched, also with exit-on-reload (repeatable)',
    onReload: 'reload',
    uwsgi: {
      differs:
        'a whole reload: the configuration is read again, and the code too without lazy-apps, which ' +
        'in uWSGI forks the old code',
    },
  }),
  'touch-chain-reload': option({
    section: 'reloading',
    kind: list('FILE', 'the path of a file'),
    default: [],
    summary: 'replace the workers one by one when this file is touched (repeatable)',
    details:
      'A reload with reload-mode = rolling: each new worker serves before the next old one is asked to ' +
      'leave. `reeve reload --chain` and the letter c of the master-fifo do the same.',
    onReload: 'reload',
    uwsgi: {
      differs:
        'the configuration is read again, and the code too without lazy-apps; broken code ends it ' +
        'before a worker is replaced, where uWSGI goes on to all of them; a touch meanwhile is not lost',
    },
  }),
  'touch-exec': option({
    section: 'reloading',
    kind: list('FILE COMMAND', 'the path of a file and a command'),
    default: [],
    summary: 'run a command by /bin/sh when this file is touched (repeatable)',
    details:
      'The master runs it in the background, in its own directory. One that still runs when the file is ' +
      'touched again runs once more after it.',
    onReload: 'reload',
    uwsgi: {
      differs: 'it is ended after hook-timeout; while it runs, it is not started a second time',
    },
  }),
  'fs-reload': option({
    section: 'reloading',
    kind: list('PATH', 'the path of a file or directory'),
    default: [],
    summary: 'reload when this file, or a file in this directory, changes (repeatable)',
    onReload: 'reload',
    uwsgi: {
      remark: 'it is looked at once a second, up to 1000 entries of a directory',
    },
  }),
  'fs-brutal-reload': option({
    section: 'reloading',
    kind: list('PATH', 'the path of a file or directory'),
    default: [],
    summary: 'as fs-reload, with one second for the requests of the old workers (repeatable)',
    onReload: 'reload',
    uwsgi: {
      differs: 'requests have one second to finish; in uWSGI they are cut at once',
    },
  }),
  'exit-on-reload': option({
    section: 'reloading',
    kind: onOff(),
    default: false,
    summary: 'stop with exit code 0 where a reload is asked for',
    details:
      'Whoever runs Reeve starts it again: a container, or a unit with Restart=always. A chain reload and ' +
      'touch-workers-reload still reload.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'master-fifo': option({
    section: 'reloading',
    kind: list('FILE', 'the path of the fifo'),
    default: [],
    summary: 'named pipe that accepts commands of one letter (repeatable)',
    details:
      'What is written together is done once each: `rr` is one reload. reeve(1) has the letters. A digit ' +
      'takes the commands from another fifo: 0 is the first. What waits in the others is read when one ' +
      'of them is taken again.',
    onReload: 'restart',
    uwsgi: {
      remark:
        'w and c also read the configuration and the code again; R and W leave requests one second; B, ' +
        'E, f and S do nothing, and are logged',
    },
  }),
  strict: option({
    section: 'reloading',
    kind: onOff(),
    default: false,
    summary: 'refuse unknown keys; define placeholders with set-placeholder',
    onReload: 'reload',
    uwsgi: 'same',
  }),
};
