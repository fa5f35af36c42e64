/**
 * The number of workers, their threads, and their limits.
 */

import { daySeconds, integer, onOff, seconds, workersBound } from '../kinds.ts';
import { option } from '../option.ts';

export const processOptions = {
  master: option({
    section: 'processes',
    kind: onOff(),
    default: true,
    summary: 'run a master process; there always is one',
    aliases: ['M'],
    onReload: 'reload',
    uwsgi: [
      { differs: 'false has no effect: there always is a master', only: (value) => !value },
      { unset: 'it is on by default' },
    ],
  }),
  processes: option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER', ...workersBound }),
    default: 1,
    summary: 'number of worker processes',
    aliases: ['workers', 'p'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  threads: option({
    section: 'processes',
    kind: integer({
      placeholder: 'NUMBER',
      min: 1,
      max: 1_000,
      why: 'each thread has a stack; more requests at a time need more processes',
    }),
    default: 1,
    summary: 'threads of each worker: the requests that it runs at the same time',
    details:
      'The first request of a new worker runs alone in it, for at most a second, while threads of other ' +
      'workers are idle: many frameworks finish their start with it.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  harakiri: option({
    section: 'processes',
    kind: seconds(),
    default: 0,
    summary: 'longest time that a request may run (0: unlimited)',
    details:
      'The client is answered 504. One log entry names the request and has its Python stack. The ' +
      'worker is replaced when its other requests have finished, or after worker-reload-mercy.',
    aliases: ['t'],
    for: 'gateway',
    uwsgi: {
      differs: 'the client is answered 504, and other threads may finish',
      only: (value) => value > 0,
    },
  }),
  'start-timeout': option({
    section: 'processes',
    kind: seconds(daySeconds),
    default: 300,
    summary: 'longest time to import the application',
    details:
      'If the workers are not ready by then, the start or the reload fails; after a failed reload the ' +
      'old workers keep serving. At a third of the time, and shortly before its end, the log shows the ' +
      'Python stack of every thread of the process that has not finished, also where C code holds the ' +
      "interpreter's lock.",
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'max-fd': option({
    section: 'processes',
    kind: integer({
      placeholder: 'NUMBER',
      max: 1_073_741_816,
      why: 'the kernel allows no more (fs.nr_open)',
    }),
    default: 0,
    summary: 'limit of open files for each process (0: leave it as it is)',
    onReload: 'restart',
    uwsgi: 'same',
  }),
};
