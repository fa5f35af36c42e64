/** Log files: opened, for this process and those that inherit it, and renamed for a rotation. */
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import type { Stats } from 'node:fs';

import { setBlocking } from '../descriptors.ts';
import { errorCodeOf, UntrustedPathError } from '../system-error.ts';
import { atPlace, isEverybodys, isShared, type PathUser, type Place } from './trusted-path.ts';

/** Names that are tried for one second. */
const TRIES_MAX = 1_000;

/**
 * Opens the file, made with mode 0640 where it is not there; only root can give it to an `owner`,
 * who will have to open it again.
 *
 * Root follows no link of another user's, and writes to no file that another user has put there in
 * place of the log (trusted-path.ts). Throws the error of open(2) or an UntrustedPathError, and
 * leaves no file behind: ENXIO for a fifo that nobody reads, which a plain open would wait for.
 * reeve_worker/output/log_file.py does the same.
 */
export function openLogFile(path: string, owner?: PathUser): number {
  const { fd } = atPlace(path, { lastLink: 'followed', user: owner }, (place) =>
    openAt(place, owner),
  );
  return fd;
}

/** Throws what `openLogFile` would throw; a file that was not there is removed again. */
export function tryLogFile(path: string, owner?: PathUser): void {
  atPlace(path, { lastLink: 'followed', user: owner }, (place) => {
    const { fd, isNew } = openAt(place, owner);
    closeSync(fd);
    if (isNew) unlinkSync(place.path);
  });
}

function openAt(place: Place, owner: PathUser | undefined): { fd: number; isNew: boolean } {
  const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOCTTY, O_NONBLOCK } = constants;
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | place.linkFlags;
  const created = openNew(place.path, flags | O_EXCL);
  const fd = created ?? openSync(place.path, flags, 0o640);
  try {
    const why = refusalOf(fstatSync(fd), place.directory, owner);
    if (why !== undefined) throw new UntrustedPathError(why);
    if (created !== undefined && owner !== undefined) fchownSync(created, owner.uid, owner.gid);
    setBlocking(fd);
    return { fd, isNew: created !== undefined };
  } catch (error) {
    closeSync(fd);
    if (created !== undefined) unlinkSync(place.path);
    throw error;
  }
}

function openNew(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags, 0o640);
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** Why root does not write to a file that may have been put there; undefined: it does. */
function refusalOf(
  file: Stats,
  directory: Stats | undefined,
  user: PathUser | undefined,
): string | undefined {
  if (directory === undefined || !isShared(directory)) return undefined;
  const isExpected = [directory.uid, user?.uid].includes(file.uid) && file.uid !== 0;
  if (file.isFile() && file.nlink > 1 && !isExpected) {
    return 'it is a second name (hard link) of a file, in a directory that others may write to';
  }
  if (isEverybodys(directory) && file.uid !== 0 && !isExpected) {
    return `it belongs to the user ${file.uid}, in a directory that everybody may write to`;
  }
  return undefined;
}

/**
 * Renames the file; returns its new name. Without `backupName` that is the path with the seconds
 * since 1970, as in uWSGI; a second one in the same second gets a number, so that none is replaced.
 * Throws the error of rename(2).
 */
export function renameLog(path: string, backupName: string, nowMs: number): string {
  const backup = backupName === '' ? freeName(`${path}.${Math.floor(nowMs / 1000)}`) : backupName;
  renameSync(path, backup);
  return backup;
}

function freeName(name: string): string {
  for (let count = 0; count < TRIES_MAX; count += 1) {
    const candidate = count === 0 ? name : `${name}.${count}`;
    if (lstatSync(candidate, { throwIfNoEntry: false }) === undefined) return candidate;
  }
  return name;
}
