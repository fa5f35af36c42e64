/**
 * Children that nobody here started: what an application's process left behind becomes the
 * master's, as it is their subreaper. Node waits only for its own; these would stay zombies.
 */
import { readFileSync } from 'node:fs';

import { waitChild } from '../../base/libc.ts';
import { isOwnChild } from './spawn.ts';

/** Reaps those that have ended; `isAwaited` names children that somebody else waits for. */
export function reapStrangers(isAwaited: (pid: number) => boolean): void {
  for (const pid of childPids()) {
    if (!isOwnChild(pid) && !isAwaited(pid)) waitChild(pid);
  }
}

/** All children; none where the kernel does not list them (CONFIG_PROC_CHILDREN). */
function childPids(): readonly number[] {
  try {
    const text = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1');
    return text
      .split(' ')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}
