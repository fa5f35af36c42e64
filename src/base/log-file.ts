/** Opens a file for lines to be appended to, by this process and by those that inherit it. */
import { closeSync, constants, fchownSync, openSync, unlinkSync } from 'node:fs';

import { setBlocking } from './descriptors.ts';
import { errorCodeOf } from './system-error.ts';

/** Whom a file that is made is given to; it is opened again by them. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Opens the file, made with mode 0640 where it is not there; only root can give it to an `owner`.
 * Throws the error of open(2), and leaves no file behind: ENXIO for a fifo that nobody reads, which
 * a plain open would wait for.
 */
export function openLogFile(path: string, owner?: FileOwner): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOCTTY, O_NONBLOCK } = constants;
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK;
  const created = openNew(path, flags | O_EXCL);
  const opened = created ?? openSync(path, flags, 0o640);
  try {
    if (created !== undefined && owner !== undefined) fchownSync(created, owner.uid, owner.gid);
    setBlocking(opened);
    return opened;
  } catch (error) {
    closeSync(opened);
    if (created !== undefined) unlinkSync(path);
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
