/**
 * PURE. The value of `cache2`, as uWSGI has it: `name=sessions,items=1000,blocksize=4096`.
 */

import type { Kind, Written } from '../kinds.ts';
import { isStoreAddress, shownAddress, storeAddressProblem } from './store-address.ts';
import { keyValueList, numberOf, pairsOf } from './key-values.ts';

/** The twin of CacheTerms in reeve_worker/state/cache_layout.py. */
export interface CacheTerms {
  readonly name: string;
  readonly items: number;
  readonly blocks: number;
  readonly blocksize: number;
  readonly keysize: number;
  readonly hashsize: number;
  readonly bitmap: boolean;
  readonly lru: boolean;
  readonly ignoreFull: boolean;
  readonly clearOnFull: boolean;
  readonly noExpire: boolean;
  readonly lastModified: boolean;
  /** Path of a file that outlives the instance; '' = none. */
  readonly store: string;
  /** Seconds between two writes to it; 0 = when the kernel likes. */
  readonly storeSync: number;
  /** Whether a file that does not fit is replaced. */
  readonly storeDelete: boolean;
  /** Whether systemd keeps its memory over a restart. */
  readonly isKept: boolean;
}

/** uWSGI's, where the keys are not given. */
export const cacheDefaults = { blocksize: 65_536, keysize: 2_048, hashsize: 65_536 } as const;

const NUMBER_MAX = 4_294_967_295;
const BYTES_MAX = 1_099_511_627_776;
const KEYSIZE_MAX = 65_535;
const NAME_BYTES_MAX = 100;

const synonyms: Readonly<Record<string, string>> = {
  max_items: 'items',
  maxitems: 'items',
  storesync: 'store_sync',
  purge_lru: 'lru',
  lazy: 'lazy_expire',
  node: 'nodes',
  udp_servers: 'udp',
  udp_server: 'udp',
};
const known = new Set([
  ...['name', 'items', 'blocks', 'blocksize', 'keysize', 'hash', 'hashsize', 'bitmap', 'lru'],
  ...['store', 'store_sync', 'store_delete', 'lastmod', 'lazy_expire', 'ignore_full', 'no_expire'],
  ...['sweep_on_full', 'clear_on_full', 'nodes', 'sync', 'udp', 'keep'],
]);
/** What a server decides for a cache that it has. */
const ofServer = ['items', 'lru', 'clear_on_full', 'sweep_on_full', 'lastmod', 'store_sync'];
/** They name other machines. */
const far = ['nodes', 'sync', 'udp'];

export type ParsedCache =
  | { readonly ok: true; readonly terms: CacheTerms }
  | { readonly ok: false; readonly problem: string };

/** Reads a value of `cache2`. */
export function parseCache(text: string): ParsedCache {
  const pairs = pairsOf(text, synonyms);
  const stranger = [...pairs.keys()].find((key) => !known.has(key));
  if (stranger !== undefined) return wrong(`a cache has no key "${stranger}"`);
  const name = pairs.get('name') ?? '';
  if (name === '') return wrong('it has no name=');
  if (name.includes('@')) return wrong(`the name "${name}" has an @, as caches of other machines`);
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) return wrong('its name is longer than 100 bytes');
  const store = pairs.get('store') ?? '';
  const isFar = isStoreAddress(store);
  const problem = isFar ? storeAddressProblem(store) : undefined;
  if (problem !== undefined) return wrong(`store=${shownAddress(store)}: ${problem}`);
  const keep = keepProblem(pairs);
  if (keep !== undefined) return wrong(keep);
  // How many items it holds is the server's business.
  const numbers = numbersOf(isFar ? new Map([['items', '1'], ...pairs]) : pairs);
  if (typeof numbers === 'string') return wrong(numbers);
  const isGiven = (key: string): boolean => pairs.has(key);
  return {
    ok: true,
    terms: {
      ...{ name, ...numbers, store },
      bitmap: isGiven('bitmap'),
      lru: isGiven('lru'),
      ignoreFull: isGiven('ignore_full'),
      clearOnFull: isGiven('clear_on_full'),
      noExpire: isGiven('no_expire'),
      lastModified: isGiven('lastmod'),
      storeDelete: isGiven('store_delete'),
      isKept: isGiven('keep'),
    },
  };
}

type Numbers = Pick<
  CacheTerms,
  'items' | 'blocks' | 'blocksize' | 'keysize' | 'hashsize' | 'storeSync'
>;

function numbersOf(pairs: ReadonlyMap<string, string>): Numbers | string {
  const read = (key: string, otherwise: number, min: number): number =>
    numberOf(pairs.get(key), otherwise, { min, max: NUMBER_MAX });
  const items = read('items', 0, 1);
  const numbers = {
    items,
    blocks: read('blocks', items, 1),
    blocksize: read('blocksize', cacheDefaults.blocksize, 1),
    keysize: read('keysize', cacheDefaults.keysize, 1),
    hashsize: read('hashsize', cacheDefaults.hashsize, 1),
    storeSync: read('store_sync', 0, 0),
  };
  if (!pairs.has('items')) return 'it has no items=, the number of items that it holds';
  const odd = Object.entries(numbers).find(([, value]) => Number.isNaN(value));
  if (odd !== undefined) {
    const key = odd[0] === 'storeSync' ? 'store_sync' : odd[0];
    return `${key}=${pairs.get(key) ?? ''} is no number from 1 to ${NUMBER_MAX}`;
  }
  if (numbers.keysize > KEYSIZE_MAX) return `keysize=${numbers.keysize} is more than 65535`;
  const bytes = numbers.items * numbers.keysize + numbers.blocks * numbers.blocksize;
  if (bytes > BYTES_MAX) return `it has ${bytes} bytes in all, more than ${BYTES_MAX} (1 TiB)`;
  if (!pairs.has('bitmap') && numbers.blocks < items) {
    return `blocks=${numbers.blocks} is less than items=${items}: without bitmap=1 each item has one`;
  }
  return numbers;
}

function keepProblem(pairs: ReadonlyMap<string, string>): string | undefined {
  const keep = pairs.get('keep');
  if (keep === undefined) return undefined;
  if (keep !== 'restart') return `keep=${keep} is not known: write keep=restart`;
  if (!pairs.has('store')) return undefined;
  return 'keep=restart is for a cache in memory: what has store= outlives a restart already';
}

function wrong(problem: string): ParsedCache {
  return { ok: false, problem };
}

/** The kind of `cache2`. */
export function cacheKind(): Kind<readonly Written[]> {
  return keyValueList('KEY=VALUE,…', 'a cache such as name=sessions,items=1000', (text) => {
    const parsed = parseCache(text);
    return parsed.ok ? undefined : parsed.problem;
  });
}

/** Whether a cache is on a server; `keys`: and has keys that mean nothing there. */
export function isOnServer(text: string, which: 'any' | 'keys'): boolean {
  const pairs = pairsOf(text, synonyms);
  if (!isStoreAddress(pairs.get('store') ?? '')) return false;
  return which === 'any' || ofServer.some((key) => pairs.has(key));
}

/** Whether systemd is to keep the memory of a cache over a restart. */
export function isKept(text: string): boolean {
  return pairsOf(text, synonyms).has('keep');
}

/** Whether a cache would be kept equal to those of other machines, which is not done. */
export function isFar(text: string): boolean {
  const pairs = pairsOf(text, synonyms);
  return far.some((key) => pairs.has(key));
}
