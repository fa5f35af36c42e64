/**
 * The descriptors that systemd passed (sd_listen_fds(3)): read once, at the very start, and taken
 * out of the environment, so that no program that we start takes them for its own.
 *
 * They are meant for us only when LISTEN_PID is our process: a parent that was activated may have
 * left the variables behind. That is no error, and nothing is said of it. `daemonize` hands them on
 * to the process that it starts, whose parent they name then.
 */
import { closeSync, fstatSync, readlinkSync, statfsSync } from 'node:fs';

import { openOwnPidfd, setInherited } from '../base/descriptors.ts';

/** One descriptor, and its name: FileDescriptorName= of its socket unit, or that in the store. */
export interface PassedDescriptor {
  readonly fd: number;
  readonly name: string;
}

export interface PassedParts {
  readonly environment: Record<string, string | undefined>;
  /** LISTEN_PID of sockets for us: our own pid; in the background also our parent's. */
  readonly pids: readonly number[];
  /** The number that the kernel gives our pidfd, as LISTEN_PIDFDID; undefined where it has none. */
  readonly pidfdId?: (() => bigint | undefined) | undefined;
}

const FIRST_FD = 3;
/** systemd passes at most as many as a process may open; more is a broken variable. */
const COUNT_MAX = 65_536;
const VARIABLES = ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES'] as const;
const PIDFS_MAGIC = 0x50494446;

export interface TakenDescriptors {
  /** All of them sockets. */
  readonly passed: readonly PassedDescriptor[];
  /** Memory files, from the descriptor store. */
  readonly memory: readonly PassedDescriptor[];
  /** What does not make sense, for the log. */
  readonly warnings: readonly string[];
}

/**
 * Takes what was passed; from then on children do not inherit it. What is neither a socket nor a
 * memory file is left as it is: where the variables are wrong, it is a descriptor of Node's own,
 * which aborts without it.
 */
export function takePassedDescriptors(parts: PassedParts): TakenDescriptors {
  const said = readPassed(parts);
  const { LISTEN_PID: pid, LISTEN_FDS: count } = parts.environment;
  for (const name of VARIABLES) delete parts.environment[name];
  const open = said.filter(({ fd }) => isKeptFromChildren(fd));
  const passed = open.filter(({ fd }) => isSocket(fd));
  const memory = open.filter(({ fd }) => isMemoryFile(fd));
  const isMeant = parts.pids.some((own) => String(own) === pid);
  if (isMeant && count !== undefined && !isCount(count)) {
    const shown = JSON.stringify(count.slice(0, 40));
    return {
      passed,
      memory,
      warnings: [`LISTEN_FDS=${shown} is no number of descriptors: ignored`],
    };
  }
  const others = said.filter((each) => !passed.includes(each) && !memory.includes(each));
  const warnings = others.map(
    ({ fd, name }) =>
      `LISTEN_FDS=${count} names the descriptor ${fd} (${name}), which is no socket: left alone`,
  );
  return { passed, memory, warnings };
}

/** Whether LISTEN_FDS can be meant. */
export function isCount(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= COUNT_MAX;
}

/** False also where nothing is open. */
export function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false; // EBADF.
  }
}

/** Whether it is a file of memfd_create(2), which Node has none of. */
export function isMemoryFile(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('/memfd:');
  } catch {
    return false; // Not open, or no /proc.
  }
}

/** What the variables say, without touching a descriptor. */
export function readPassed(parts: PassedParts): readonly PassedDescriptor[] {
  const [pid, pidfdId, count, names] = VARIABLES.map((name) => parts.environment[name]);
  if (pid === undefined || count === undefined) return [];
  if (!parts.pids.some((own) => String(own) === pid)) return [];
  if (!isCount(count)) return [];
  // Pids are used again; this number is not.
  const own = pidfdId === undefined ? undefined : (parts.pidfdId ?? ownPidfdId)();
  if (own !== undefined && pid === String(parts.pids[0]) && String(own) !== pidfdId) return [];
  const named = names?.split(':') ?? [];
  return Array.from({ length: Number(count) }, (_, index) => ({
    fd: FIRST_FD + index,
    // As sd_listen_fds_with_names(3) names what has no name.
    name: named[index] === undefined || named[index] === '' ? 'unknown' : named[index],
  }));
}

/** False where there is no such descriptor: the variables come from elsewhere. */
function isKeptFromChildren(fd: number): boolean {
  try {
    setInherited(fd, 'closed-on-exec');
    return true;
  } catch {
    return false;
  }
}

/** The inode of our pidfd where the kernel has a file system for them (6.9 and later). */
function ownPidfdId(): bigint | undefined {
  const fd = openOwnPidfd();
  if (fd === undefined) return undefined;
  try {
    const isPidfs = statfsSync(`/proc/self/fd/${fd}`).type === PIDFS_MAGIC;
    return isPidfs ? fstatSync(fd, { bigint: true }).ino : undefined;
  } catch {
    // Without /proc it cannot be told, and the pid has to do.
    return undefined;
  } finally {
    closeSync(fd);
  }
}
