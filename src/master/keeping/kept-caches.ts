/**
 * The memory of caches with `keep=restart`: a memory file for each, which systemd keeps while no
 * Reeve runs. What it has kept is used only where the first page of the file is the one that the
 * configuration asks for; spawners check the items (reeve_worker/state/shared_state.py).
 *
 * Locks are not in it. They are made anew with the memory of each master, so none is held by a
 * process of the run before.
 */
import { closeSync, readSync, writeSync } from 'node:fs';

import { openMemoryFile } from '../../base/libc.ts';
import type { Logger } from '../../log/logger.ts';
import { storableName, type FdStore } from '../../systemd/fd-store.ts';
import type { PassedDescriptor } from '../../systemd/listen-fds.ts';
import type { CacheTerms } from '../../tables/shared/cache-terms.ts';
import { KEPT_HEAD_BYTES, keptHead, unfitHead } from './kept-head.ts';

const PREFIX = 'reeve-cache.';

export interface KeptCachesParts {
  readonly store: FdStore;
  /** Memory files that systemd passed. */
  readonly passed: readonly PassedDescriptor[];
  readonly logger: Logger;
}

export class KeptCaches {
  readonly #store: FdStore;
  readonly #logger: Logger;
  /** Of the run before, by their names in the store, until a spawner asks for them. */
  readonly #before = new Map<string, number>();
  /** By the first page. */
  readonly #files = new Map<string, number>();
  /** What systemd has under each name. */
  readonly #stored = new Map<string, number>();
  /** Of the newest spawner: they may serve next. */
  #newest: readonly number[] = [];

  constructor({ store, passed, logger }: KeptCachesParts) {
    this.#store = store;
    this.#logger = logger;
    for (const { fd, name } of passed) {
      if (!name.startsWith(PREFIX) || this.#before.has(name)) {
        const sentence = `the descriptor ${fd} (${name}) that systemd kept is not ours: left alone`;
        logger.warn('listener.warning', {}, sentence);
        continue;
      }
      this.#before.set(name, fd);
      this.#stored.set(name, fd);
    }
  }

  /** The memory file of each cache that is kept, in their order; a new one where there is none. */
  descriptorsOf(caches: readonly CacheTerms[]): readonly number[] {
    this.#newest = caches.filter(({ isKept }) => isKept).map((terms) => this.#descriptor(terms));
    return this.#newest;
  }

  /** The one of a cache, if it has one. */
  descriptorOf(terms: CacheTerms): number | undefined {
    return terms.isKept ? this.#files.get(keyOf(terms)) : undefined;
  }

  /** These caches serve now: systemd is to keep them, and none beside. */
  inForce(caches: readonly CacheTerms[]): void {
    const wanted = new Map<string, { readonly fd: number; readonly terms: CacheTerms }>();
    for (const terms of caches) {
      const fd = this.descriptorOf(terms);
      const name = storeName(terms);
      if (fd !== undefined && !wanted.has(name)) wanted.set(name, { fd, terms });
    }
    for (const [name, fd] of this.#stored) {
      if (wanted.get(name)?.fd === fd) continue;
      this.#store.remove(name);
      this.#stored.delete(name);
    }
    for (const [name, { fd, terms }] of wanted) this.#keep(name, fd, terms);
    this.#closeOthers([...wanted.values()].map(({ fd }) => fd));
  }

  #keep(name: string, fd: number, terms: CacheTerms): void {
    // One that it has already is dropped by systemd: it compares.
    if (this.#store.keep(name, fd)) {
      this.#stored.set(name, fd);
      return;
    }
    const why = this.#store.isOffered
      ? `FileDescriptorStoreMax=${this.#store.most} of the unit is too small for it`
      : 'Reeve is no service of systemd whose unit has FileDescriptorStoreMax=';
    const sentence = `the cache "${terms.name}" begins anew at a restart (keep=restart): ${why}`;
    this.#logger.warn('cache.not-kept', { cache: terms.name }, sentence);
  }

  #closeOthers(wanted: readonly number[]): void {
    for (const [name, fd] of this.#before) {
      this.#before.delete(name);
      closeSync(fd);
    }
    for (const [key, fd] of this.#files) {
      if (wanted.includes(fd) || this.#newest.includes(fd)) continue;
      this.#files.delete(key);
      closeSync(fd);
    }
  }

  #descriptor(terms: CacheTerms): number {
    const key = keyOf(terms);
    const fd = this.#files.get(key) ?? this.#fromBefore(terms) ?? newFile(terms);
    this.#files.set(key, fd);
    return fd;
  }

  /** What systemd has kept for the cache, if it is what is configured. */
  #fromBefore(terms: CacheTerms): number | undefined {
    const name = storeName(terms);
    const fd = this.#before.get(name);
    if (fd === undefined) return undefined;
    const unfit = unfitness(fd, terms);
    if (unfit === undefined) {
      this.#before.delete(name);
      const sentence = `the cache "${terms.name}" goes on with what systemd has kept`;
      this.#logger.info('cache.kept', { cache: terms.name }, sentence);
      return fd;
    }
    const sentence = `the cache "${terms.name}" begins anew: ${unfit}`;
    this.#logger.warn('cache.begins-anew', { cache: terms.name }, sentence);
    return undefined;
  }
}

function storeName({ name }: CacheTerms): string {
  return storableName(PREFIX, name);
}

function keyOf(terms: CacheTerms): string {
  return keptHead(terms).toString('latin1');
}

function newFile(terms: CacheTerms): number {
  const fd = openMemoryFile('reeve-cache');
  writeSync(fd, keptHead(terms), 0, KEPT_HEAD_BYTES, 0);
  return fd;
}

function unfitness(fd: number, terms: CacheTerms): string | undefined {
  const page = Buffer.alloc(KEPT_HEAD_BYTES);
  try {
    const count = readSync(fd, page, 0, KEPT_HEAD_BYTES, 0);
    const unfit = unfitHead(page.subarray(0, count), terms);
    if (unfit !== undefined) return unfit;
    // One that cannot be written would end in the spawners.
    writeSync(fd, page, 0, KEPT_HEAD_BYTES, 0);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `what systemd kept for it cannot be used: ${why}`;
  }
}
