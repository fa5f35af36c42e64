/**
 * Files that mean something when they change: those of the touch-* and fs-* options, modules of the
 * application, `touch` of a daemon.
 *
 * They are checked about once a second, not watched by the kernel: that works on every file
 * system, counts a file that appears or disappears as changed, and cannot run out of watches.
 */
import { readdirSync, statSync } from 'node:fs';

/** What a file looked like: its time, inode and size; undefined for a file that is not there. */
export type Stamp = string | undefined;

export type Stamps = ReadonlyMap<string, Stamp>;

/**
 * PURE. The files that are no longer as they were. A file that is looked at for the first time
 * has not changed.
 */
export function changedFiles(before: Stamps, now: Stamps): readonly string[] {
  const isChanged = ([path, stamp]: readonly [string, Stamp]): boolean =>
    before.has(path) && before.get(path) !== stamp;
  return [...now].filter(isChanged).map(([path]) => path);
}

/** Looks at the files as they are now. What cannot be looked at is not there. */
export function stampFiles(paths: Iterable<string>): Stamps {
  return new Map([...paths].map((path) => [path, stampOf(path)]));
}

/** So many entries of a directory are looked at. */
const ENTRIES_MAX = 1_000;

/**
 * Looks at files, and at directories with the files in them, as inotify does for uWSGI's fs-*:
 * what is in directories below does not count.
 */
export function stampPlaces(paths: Iterable<string>): Stamps {
  return new Map([...paths].map((path) => [path, stampOfPlace(path)]));
}

function stampOfPlace(path: string): Stamp {
  const own = stampOf(path);
  if (own === undefined) return undefined;
  try {
    const names = readdirSync(path).slice(0, ENTRIES_MAX);
    return [own, ...names.map((name) => `${name} ${stampOf(`${path}/${name}`) ?? ''}`)].join('\n');
  } catch {
    return own; // It is no directory, or may not be read.
  }
}

/**
 * Files that are checked again and again: `look` returns those that changed since the last time.
 */
export class FileWatch {
  readonly #stampAll: (paths: Iterable<string>) => Stamps;
  #stamps: Stamps = new Map();

  constructor(stampAll = stampFiles) {
    this.#stampAll = stampAll;
  }

  /** Watches these paths from now on; those that were watched already keep their history. */
  watch(paths: Iterable<string>): void {
    const wanted = new Set(paths);
    const known = [...this.#stamps].filter(([path]) => wanted.has(path));
    for (const [path] of known) wanted.delete(path);
    this.#stamps = new Map([...known, ...this.#stampAll(wanted)]);
  }

  /** The files that have changed since the last look. */
  look(): readonly string[] {
    const now = this.#stampAll(this.#stamps.keys());
    const changed = changedFiles(this.#stamps, now);
    this.#stamps = now;
    return changed;
  }
}

function stampOf(path: string): Stamp {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? undefined : `${found.mtimeNs} ${found.ino} ${found.size}`;
  } catch {
    // A directory on the way may not be searched: as good as not there.
    return undefined;
  }
}
