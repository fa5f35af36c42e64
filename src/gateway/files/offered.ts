/** Opens a file that a worker has open, as /proc/<pid>/fd/N: also one without a name. */

import { close, constants, fstat, open } from 'node:fs';

import type { OfferedFile } from '../../protocol/file-frames.ts';
import { OpenFile } from './open-file.ts';
import type { FilePart } from './open-file.ts';

/**
 * `done` gets the part; undefined where it cannot be opened: another user's process, a file that
 * may only be read through the worker's own descriptor, no descriptors left.
 */
export function openOffered(
  offered: OfferedFile,
  done: (part: FilePart | undefined) => void,
): void {
  const { pid, descriptor, start, lengthBytes } = offered;
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  open(`/proc/${pid}/fd/${descriptor}`, flags, (error, fd) => {
    if (error !== null) return done(undefined);
    fstat(fd, (failure, status) => {
      if (failure === null && status.isFile() && status.size >= start + lengthBytes) {
        return done({ file: new OpenFile(fd), start, lengthBytes });
      }
      close(fd, () => done(undefined));
    });
  });
}
