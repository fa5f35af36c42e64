/** PURE. Items that caches begin with: `add-cache-item`, `load-file-in-cache` and its -gzip. */

import { keyValueList } from './key-values.ts';
import type { Kind, Written } from '../kinds.ts';

/** What reeve_worker/state/shared_state.py fills caches with. */
export interface CacheItem {
  /** '' = each cache. */
  readonly cache: string;
  readonly key: string;
  /** Of add-cache-item; null: the file of that name. */
  readonly value: string | null;
  readonly isCompressed: boolean;
}

/** The options that name files. */
export const cacheFileOptions = ['load-file-in-cache', 'load-file-in-cache-gzip'] as const;

/** `[CACHE ]KEY=VALUE`. */
export function parseItem(text: string): CacheItem | undefined {
  const [, cache = '', key = '', value = ''] = /^(?:([^\s=]+) )?([^=]+)=([^]*)$/.exec(text) ?? [];
  return key === '' || value === '' ? undefined : { cache, key, value, isCompressed: false };
}

/** `[CACHE ]FILE`. */
export function parseFileItem(text: string, option: (typeof cacheFileOptions)[number]): CacheItem {
  const cut = text.indexOf(' ');
  const isCompressed = option === 'load-file-in-cache-gzip';
  return {
    cache: text.slice(0, Math.max(cut, 0)),
    key: text.slice(cut + 1),
    value: null,
    isCompressed,
  };
}

export function itemKind(): Kind<readonly Written[]> {
  return keyValueList('[CACHE ]KEY=VALUE', 'an item such as "pages front=empty"', (text) => {
    return parseItem(text) === undefined ? `"${text}" is not KEY=VALUE` : undefined;
  });
}

export function fileItemKind(): Kind<readonly Written[]> {
  return keyValueList('[CACHE ]FILE', 'the path of a file', (text) => {
    return parseFileItem(text, 'load-file-in-cache').key === '' ? 'it has no path' : undefined;
  });
}
