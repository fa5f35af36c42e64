/**
 * Control groups below the unit's own, where systemd has delegated it (Delegate=yes).
 *
 * A group either holds processes or hands controllers to groups below it; so everything moves out
 * of the unit's group: into `master`, and `generation-N/spawner` and `generation-N/worker-M`.
 * Without delegation nothing is touched: the tree is systemd's.
 */
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import {
  cgroupMount,
  groupDirectory,
  hasController,
  oomKills,
  ownGroup,
  pidsOf,
  serviceOf,
} from './cgroup-text.ts';
import { hasAttribute } from './file-attributes.ts';

/** Whom the groups are given to where the master drops its privileges. */
export interface CgroupOwner {
  readonly uid: number;
  readonly gid: number;
}

export type OpenedCgroups =
  | { readonly kind: 'delegated'; readonly directory: string }
  | { readonly kind: 'off'; readonly why: string };

/** systemd marks a group that it has delegated: since 251 for all to see, before for root. */
const DELEGATED = ['user.delegate', 'trusted.delegate'];
/** Its figures are for the status; others are the operator's to set on the unit. */
const CONTROLLER = 'memory';
const GIVEN = ['', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control'];

/** Finds the delegated group, and moves this process out of it into `master`. */
export function openCgroups(owner: CgroupOwner | undefined): OpenedCgroups {
  const directory = delegatedDirectory();
  if (directory === undefined) {
    return { kind: 'off', why: 'systemd has not delegated the control group (Delegate=yes)' };
  }
  try {
    give(directory, owner);
    const pids = pidsIn(directory);
    // With DelegateSubgroup= systemd has put us into a group below it already.
    if (pids.length > 0) {
      const master = makeGroup(join(directory, 'master'));
      give(master, owner);
      for (const pid of pids) joinGroup(master, pid);
    }
    handControllers(directory);
    return { kind: 'delegated', directory };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'off', why: `the control group ${directory} cannot be used: ${why}` };
  }
}

/** Makes a group, if it is not there; returns its directory. */
export function makeGroup(directory: string): string {
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Lets groups below this one have figures of their own, where the kernel keeps them. */
export function handControllers(directory: string): void {
  try {
    if (!hasController(read(directory, 'cgroup.controllers'), CONTROLLER)) return;
    writeFileSync(join(directory, 'cgroup.subtree_control'), `+${CONTROLLER}`);
  } catch {
    // A process is in it still, or the kernel refuses: the figures are missing, nothing else.
  }
}

/** Moves a process with all its threads. */
export function joinGroup(directory: string, pid: number): void {
  writeFileSync(join(directory, 'cgroup.procs'), String(pid));
}

/** Removes a group; false while processes, or groups, are in it. */
export function removeGroup(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return !existsSync(directory);
  }
}

/** The processes that are in a group. */
export function pidsIn(directory: string): readonly number[] {
  try {
    return pidsOf(read(directory, 'cgroup.procs'));
  } catch {
    return [];
  }
}

/** Ends all that is in a group, also what is forked meanwhile. */
export function killGroup(directory: string): void {
  const file = join(directory, 'cgroup.kill');
  // Kernels before 5.14 have no such file, and one must not be made.
  if (existsSync(file)) return writeFileSync(file, '1');
  for (const pid of pidsIn(directory)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** The memory that is charged to a group; undefined where the kernel does not count it. */
export function memoryOfGroup(directory: string): number | undefined {
  try {
    return Number(read(directory, 'memory.current'));
  } catch {
    return undefined;
  }
}

/** How many processes of a group the kernel has killed for want of memory. */
export function oomKillsIn(directory: string): number {
  try {
    return oomKills(read(directory, 'memory.events'));
  } catch {
    return 0; // Without the memory controller nobody counts.
  }
}

/** The service that this process belongs to; '' where there is none. */
export function ownService(): string {
  try {
    return serviceOf(ownGroup(readFileSync('/proc/self/cgroup', 'utf8')) ?? '');
  } catch {
    return '';
  }
}

/** The unit's group: ours, or with DelegateSubgroup= the one above ours. */
function delegatedDirectory(): string | undefined {
  const mount = cgroupMount(readFileSync('/proc/self/mountinfo', 'utf8'));
  const group = ownGroup(readFileSync('/proc/self/cgroup', 'utf8'));
  if (mount === undefined || group === undefined || group === '/') return undefined;
  const own = groupDirectory(group, mount);
  if (own === undefined) return undefined;
  // Only a service is ours alone: a scope holds the terminal that Reeve was started from.
  return [own, dirname(own)].find((each) => each.endsWith('.service') && isDelegated(each));
}

function isDelegated(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    accessSync(join(directory, 'cgroup.procs'), constants.W_OK);
    return DELEGATED.some((name) => hasAttribute(directory, name, '1'));
  } catch {
    return false;
  }
}

/** To whom the master will be after it has dropped its privileges, as systemd does for User=. */
function give(directory: string, owner: CgroupOwner | undefined): void {
  if (owner === undefined) return;
  for (const name of GIVEN) chownSync(join(directory, name), owner.uid, owner.gid);
}

function read(directory: string, name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}
