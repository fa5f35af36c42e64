/**
 * What the processes of the application share: caches, locks, areas, metrics, the queue.
 */

import { areaKind } from './area-terms.ts';
import { fileItemKind, itemKind } from './cache-items.ts';
import { cacheDefaults, cacheKind, isFar, isKept, isOnServer } from './cache-terms.ts';
import { bytes, integer, onOff, seconds } from '../kinds.ts';
import { isCollected, metricKind } from './metric-terms.ts';
import { option } from '../option.ts';
import { file } from '../text-kinds.ts';

const itemsBound = { placeholder: 'NUMBER', max: 100_000_000, why: 'no memory holds so many' };
const blockBound = { min: 1, max: 1_073_741_824, why: 'that is 1 GiB for each item' };
const RESTART =
  'What it holds survives the end of workers and a reload that does not change it; a restart begins ' +
  'anew.';

export const sharedOptions = {
  cache2: option({
    section: 'shared',
    kind: cacheKind(),
    default: [],
    summary: 'a cache for uwsgi.cache_get and others (repeatable)',
    details:
      'Keys: name, items, blocksize (65536 bytes), keysize (2048), blocks and bitmap=1 (values of several ' +
      'blocks), hashsize, lru=1 (a full cache drops what was not used longest), clear_on_full, ' +
      'ignore_full, no_expire, lastmod, store=FILE (outlives the instance), store_sync, store_delete. ' +
      'store=redis://HOST:PORT/DATABASE puts it on a server of Redis or Valkey, for several machines: ' +
      'see docs/shared-state.md. ' +
      'Memory is used as items come. ' +
      RESTART +
      ' With keep=restart systemd keeps a cache over `systemctl restart` and a crash, where the unit has ' +
      'FileDescriptorStoreMax=; one whose size was changed begins anew.',
    onReload: 'reload',
    uwsgi: [
      {
        differs: 'caches of other machines are not kept equal: nodes, udp and sync do nothing',
        only: (caches) => caches.some(({ text }) => isFar(text)),
      },
      {
        differs:
          'a cache on a server has as many items as that has memory for: items, lru, clear_on_full, ' +
          'sweep_on_full, lastmod and store_sync do nothing (maxmemory-policy of the server decides)',
        only: (caches) => caches.some(({ text }) => isOnServer(text, 'keys')),
      },
      {
        differs:
          'keep=restart is of Reeve alone: systemd keeps the cache over a restart; in uWSGI it is ' +
          'ignored, and a restart begins anew',
        only: (caches) => caches.some(({ text }) => isKept(text)),
      },
      {
        remark:
          'items=N holds N items, not N - 1; an expired item is never served, and its room is free ' +
          'when it is needed',
      },
    ],
  }),
  cache: option({
    section: 'shared',
    kind: integer(itemsBound),
    default: 0,
    summary: 'a cache named default with so many items',
    details: 'cache2 names its caches and has more keys. ' + RESTART,
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cache-blocksize': option({
    section: 'shared',
    kind: bytes(blockBound),
    default: cacheDefaults.blocksize,
    summary: 'bytes of the largest value in the cache of the option cache',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cache-store': option({
    section: 'shared',
    kind: file(),
    default: '',
    summary: 'file in which the cache of the option cache outlives the instance',
    onReload: 'reload',
    uwsgi: { differs: 'the file has a format of its own: one of uWSGI is refused' },
  }),
  'cache-store-sync': option({
    section: 'shared',
    kind: seconds(),
    default: 0,
    summary: 'begin to write cache-store to the disk every so many seconds',
    details: 'Otherwise the kernel does so, usually within half a minute.',
    onReload: 'reload',
    uwsgi: { differs: 'it is done at a change of the cache, not while nothing changes' },
  }),
  'cache-no-expire': option({
    section: 'shared',
    kind: onOff(),
    default: false,
    summary: 'items of the option cache never expire',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'add-cache-item': option({
    section: 'shared',
    kind: itemKind(),
    default: [],
    summary: 'put an item into a cache at each start and reload (repeatable)',
    details:
      'KEY=VALUE goes into every cache, and "CACHE KEY=VALUE" into that one. What the application has ' +
      'stored under the key is replaced.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'load-file-in-cache': option({
    section: 'shared',
    kind: fileItemKind(),
    default: [],
    summary: 'put a file into a cache under its path at each start and reload (repeatable)',
    details:
      'FILE goes into every cache, and "CACHE FILE" into that one. A file that cannot be read refuses ' +
      'the start; one that is too large for the cache is logged.',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'load-file-in-cache-gzip': option({
    section: 'shared',
    kind: fileItemKind(),
    default: [],
    summary: 'the same with a file that is compressed first, as gzip (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cache-use-last-modified': option({
    section: 'shared',
    kind: onOff(),
    default: false,
    summary: 'remember when the cache of the option cache was changed last, for stats',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'cache-expire-freq': option({
    section: 'shared',
    kind: seconds(),
    default: 3,
    summary: 'accepted: expired items need no process that looks for them',
    onReload: 'reload',
    uwsgi: {
      always: 'an expired item is never served, and its room is used as soon as it is needed',
    },
  }),
  locks: option({
    section: 'shared',
    kind: integer({ placeholder: 'NUMBER', max: 10_000, why: 'no application needs so many' }),
    default: 0,
    summary: 'locks for uwsgi.lock beside the one with the number 0',
    onReload: 'reload',
    uwsgi: {
      remark:
        'a lock taken twice by one thread raises, and does not wait for ever; a process that ends frees ' +
        'its locks',
    },
  }),
  sharedarea: option({
    section: 'shared',
    kind: areaKind(),
    default: [],
    aliases: ['A'],
    summary: 'an area of bytes for uwsgi.sharedarea_read and others (repeatable)',
    details:
      'A number of pages of 4096 bytes, or keys: pages, size (bytes), file (the area is this file). ' +
      'Areas are numbered from 0. ' +
      RESTART,
    onReload: 'reload',
    uwsgi: 'same',
  }),
  queue: option({
    section: 'shared',
    kind: integer(itemsBound),
    default: 0,
    summary: 'a queue with so many places, for uwsgi.queue_push and others',
    details: RESTART,
    onReload: 'reload',
    uwsgi: {
      remark:
        'a push into a full queue takes the place of the oldest message; what is left keeps its order',
    },
  }),
  'queue-blocksize': option({
    section: 'shared',
    kind: bytes(blockBound),
    default: 8_192,
    summary: 'bytes of the largest message in the queue',
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'queue-store': option({
    section: 'shared',
    kind: file(),
    default: '',
    summary: 'file in which the queue outlives the instance',
    onReload: 'reload',
    uwsgi: { differs: 'the file has a format of its own: one of uWSGI is refused' },
  }),
  'queue-store-sync': option({
    section: 'shared',
    kind: seconds(),
    default: 0,
    summary: 'accepted: the kernel writes queue-store by itself',
    onReload: 'reload',
    uwsgi: { always: 'the kernel writes the file by itself, usually within half a minute' },
  }),
  'enable-metrics': option({
    section: 'shared',
    kind: onOff(),
    default: false,
    summary: 'metrics of workers for uwsgi.metric_get and the stats, such as worker.1.requests',
    details:
      'They are requests, delta_requests, failed_requests, respawns, avg_response_time, total_tx, ' +
      'running_time, rss_size and vsz_size of each worker, worker.0.requests of all, and core.total_rss ' +
      'and others of all. `metric` gives them too. See docs/shared-state.md.',
    onReload: 'reload',
    uwsgi: {
      differs:
        'uwsgi.metric_get gives 0 for those of cores, sockets and signals, which the stats have; ' +
        'failed_requests are those whose application has raised',
    },
  }),
  metric: option({
    section: 'shared',
    kind: metricKind(),
    default: [],
    summary: 'a metric of the application, for uwsgi.metric_inc and others (repeatable)',
    details:
      'A name, or keys: name, type (counter, gauge, absolute), initial_value, oid. ' + RESTART,
    onReload: 'reload',
    uwsgi: {
      differs: 'only the application changes it: collector, alias and children do nothing',
      only: (metrics) => metrics.some(({ text }) => isCollected(text)),
    },
  }),
};
