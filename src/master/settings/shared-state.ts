/** PURE. What the processes of the application share: what a spawner is told of the options. */

import type { SharedState } from '../../protocol/spawner-settings.ts';
import { mailboxesOf } from './job-settings.ts';
import { parseArea } from '../../tables/shared/area-terms.ts';
import { cacheFileOptions, parseFileItem, parseItem } from '../../tables/shared/cache-items.ts';
import { cacheDefaults, parseCache } from '../../tables/shared/cache-terms.ts';
import { parseMetric } from '../../tables/shared/metric-terms.ts';
import type { CacheTerms } from '../../tables/shared/cache-terms.ts';
import type { Settings } from '../../tables/options/options.ts';

export function sharedState(settings: Settings): SharedState {
  const named = settings.cache2.flatMap(({ text }) => {
    const parsed = parseCache(text);
    return parsed.ok ? [parsed.terms] : [];
  });
  return {
    caches: [...oldCache(settings), ...named],
    cacheItems: [
      ...settings['add-cache-item'].flatMap(({ text }) => parseItem(text) ?? []),
      ...cacheFileOptions.flatMap((option) =>
        settings[option].map(({ text }) => parseFileItem(text, option)),
      ),
    ],
    locks: settings.locks,
    queue: {
      places: settings.queue,
      blocksize: settings['queue-blocksize'],
      store: settings['queue-store'],
    },
    areas: settings.sharedarea.flatMap(({ text }) => {
      const parsed = parseArea(text);
      return parsed.ok ? [parsed.terms] : [];
    }),
    metrics: settings.metric.flatMap(({ text }) => {
      const parsed = parseMetric(text);
      return parsed.ok ? [parsed.terms] : [];
    }),
    hasMetrics: settings['enable-metrics'] || settings.metric.length > 0,
    mailboxes: mailboxesOf(settings),
  };
}

/** The cache of the option `cache`, which comes first. */
function oldCache(settings: Settings): readonly CacheTerms[] {
  const items = settings.cache;
  if (items === 0) return [];
  return [
    {
      ...{ name: 'default', items, blocks: items, blocksize: settings['cache-blocksize'] },
      ...{ keysize: cacheDefaults.keysize, hashsize: cacheDefaults.hashsize },
      ...{ bitmap: false, lru: false, ignoreFull: false, clearOnFull: false },
      noExpire: settings['cache-no-expire'],
      lastModified: settings['cache-use-last-modified'],
      store: settings['cache-store'],
      storeSync: settings['cache-store-sync'],
      storeDelete: false,
      isKept: false,
    },
  ];
}
