/**
 * The directory that this process was started in. Scripts that deploy delete the one they stand in:
 * there a command works all the same, as long as it names no file in it.
 */
import { readlinkSync } from 'node:fs';

/**
 * Says whether it has been deleted. If so, process.cwd() fails no more, which libraries call when
 * they are loaded; it tells a path that leads nowhere, `/srv/old (deleted)`.
 */
export function replacesDeletedDirectory(): boolean {
  try {
    process.cwd();
    return false;
  } catch {
    const path = readlinkSync('/proc/self/cwd');
    process.cwd = () => path;
    return true;
  }
}
