/**
 * What is left in the file system when an application's units are gone: dead sockets, empty
 * pidfiles, empty directories in /run. What is in use, or is not empty, is somebody else's.
 */

import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';

import { probeUnixSocket } from '../../base/listening-sockets.ts';
import { UntrustedPathError } from '../../base/system-error.ts';
import { atPlace } from '../../base/trusted-path.ts';

import type { Stats } from 'node:fs';
import type { Leftovers } from '../../units/tmpfiles.ts';

/** Removes them; what cannot be removed stays. */
export function removeLeftovers({ sockets, files, directories }: Leftovers): void {
  for (const path of sockets) {
    removeIf(path, (found) => found.isSocket() && isDead(path));
    removeIf(path, (found) => found.isFIFO());
  }
  for (const path of files) removeIf(path, (found) => found.isFile() && found.size === 0);
  for (const path of directories) {
    try {
      rmdirSync(path);
    } catch {
      // It has files of others, or is gone already.
    }
  }
}

function removeIf(path: string, isOver: (found: Stats) => boolean): void {
  try {
    atPlace(path, { lastLink: 'kept' }, (place) => {
      const found = lstatSync(place.path, { throwIfNoEntry: false });
      if (found !== undefined && isOver(found)) unlinkSync(place.path);
    });
  } catch (error) {
    if (!(error instanceof UntrustedPathError) && !isMissing(error)) throw error;
    // Somebody has put a link on the way: it is not the file that was meant.
  }
}

function isDead(path: string): boolean {
  return probeUnixSocket({ kind: 'path', name: path }) === 'dead';
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR')
  );
}
