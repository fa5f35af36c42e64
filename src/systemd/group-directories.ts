/** The control groups that a process is in, as directories. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { groupDirectory, hierarchyOf, type Controller } from './cgroup-text.ts';

/** Those of a controller, the innermost first; none where they cannot be known. */
export function groupDirectoriesOf(
  pid: number | 'self',
  controller: Controller,
): readonly string[] {
  try {
    const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8');
    const cgroups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    return hierarchyOf(controller, mountinfo, cgroups).flatMap(({ mount, group }) => {
      const directories: string[] = [];
      let directory = groupDirectory(group, mount);
      while (directory?.startsWith(mount.mountPoint) === true) {
        directories.push(directory);
        directory = dirname(directory);
      }
      return directories;
    });
  } catch {
    return []; // Without /proc they cannot be known.
  }
}
