/** Opens a file for lines to be appended to, by this process and by those that inherit it. */
import { closeSync, constants, fchownSync, openSync } from 'node:fs';

import { setBlocking } from './descriptors.ts';

/** Whom a file that is made is given to; it is opened again by them. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Opens the file, made with mode 0640 where it is not there. Throws the error of open(2): ENXIO for
 * a fifo that nobody reads, which a plain open would wait for.
 */
export function openLogFile(path: string, owner?: FileOwner): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOCTTY, O_NONBLOCK } = constants;
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK;
  try {
    const created = openSync(path, flags | O_EXCL, 0o640);
    if (owner !== undefined) fchownSync(created, owner.uid, owner.gid);
    setBlocking(created);
    return created;
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!exists) throw error;
  }
  const opened = openSync(path, flags, 0o640);
  try {
    setBlocking(opened);
    return opened;
  } catch (error) {
    closeSync(opened);
    throw error;
  }
}
