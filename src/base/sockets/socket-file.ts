/**
 * The file of a unix socket: made, changed and removed so that no other file is ever met.
 *
 * Root often makes it in a directory that the application's user owns. Between two calls this user
 * can put something else in its place. So root opens the file, looks at it, and gives away the
 * opened file.
 */
import { chmodSync, closeSync, constants, fstatSync, lstatSync } from 'node:fs';
import { openSync, unlinkSync } from 'node:fs';

import { mustCallLibc } from '../libc.ts';
import { openUnixListener } from './listening-sockets.ts';
import { UntrustedPathError } from '../system-error.ts';
import { atPlace, O_PATH, type PathUser, type Place } from '../files/trusted-path.ts';

/** Which file it is. */
export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
}

export interface BoundSocketFile {
  readonly fd: number;
  readonly file: FileIdentity;
}

export interface SocketFileParts {
  readonly path: string;
  /** The user that the master becomes (trusted-path.ts). */
  readonly user: PathUser | undefined;
}

export interface SocketFileTerms {
  /** Undefined: as it is. */
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

const AT_EMPTY_PATH = 0x1000;

/** Binds and listens. `makeRoom` is called before: it removes what may be removed, or throws. */
export function bindSocketFile(
  { path, user }: SocketFileParts,
  backlog: number,
  makeRoom: (place: Place) => void,
): BoundSocketFile {
  return atPlace(path, { lastLink: 'kept', user }, (place) => {
    makeRoom(place);
    // Bound by its full name, which getsockname(2), ss and the journal show.
    const fd = openUnixListener({ kind: 'path', name: path }, backlog);
    try {
      const stats = lstatSync(place.path);
      if (!stats.isSocket()) throw changed(path);
      return { fd, file: { device: stats.dev, inode: stats.ino } };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

/** Gives the file a mode and an owner. @throws the error of chmod(2) or chown(2). */
export function changeSocketFile(
  { path, user }: SocketFileParts,
  file: FileIdentity,
  { mode, owner }: SocketFileTerms,
): void {
  if (mode === undefined && owner === undefined) return;
  const flags = O_PATH | constants.O_NOFOLLOW;
  const entry = atPlace(path, { lastLink: 'kept', user }, (place) => openSync(place.path, flags));
  try {
    const stats = fstatSync(entry);
    const isIt = stats.dev === file.device && stats.ino === file.inode;
    if (!isIt || !stats.isSocket() || stats.nlink !== 1) throw changed(path);
    if (mode !== undefined) chmodSync(`/proc/self/fd/${entry}`, mode);
    if (owner === undefined) return;
    const prototype = 'int fchownat(int fd, str path, uint32 uid, uint32 gid, int flags)';
    mustCallLibc('chown', prototype, entry, '', owner.uid, owner.gid, AT_EMPTY_PATH);
  } finally {
    closeSync(entry);
  }
}

/** Removes the file, if it still is this one. @throws the error of unlink(2). */
export function removeSocketFile({ path, user }: SocketFileParts, file: FileIdentity): void {
  atPlace(path, { lastLink: 'kept', user }, (place) => {
    const found = lstatSync(place.path, { throwIfNoEntry: false });
    if (found?.dev === file.device && found.ino === file.inode) unlinkSync(place.path);
  });
}

function changed(path: string): UntrustedPathError {
  return new UntrustedPathError(`${path} has been replaced by another process at this moment`);
}
