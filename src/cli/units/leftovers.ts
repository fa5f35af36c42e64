/**
 * What is left in the file system when an application's units are gone: dead sockets, empty
 * pidfiles, empty directories in /run. What is in use, or is not empty, is somebody else's.
 */

import { lstatSync, realpathSync, rmdirSync, unlinkSync } from 'node:fs';

import { probeUnixSocket } from '../../base/sockets/listening-sockets.ts';
import { errorCodeOf, UntrustedPathError } from '../../base/system-error.ts';
import { atPlace } from '../../base/files/trusted-path.ts';

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

/**
 * The directories of a service of this name: empty ones go. After one with a made-up user a link in
 * /run is left without its target, and with it no service of that name would start.
 */
export function removeOwnDirectories(name: string): void {
  for (const path of ['/run', '/var/lib', '/var/log'].map((root) => `${root}/reeve/${name}`)) {
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    try {
      rmdirSync(isLink ? realpathSync(path) : path);
    } catch (error) {
      // It has files, or there is none; a link may be left all the same.
      if (!isMissing(error)) continue;
    }
    if (isLink) unlinkSync(path);
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
  const code = errorCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
