/** How many tasks a spool directory has: those that wait or run, and those that were put aside. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { SpoolerView } from '../../protocol/snapshot.ts';
import { DEAD_FOLDER, TASK_PREFIX, WHY_SUFFIX } from '../../protocol/task-file.ts';

export function countTasks(directory: string): Pick<SpoolerView, 'queued' | 'dead'> {
  const entries = namesIn(directory);
  const folders = ['', ...entries.filter((name) => /^\d+$/.test(name))];
  const queued = folders.reduce((sum, folder) => sum + tasksIn(join(directory, folder)), 0);
  return { queued, dead: tasksIn(join(directory, DEAD_FOLDER)) };
}

function tasksIn(folder: string): number {
  return namesIn(folder).filter(
    (name) => name.startsWith(TASK_PREFIX) && !name.endsWith(WHY_SUFFIX),
  ).length;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It is not there, or is not for this user.
    return [];
  }
}
