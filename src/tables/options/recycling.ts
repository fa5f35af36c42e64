/**
 * When a worker is replaced although it works: its age, its requests, its memory, an exception.
 */

import { integer, megabytes, onOff, seconds } from '../kinds.ts';
import { option } from '../option.ts';
import { list } from '../text-kinds.ts';

import type { Relation } from '../judgement.ts';

const oneByOne =
  'One worker at a time is replaced, and the next one serves before the old one is asked to leave. ' +
  'The old one finishes what it runs, however long that takes. ';

const inTurn: Relation<number> = {
  remark: 'one worker at a time is replaced, and the next one serves before the old one leaves',
  only: (value) => value > 0,
};

export const recyclingOptions = {
  'max-requests': option({
    section: 'processes',
    kind: integer({ placeholder: 'NUMBER', max: 1_000_000_000, why: 'write 0 for never' }),
    default: 0,
    summary: 'replace a worker after this number of requests (0: never)',
    details:
      'Workers that reach it at the same time are replaced one after the other, and serve a few ' +
      'requests more until then. A worker finishes what it runs, however long that takes.',
    aliases: ['R'],
    for: 'gateway',
    uwsgi: 'same',
  }),
  'max-requests-delta': option({
    section: 'processes',
    kind: integer({
      placeholder: 'NUMBER',
      max: 1_000_000_000,
      why: 'it is added to max-requests',
    }),
    default: 0,
    summary: 'add this number for each worker, so that workers are not replaced together',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'min-worker-lifetime': option({
    section: 'processes',
    kind: seconds(),
    default: 10,
    summary: 'seconds before max-requests or its memory may replace a worker',
    details: 'It holds for max-requests, and for reload-on-rss, -as, -uss and -pss.',
    for: 'gateway',
    uwsgi: 'same',
  }),
  'max-worker-lifetime': option({
    section: 'processes',
    kind: seconds(),
    default: 0,
    summary: 'replace a worker after so many seconds (0: never)',
    details: oneByOne.trim(),
    onReload: 'reload',
    uwsgi: inTurn,
  }),
  'max-worker-lifetime-delta': option({
    section: 'processes',
    kind: seconds(),
    default: 0,
    summary: 'add so many seconds for each worker, so that workers are not replaced together',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'reload-on-rss': option({
    section: 'processes',
    kind: megabytes(),
    default: 0,
    summary: 'replace a worker whose resident memory reaches so many MiB (0: never)',
    details:
      'It is measured after a request, up to ten times a second, once the worker is ' +
      `min-worker-lifetime old (10 s without it). ${oneByOne}Memory that workers share with the ` +
      'process that they are forked from counts here; reload-on-uss leaves it out.',
    onReload: 'reload',
    uwsgi: inTurn,
  }),
  'reload-on-as': option({
    section: 'processes',
    kind: megabytes(),
    default: 0,
    summary: 'replace a worker whose address space reaches so many MiB (0: never)',
    details: 'As reload-on-rss. Each thread takes some of the address space without using it.',
    onReload: 'reload',
    uwsgi: inTurn,
  }),
  'reload-on-uss': option({
    section: 'processes',
    kind: megabytes(),
    default: 0,
    summary: 'replace a worker that has so many MiB of memory for itself alone (0: never)',
    details:
      'As reload-on-rss, without what the worker shares with other processes: the application that ' +
      'was loaded once does not count. The kernel takes milliseconds to add it up for a large ' +
      'process, so it is measured less often there, for at most one percent of the time.',
    onReload: 'reload',
    uwsgi: inTurn,
  }),
  'reload-on-pss': option({
    section: 'processes',
    kind: megabytes(),
    default: 0,
    summary: 'the same, with its share of what it shares (0: never)',
    details: 'As reload-on-uss; a page that n processes share counts as 1/n of a page.',
    onReload: 'reload',
    uwsgi: inTurn,
  }),
  'evil-reload-on-rss': option({
    section: 'processes',
    kind: megabytes(),
    default: 0,
    summary: 'kill a worker whose resident memory reaches so many MiB, whatever it runs (0: never)',
    details:
      'For requests that take all memory while they run. The master measures every ' +
      'mem-collector-freq seconds; the clients of the worker are answered 502. Where a request may ' +
      'be waited for, use reload-on-rss.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'evil-reload-on-as': option({
    section: 'processes',
    kind: megabytes(),
    default: 0,
    summary: 'kill a worker whose address space reaches so many MiB, whatever it runs (0: never)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'mem-collector-freq': option({
    section: 'processes',
    kind: seconds(),
    default: 3,
    summary: 'seconds between looks at the memory of workers, for evil-reload-on-*',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'limit-as': option({
    section: 'processes',
    kind: megabytes(),
    default: 0,
    summary: 'MiB of address space that a Python process may have (0: no limit)',
    details:
      'An allocation beyond it fails: Python raises MemoryError, and the request is answered 500. ' +
      'It holds for the process that loads the application, for workers, and for what they start. ' +
      'Python needs 32 MiB to start, each thread 8 MiB more.',
    onReload: 'reload',
    uwsgi: {
      remark: 'the master and the gateway, which run no application, have no such limit',
      only: (value) => value > 0,
    },
  }),
  'reload-on-exception': option({
    section: 'processes',
    kind: onOff(),
    default: false,
    summary: 'replace a worker after a request in which the application raised',
    details: `The client is answered 500. ${oneByOne.trim()}`,
    onReload: 'reload',
    uwsgi: {
      remark: 'the client is answered 500, and other threads may finish',
      only: (value) => value,
    },
  }),
  'reload-on-exception-type': option({
    section: 'processes',
    kind: list('CLASS', 'the class of an exception, such as OperationalError'),
    default: [],
    summary: 'the same, for an exception of this class (repeatable)',
    details: 'The name of the class, with or without its module: OperationalError, sqlite3.Error.',
    onReload: 'reload',
    uwsgi: { differs: 'the class is compared; uWSGI compares the message here, too' },
  }),
  'reload-on-exception-value': option({
    section: 'processes',
    kind: list('TEXT', 'the message of an exception'),
    default: [],
    summary: 'the same, for an exception with this message (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'reload-on-exception-repr': option({
    section: 'processes',
    kind: list('TEXT', 'the class and the message of an exception'),
    default: [],
    summary: 'the same, for an exception that repr() shows in this way (repeatable)',
    details: "For example KeyError('name').",
    onReload: 'reload',
    uwsgi: { differs: 'repr() is compared; uWSGI compares the message here, too' },
  }),
};
