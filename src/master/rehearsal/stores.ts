/** Servers of Redis or Valkey that spoolers and caches use in place of a directory or a file. */
import { parseCache } from '../../tables/shared/cache-terms.ts';
import { isStoreAddress, shownAddress } from '../../tables/shared/store-address.ts';
import type { Settings } from '../../tables/options/options.ts';

export interface StoreInUse {
  readonly address: string;
  /** The setting: "spooler redis://host/0", without a password. */
  readonly what: string;
  readonly origin: string;
}

/** In the order in which a start looks at them. */
export function storesInUse(settings: Settings): readonly StoreInUse[] {
  const spoolers = (['spooler', 'spooler-external'] as const).flatMap((option) =>
    settings[option].map(({ text, origin }) => ({ option, address: text, origin })),
  );
  const caches = settings.cache2.flatMap(({ text, origin }) => {
    const parsed = parseCache(text);
    return parsed.ok ? [{ option: 'cache2' as const, address: parsed.terms.store, origin }] : [];
  });
  return [...spoolers, ...caches]
    .filter(({ address }) => isStoreAddress(address))
    .map(({ option, address, origin }) => {
      const shown = shownAddress(address);
      return { address, origin, what: `${option} ${option === 'cache2' ? 'store=' : ''}${shown}` };
    });
}
