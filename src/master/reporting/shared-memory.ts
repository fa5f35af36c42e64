/**
 * PURE. The memory file that all Python processes of an instance share, as the master reads it. The
 * layout is that of workers/python/reeve_worker/state: memory.py, cache_layout.py, metric.py,
 * mailbox.py.
 */
import type { CacheTerms } from '../../tables/shared/cache-terms.ts';

/** Reads so many bytes from there; fewer at the end of the file. */
export type ReadAt = (at: number, bytes: number) => Buffer;

const MAGIC = 'REEVEMEM';
const HEADER_BYTES = 24;
const TABLE_AT = 256;
const ENTRY_BYTES = 256;
const KEY_AT = 16;
const REGIONS_MAX = 4095;
/** Behind a lock of 64 bytes. */
const CACHE_HEAD_AT = 64;
const CACHE_HEAD_BYTES = 64 * 8;
const METRIC_VALUE_AT = 128;
const LOCK_BYTES = 64;
/** Of a mailbox: start, end, put, taken. */
const MAILBOX_HEAD_BYTES = 4 * 8;
/** Where a cache's numbers stand in its head. */
const numbers = { count: 2, hits: 3, misses: 4, full: 5, modified: 14 } as const;
/** FUTEX_TID_MASK of the kernel: who holds a robust lock. */
const HOLDER_MASK = 0x3fffffff;

export interface CacheNumbers {
  readonly items: number;
  readonly hits: number;
  readonly misses: number;
  /** Items that were refused. */
  readonly full: number;
  /** Seconds since 1970; 0: never, or it is not remembered. */
  readonly modifiedAt: number;
}

/** Where each region begins, by its key. */
export function regionsIn(read: ReadAt): ReadonlyMap<string, number> {
  const header = read(0, HEADER_BYTES);
  const regions = new Map<string, number>();
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 8) !== MAGIC) return regions;
  // The application can write to it as well.
  const count = Math.min(Number(header.readBigUInt64LE(8)), REGIONS_MAX);
  const table = read(TABLE_AT, count * ENTRY_BYTES);
  for (let at = 0; at + ENTRY_BYTES <= table.length; at += ENTRY_BYTES) {
    const key = table.toString('utf8', at + KEY_AT, at + ENTRY_BYTES).replace(/\0+$/, '');
    regions.set(key, Number(table.readBigUInt64LE(at)));
  }
  return regions;
}

/** The key of a cache's memory. */
export function cacheKey(terms: CacheTerms): string {
  const { items, blocks, blocksize, keysize, hashsize, bitmap, lru, name } = terms;
  const shape = [items, blocks, blocksize, keysize, hashsize].join(' ');
  return `cache ${shape} ${bitmap ? 'b' : ''}${lru ? 'l' : ''} ${name}`;
}

/** The numbers of a cache whose memory begins there; undefined where there is none. */
export function cacheNumbers(read: ReadAt, start: number): CacheNumbers | undefined {
  const head = read(start + CACHE_HEAD_AT, CACHE_HEAD_BYTES);
  if (head.length < CACHE_HEAD_BYTES) return undefined;
  const numberAt = (index: number): number => Number(head.readBigUInt64LE(index * 8));
  return {
    items: numberAt(numbers.count),
    hits: numberAt(numbers.hits),
    misses: numberAt(numbers.misses),
    full: numberAt(numbers.full),
    modifiedAt: numberAt(numbers.modified),
  };
}

/** The value of a metric whose memory begins there. */
export function metricValue(read: ReadAt, start: number): number {
  const value = read(start + METRIC_VALUE_AT, 8);
  return value.length < 8 ? 0 : Number(value.readBigInt64LE(0));
}

/** What waits in a mailbox whose memory begins there, and its bytes. */
export function mailboxNumbers(
  read: ReadAt,
  start: number,
): { readonly waiting: number; readonly bytes: number } {
  const head = read(start + LOCK_BYTES, MAILBOX_HEAD_BYTES);
  if (head.length < MAILBOX_HEAD_BYTES) return { waiting: 0, bytes: 0 };
  const numberAt = (index: number): number => Number(head.readBigUInt64LE(index * 8));
  // One that is being changed, or was when its process was killed, may have less than nothing.
  const bytes = Math.max(numberAt(1) - numberAt(0), 0);
  return { waiting: bytes === 0 ? 0 : Math.max(numberAt(2) - numberAt(3), 0), bytes };
}

/** The thread that holds each lock, 0 where nobody does. */
export function lockHolders(read: ReadAt, start: number, count: number): readonly number[] {
  const words = read(start, count * LOCK_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const at = index * LOCK_BYTES;
    return at + 4 > words.length ? 0 : words.readUInt32LE(at) & HOLDER_MASK;
  });
}
