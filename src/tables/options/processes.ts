/**
 * How many workers, how long they may take, and when they are replaced.
 */

import { integer, onOff, seconds } from '../kinds.ts';
import { option } from '../option.ts';

export const processOptions = {
  master: option({
    section: 'processes',
    kind: onOff(),
    default: true,
    summary: 'have a master process; there always is one',
    aliases: ['M'],
    onReload: 'reload',
    uwsgi: { differs: 'on by default, and false is accepted without effect' },
  }),
  processes: option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER' }),
    default: 1,
    summary: 'number of worker processes',
    aliases: ['workers', 'p'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  threads: option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER', min: 1 }),
    default: 1,
    summary: 'requests that a worker runs at once, each in its own thread',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'max-requests': option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER' }),
    default: 0,
    summary: 'replace a worker after so many requests (0: never)',
    aliases: ['R'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'max-requests-delta': option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER' }),
    default: 0,
    summary: 'add this much to max-requests per worker, so that they do not leave together',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'min-worker-lifetime': option({
    section: 'processes',
    kind: seconds(),
    default: 10,
    summary: 'do not replace a worker for its requests before it is this old',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'max-worker-lifetime': option({
    section: 'processes',
    kind: seconds(),
    default: 0,
    summary: 'replace a worker when it is this old (0: never)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  harakiri: option({
    section: 'processes',
    kind: seconds(),
    default: 0,
    summary: 'longest time that a request may run (0: unlimited)',
    details:
      'The client is answered 504, one line names the request and has its Python stack, and the ' +
      'worker is replaced once its other requests have finished or worker-reload-mercy is over.',
    aliases: ['t'],
    onReload: 'reload',
    uwsgi: { differs: 'the client gets an answer, and other threads may finish' },
  }),
  'start-timeout': option({
    section: 'processes',
    kind: seconds(),
    default: 300,
    summary: 'longest time that the application may take to be imported',
    details: 'A generation that is not ready by then is given up: at a reload the old one stays.',
    onReload: 'reload',
    uwsgi: 'ours-alone',
  }),
  'max-fd': option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER' }),
    default: 0,
    summary: 'limit of open files of each process (0: as it was at the start)',
    onReload: 'restart',
    uwsgi: 'same',
  }),
};
