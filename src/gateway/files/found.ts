/**
 * Opens a file by its path, and knows where it really is.
 *
 * It is opened first and then asked, so that no symbolic link can be swapped between the check and
 * the use.
 */

import { close, constants, fstat, open, readlink, realpath } from 'node:fs';

import { isBelow } from './candidates.ts';
import { OpenFile } from './open-file.ts';

export interface FoundFile {
  readonly file: OpenFile;
  /** Where it really is; latin-1 text that stands for bytes. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export type Found =
  | FoundFile
  /** There is no such file; or there is something else that is not one. */
  | 'nothing'
  | 'directory'
  /** There is one that we may not read, or cannot: no descriptor is left. */
  | { readonly problem: string };

/** Opening a fifo must not wait for its writer, and a terminal must not become ours. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const absent = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO']);

/** Opens a regular file by the latin-1 text of its path. */
export function findFile(path: string): Promise<Found> {
  const { promise, resolve } = Promise.withResolvers<Found>();
  open(Buffer.from(path, 'latin1'), FLAGS, (error, fd) => {
    if (error !== null) {
      return resolve(absent.has(error.code ?? '') ? 'nothing' : { problem: error.message });
    }
    const refuse = (found: Found): void => close(fd, () => resolve(found));
    fstat(fd, (failure, status) => {
      if (failure !== null) return refuse({ problem: failure.message });
      if (!status.isFile()) return refuse(status.isDirectory() ? 'directory' : 'nothing');
      const { size: sizeBytes, mtimeMs: modifiedMs } = status;
      readlink(`/proc/self/fd/${fd}`, 'latin1', (unknown, real) => {
        if (unknown !== null) return refuse({ problem: unknown.message });
        resolve({ file: new OpenFile(fd), path: real, sizeBytes, modifiedMs });
      });
    });
  });
  return promise;
}

/** Whether a real path lies below one of these; looked up now, as a deployment may replace them. */
export async function isBelowOneOf(path: string, roots: readonly string[]): Promise<boolean> {
  for (const root of roots) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    realpath.native(root, 'latin1', (error, real) =>
      resolve(error === null && isBelow(path, real)),
    );
    if (await promise) return true;
  }
  return false;
}
