/** What the processes of the application share, for the status: read from the memory itself. */
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { resolve } from 'node:path';

import type { CacheView, SharedView } from '../../protocol/snapshot.ts';
import {
  cacheKey,
  cacheNumbers,
  lockHolders,
  mailboxNumbers,
  metricValue,
  regionsIn,
  type ReadAt,
} from '../reporting/shared-memory.ts';
import { KEPT_HEAD_BYTES } from '../keeping/kept-head.ts';
import type { SharedState } from '../../protocol/spawner-settings.ts';
import { isStoreAddress, shownAddress } from '../../tables/shared/store-address.ts';

type Terms = SharedState['caches'][number];

const nothing = { items: null, hits: null, misses: null, full: null, modifiedAt: null };

interface Memory {
  readonly sharedFd: number;
  /** The file of a cache that is kept over a restart. */
  readonly keptFd: (terms: Terms) => number | undefined;
  /** Where relative paths begin. */
  readonly directory: string;
}

export function sharedView(state: SharedState, memory: Memory): SharedView {
  const read = readerOf(memory.sharedFd);
  const regions = regionsIn(read);
  const metrics = state.metrics.map(({ name, type, oid }) => {
    const start = regions.get(`metric ${name}`);
    return { name, type, oid, value: start === undefined ? 0 : metricValue(read, start) };
  });
  const count = state.locks + 1;
  const start = regions.get(`locks ${count}`);
  const holders = start === undefined ? [] : lockHolders(read, start, count);
  return {
    caches: state.caches.map((terms) => cacheView({ ...memory, read, regions }, terms)),
    locks: holders.map((thread) => (thread === 0 ? 0 : processOf(thread))),
    metrics,
    hasMetrics: state.hasMetrics,
    mailboxes: state.mailboxes.map(({ name, bytes: bytesMax }) => {
      const [, holds = '', of = ''] = /^(messages|signals) (.*)$/s.exec(name) ?? [];
      const at = regions.get(`mailbox ${bytesMax} ${name}`);
      const numbers = at === undefined ? { waiting: 0, bytes: 0 } : mailboxNumbers(read, at);
      return { of, holds: holds === 'signals' ? 'signals' : 'messages', ...numbers, bytesMax };
    }),
  };
}

function cacheView(
  from: Memory & { readonly read: ReadAt; readonly regions: ReadonlyMap<string, number> },
  terms: Terms,
): CacheView {
  const { name, blocks, blocksize, keysize, hashsize, items: itemsMax, store } = terms;
  const shape = { name, itemsMax, blocks, blocksize, keysize, hashsize };
  if (isStoreAddress(store)) return { ...shape, ...nothing, store: shownAddress(store) };
  const kept = from.keptFd(terms);
  if (kept !== undefined) {
    const found = cacheNumbers(readerOf(kept), KEPT_HEAD_BYTES);
    return { ...shape, ...(found ?? nothing), store };
  }
  const start = from.regions.get(cacheKey(terms));
  const inMemory = start === undefined ? undefined : cacheNumbers(from.read, start);
  const found = inMemory ?? (store === '' ? undefined : inFile(resolve(from.directory, store)));
  return { ...shape, ...(found ?? nothing), store };
}

function inFile(path: string) {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return cacheNumbers(readerOf(fd), 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    // It is not there yet, or not for this user.
    return undefined;
  }
}

function readerOf(fd: number): ReadAt {
  return (at, bytes) => {
    const buffer = Buffer.alloc(bytes);
    try {
      return buffer.subarray(0, readSync(fd, buffer, 0, bytes, at));
    } catch {
      // The application has written nonsense there.
      return buffer.subarray(0, 0);
    }
  };
}

/** The process of a thread; the thread itself where it has just ended. */
function processOf(thread: number): number {
  try {
    const found = /^Tgid:\s*(\d+)/m.exec(readFileSync(`/proc/${thread}/status`, 'utf8'));
    return Number(found?.[1] ?? thread);
  } catch {
    return thread;
  }
}
