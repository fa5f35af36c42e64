/**
 * PURE. The first page of a memory file that systemd keeps: what its cache is made for. It is text
 * that follows from the configuration, so a file whose page is another in any byte is not used.
 */
import type { CacheTerms } from '../../tables/shared/cache-terms.ts';

/** Its twin is KEPT_HEAD_BYTES in reeve_worker/state/store_file.py. */
export const KEPT_HEAD_BYTES = 4_096;

/** To be counted up when the layout in reeve_worker/state/cache_layout.py changes. */
const FORMAT = 'reeve cache 1';

/** What decides where the parts of the cache are, as `cache2` names it. */
export function cacheShape(terms: CacheTerms): string {
  const { items, blocks, blocksize, keysize, hashsize, bitmap, lru } = terms;
  const numbers = Object.entries({ items, blocks, blocksize, keysize, hashsize });
  const flags = [bitmap ? 'bitmap=1' : '', lru ? 'lru=1' : ''].filter(Boolean);
  return [...numbers.map(([key, value]) => `${key}=${value}`), ...flags].join(',');
}

/** The whole page. */
export function keptHead(terms: CacheTerms): Buffer {
  const page = Buffer.alloc(KEPT_HEAD_BYTES);
  page.write(`${FORMAT}\n${cacheShape(terms)}\n${terms.name}\n`);
  return page;
}

/** Why a file with this first page cannot be the memory of the cache; undefined where it can. */
export function unfitHead(page: Buffer, terms: CacheTerms): string | undefined {
  if (page.equals(keptHead(terms))) return undefined;
  const [format, shape = '', name = ''] = page.toString('utf8').split('\n');
  if (format === undefined || !/^reeve cache \d{1,9}$/.test(format)) {
    return 'what systemd kept for it is damaged, or is no cache';
  }
  if (format !== FORMAT) return 'another version of Reeve has kept it, in another format';
  const isShape = /^[a-z0-9=,]{1,200}$/.test(shape) && shape !== cacheShape(terms);
  if (!isShape || name !== terms.name) return 'what systemd kept for it is damaged';
  return `it was kept with ${shape}, and is configured with ${cacheShape(terms)}`;
}
