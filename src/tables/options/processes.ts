/**
 * The number of workers, fixed or by the load (cheaper), their threads, and their limits.
 */

import { bytes, daySeconds, integer, niceness, onOff, seconds, workersBound } from '../kinds.ts';
import { option } from '../option.ts';
import { text } from '../text-kinds.ts';

const percent = { placeholder: 'NUMBER', max: 100, why: 'it is a percentage' };
const times = {
  placeholder: 'NUMBER',
  max: 100_000,
  why: 'it is multiplied with cheaper-overload',
};
const requests = { placeholder: 'NUMBER', max: 1_000_000, why: 'so many requests never wait' };
const allMemory = { max: 1_125_899_906_842_624, why: 'no machine has so much memory' };

const calm = {
  remark:
    'a worker is stopped only when nothing of the last ten seconds needed it, so that a load that comes ' +
    'and goes starts none twice',
} as const;

function ofBusyness(which: string): string {
  return `cheaper-algo = busyness: ${which}`;
}

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
    summary: 'number of worker processes; auto: as many as the machine has processors',
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
    uwsgi: {
      remark:
        'the hard limit is raised if need be, and never lowered; the gateway may use all of it',
    },
  }),
  prio: option({
    section: 'processes',
    kind: niceness(),
    default: 0,
    summary: 'nice value of every process: 19 is the most modest, below 0 needs root',
    onReload: 'restart',
    uwsgi: 'same',
  }),
  'cpu-affinity': option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER', max: 1_024, why: 'the kernel knows no more' }),
    default: 0,
    summary: 'number of processors that each worker may use, one behind the other (0: all)',
    details: 'The gateway and the master may use all. The log says which worker has which.',
    onReload: 'reload',
    uwsgi: { remark: 'only processors that Reeve itself may use are counted' },
  }),
  cheaper: option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER', ...workersBound }),
    default: 0,
    summary: 'fewest workers; up to `processes` are started for the load (0: always all)',
    details:
      'The log says why a worker was added or stopped. Only a worker that runs nothing is stopped, ' +
      'and a reload begins with as many as there were. What decides is how long requests wait, and ' +
      'for how long workers are busy.',
    onReload: 'reload',
    uwsgi: calm,
  }),
  'cheaper-algo': option({
    section: 'processes',
    kind: text('NAME', 'spare, spare2, backlog, busyness or manual'),
    default: 'spare',
    summary: 'what decides: spare, spare2, backlog, busyness or manual',
    details:
      'spare: one worker should be free. spare2: as many as `cheaper` says. backlog: at most ' +
      'cheaper-overload requests should wait. busyness: workers should be busy between ' +
      'cheaper-busyness-min and -max percent of the time. manual: `+` and `-` in the master-fifo, or ' +
      '`reeve scale`.',
    onReload: 'reload',
    uwsgi: { remark: 'backlog2 is backlog', only: (value) => /^backlog2\b/.test(value) },
  }),
  'cheaper-initial': option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER', ...workersBound }),
    default: 0,
    summary: 'with cheaper: number of workers at the start (0: as many as cheaper)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-step': option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER', min: 1, ...workersBound }),
    default: 1,
    summary: 'with cheaper: number of workers that are added at a time',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-overload': option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER', max: 86_400, why: 'that is a day' }),
    default: 3,
    summary: 'with cheaper: seconds of too much load before a worker is added',
    details:
      'A request that has waited for a second is enough for another worker. For ' +
      'cheaper-algo = backlog it is the number of requests that may wait.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-rss-limit-soft': option({
    section: 'processes',
    kind: bytes(allMemory),
    default: 0,
    summary: 'with cheaper: add none when the workers have so many bytes together (0: no limit)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-rss-limit-hard': option({
    section: 'processes',
    kind: bytes(allMemory),
    default: 0,
    summary: 'with cheaper: stop one when the workers have so many bytes together (0: no limit)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-busyness-max': option({
    section: 'processes',
    kind: integer(percent),
    default: 50,
    summary: ofBusyness('percent of the time above which a worker is added'),
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-busyness-min': option({
    section: 'processes',
    kind: integer(percent),
    default: 25,
    summary: ofBusyness('percent of the time below which a worker may be stopped'),
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-busyness-multiplier': option({
    section: 'processes',
    kind: integer(times),
    default: 10,
    summary: ofBusyness('a worker must be too many for so many times cheaper-overload'),
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-busyness-penalty': option({
    section: 'processes',
    kind: integer(times),
    default: 2,
    summary: ofBusyness('added to the multiplier when a worker was stopped too soon'),
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-busyness-backlog-alert': option({
    section: 'processes',
    kind: integer(requests),
    default: 33,
    summary: ofBusyness('add workers at once when more requests wait'),
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-busyness-backlog-multiplier': option({
    section: 'processes',
    kind: integer(times),
    default: 3,
    summary: ofBusyness('the multiplier while there are workers that were added at once'),
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-busyness-backlog-step': option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER', min: 1, ...workersBound }),
    default: 1,
    summary: ofBusyness('number of workers that are added at once'),
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-busyness-backlog-nonzero': option({
    section: 'processes',
    kind: seconds(),
    default: 60,
    summary: ofBusyness('add workers when requests have waited for so long without a break'),
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cheaper-busyness-verbose': option({
    section: 'processes',
    kind: onOff(),
    default: false,
    summary: ofBusyness('each change is logged with its reason'),
    onReload: 'reload',
    uwsgi: { always: 'each change is logged with its reason', only: (value) => value },
  }),
  cheap: option({
    section: 'processes',
    kind: onOff(),
    default: false,
    summary: 'start no worker before the first request',
    details:
      'The application is loaded at the start all the same (with lazy-apps: with the first request). ' +
      'Requests wait until the workers are there; none fails.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
};
