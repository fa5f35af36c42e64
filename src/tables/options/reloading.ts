/**
 * How a reload and a stop go: who is waited for, how long, and what asks for it.
 */

import { onOff, onOffUnset, seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { choice, list } from '../text-kinds.ts';

export const reloadingOptions = {
  'worker-reload-mercy': option({
    section: 'reloading',
    kind: seconds(),
    default: 60,
    summary: 'time that running requests have before their worker is killed',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'die-on-term': option({
    section: 'reloading',
    kind: onOffUnset(),
    default: undefined,
    summary: 'stop on SIGTERM; false: reload on it, as older uWSGI did',
    details: 'Under a service manager that sends SIGTERM to stop, false is said and ignored.',
    onReload: 'reload',
    uwsgi: { differs: 'SIGTERM stops unless false is written' },
  }),
  'reload-mode': option({
    section: 'reloading',
    kind: choice(['overlap', 'rolling', 'stop-first']),
    default: 'overlap',
    summary: 'how the new generation takes over from the old one',
    details:
      'overlap: the new generation is imported beside the old one and takes over when all of it is ' +
      'ready. rolling: worker by worker, where two generations do not fit in memory. stop-first: ' +
      'the old one leaves first, for applications that hold a port or a lock at import.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  idle: option({
    section: 'reloading',
    kind: seconds(),
    default: 0,
    summary: 'with die-on-idle: stop after so many seconds without a request (0: never)',
    details:
      'A socket unit starts the service again with the next request (systemctl enable --now ' +
      'NAME.socket). A request that runs or waits keeps Reeve up; a connection without one does not.',
    onReload: 'reload',
    uwsgi: { differs: 'alone it has no effect: workers are not put to sleep (cheap mode)' },
  }),
  'die-on-idle': option({
    section: 'reloading',
    kind: onOff(),
    default: false,
    summary: 'stop, with exit code 0, when idle is over',
    onReload: 'reload',
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
    summary: 'named pipe that takes commands of one letter (repeatable)',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  strict: option({
    section: 'reloading',
    kind: onOff(),
    default: false,
    summary: 'refuse unknown keys; placeholders are then made with set-placeholder',
    onReload: 'reload',
    uwsgi: 'same',
  }),
};
