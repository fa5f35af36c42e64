/** PURE. Items that caches begin with: `add-cache-item` and `load-file-in-cache`. */

import { keyValueList } from './key-values.ts';
import type { Kind, Written } from '../kinds.ts';

/** What reeve_worker/state/shared_state.py fills caches with. */
export interface CacheItem {
  /** '' = each cache. */
  readonly cache: string;
  readonly key: string;
  /** Of add-cache-item; null: the file of that name. */
  readonly value: string | null;
}

/** `[CACHE ]KEY=VALUE`. */
export function parseItem(text: string): CacheItem | undefined {
  const [, cache = '', key = '', value = ''] = /^(?:([^\s=]+) )?([^=]+)=([^]*)$/.exec(text) ?? [];
  return key === '' || value === '' ? undefined : { cache, key, value };
}

/** `[CACHE ]FILE`. */
export function parseFileItem(text: string): CacheItem {
  const cut = text.indexOf(' ');
  return { cache: text.slice(0, Math.max(cut, 0)), key: text.slice(cut + 1), value: null };
}

export function itemKind(): Kind<readonly Written[]> {
  return keyValueList('[CACHE ]KEY=VALUE', 'an item such as "pages front=empty"', (text) => {
    return parseItem(text) === undefined ? `"${text}" is not KEY=VALUE` : undefined;
  });
}

export function fileItemKind(): Kind<readonly Written[]> {
  return keyValueList('[CACHE ]FILE', 'the path of a file', (text) => {
    return parseFileItem(text).key === '' ? 'it has no path' : undefined;
  });
}
