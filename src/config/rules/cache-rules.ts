/** Caches that begin anew at a restart, though they are to be kept. */

import { isKept, parseCache } from '../../tables/shared/cache-terms.ts';
import { note, warning } from './rule.ts';

import type { Settings } from '../../tables/options/options.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';

/** What the unit that starts Reeve says of the descriptors that systemd keeps. */
export interface UnitStore {
  /** blog, or reeve@blog. */
  readonly unit: string;
  /** FileDescriptorStoreMax=; '' where the unit does not set it. */
  readonly max: string;
}

/** `store`: undefined where no unit is known that starts it. */
export function unkeptCaches(settings: Settings, store?: UnitStore): readonly Diagnostic[] {
  const kept = settings.cache2.filter(({ text }) => isKept(text) && parseCache(text).ok);
  const most = store === undefined ? 0 : Number(store.max);
  if (most > 0 && most >= kept.length) return [];
  return kept.map(({ text, origin }) => {
    if (store === undefined) {
      const where = 'a unit of systemd with FileDescriptorStoreMax=, as `reeve enable` writes it';
      return note(origin, `cache2 ${text}: it outlives a restart where Reeve runs in ${where}`);
    }
    const sentence =
      `cache2 ${text}: it begins anew at a restart, as ${store.unit} has ` +
      `FileDescriptorStoreMax=${store.max === '' ? '0' : store.max}`;
    return warning(origin, sentence, 'set it to 64 in a drop-in, or remove keep=restart');
  });
}
