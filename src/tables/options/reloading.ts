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
  'master-fifo': option({
    section: 'reloading',
    kind: list('FILE', 'the path of the fifo'),
    default: [],
    summary: 'named pipe that accepts commands of one letter (repeatable)',
    onReload: 'restart',
    uwsgi: 'same',
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
