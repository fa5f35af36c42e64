/**
 * How full the file systems are in which an instance writes. It is asked for when somebody wants a
 * snapshot, beside the loop, and waited for a moment only: a file system may hang.
 */
import { statfs } from 'node:fs';
import { dirname } from 'node:path';

import type { Timers } from '../../base/clock.ts';
import { errorCodeOf } from '../../base/system-error.ts';
import type { DiskView } from '../../protocol/snapshot.ts';

/** A path, and what is written there. */
export type DiskPlace = Pick<DiskView, 'use' | 'path'>;

/** How old an answer may be, and how long a newer one is waited for. */
const KNOWN_MS = 1_000;
const WAIT_MS = 500;

interface Known {
  view: DiskView;
  askedAtMs: number;
  /** Resolves when the kernel has answered; there is one question at a time. */
  asking: Promise<void> | undefined;
}

export class Disks {
  readonly #timers: Timers;
  readonly #known = new Map<string, Known>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** The state of each place; one that does not answer has the problem TIMEOUT. */
  async look(places: readonly DiskPlace[]): Promise<readonly DiskView[]> {
    const paths = new Set(places.map(({ path }) => path));
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path);
    return await Promise.all(places.map((place) => this.#lookAt(place)));
  }

  async #lookAt({ use, path }: DiskPlace): Promise<DiskView> {
    const nowMs = this.#timers.now();
    const known = this.#known.get(path) ?? newKnown(use, path);
    this.#known.set(path, known);
    const isFresh = nowMs - known.askedAtMs < KNOWN_MS;
    if (!isFresh && known.asking === undefined) this.#ask(known, nowMs);
    if (known.asking === undefined) return { ...known.view, use };
    const { promise: tooLong, resolve } = Promise.withResolvers<'late'>();
    const stopWaiting = this.#timers.after(WAIT_MS, () => resolve('late'));
    const outcome = await Promise.race([known.asking, tooLong]);
    stopWaiting();
    return outcome === 'late' ? { ...known.view, use, problem: 'TIMEOUT' } : { ...known.view, use };
  }

  #ask(known: Known, nowMs: number): void {
    known.askedAtMs = nowMs;
    const { path } = known.view;
    known.asking = new Promise((resolve) => {
      statfs(path, (error, stats) => {
        known.asking = undefined;
        known.view =
          error === null
            ? {
                ...known.view,
                freeBytes: stats.bavail * stats.bsize,
                sizeBytes: stats.blocks * stats.bsize,
                freeFiles: stats.files === 0 ? null : stats.ffree,
                problem: '',
              }
            : { ...known.view, problem: errorCodeOf(error) ?? error.message };
        resolve();
      });
    });
  }
}

function newKnown(use: string, path: string): Known {
  const view = { use, path, freeBytes: 0, sizeBytes: 0, freeFiles: null, problem: '' };
  return { view, askedAtMs: -Infinity, asking: undefined };
}

/** Where an instance writes, each directory once. */
export function diskPlaces(terms: {
  readonly directory: string;
  /** '' for none. */
  readonly logFile: string;
  readonly taskDirectories: readonly string[];
  readonly temporaryDirectories: readonly string[];
}): readonly DiskPlace[] {
  const { directory, logFile, taskDirectories, temporaryDirectories } = terms;
  const [temporary = ''] = temporaryDirectories;
  const all = [
    { use: 'log', path: logFile === '' ? '' : dirname(logFile) },
    ...taskDirectories.map((path) => ({ use: 'tasks', path })),
    { use: 'temporary files', path: temporary },
    { use: 'application', path: directory },
  ];
  const known = new Set<string>(['']);
  return all.filter(({ path }) => !known.has(path) && known.add(path));
}
