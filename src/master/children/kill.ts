/**
 * Kills a process that another process waits for. Its number may be another process's by then: so
 * the process is held by a descriptor (pidfd) first, and then must be a child of one of those that
 * can be its parent. As long as a parent has not waited for it, nobody else gets its number.
 *
 * Linux before 5.3, and some filters of system calls (seccomp), have no pidfd. There the number is
 * used right after the look at the parent: between the two lie some microseconds.
 */
import { closeSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { callLibc } from '../../base/libc.ts';

// The same numbers on x86-64 and arm64; the C library has had names for them since glibc 2.36 only.
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;

/**
 * Sends SIGKILL to the process `pid`, if it is a child of one of `parents`. Returns whether it was
 * sent: false when there is no such child any more, or when the kernel refuses it.
 */
export function killChildOf(parents: readonly (number | undefined)[], pid: number): boolean {
  return signalChildOf(parents, pid, 'SIGKILL');
}

/** The same with another signal. */
export function signalChildOf(
  parents: readonly (number | undefined)[],
  pid: number,
  signal: 'SIGKILL' | 'SIGTERM',
): boolean {
  const pidfd = openPidfd(pid);
  if (pidfd === undefined) return isChildOf(parents, pid) && killByNumber(pid, signal);
  try {
    return isChildOf(parents, pid) && killByPidfd(pidfd, signal);
  } finally {
    closeSync(pidfd);
  }
}

/** Undefined without pidfd, and when there is no such process. */
function openPidfd(pid: number): number | undefined {
  const prototype = 'long syscall(long number, int pid, uint32 flags)';
  const pidfd = Number(callLibc(prototype, SYS_PIDFD_OPEN, pid, 0));
  return pidfd < 0 ? undefined : pidfd;
}

function killByPidfd(pidfd: number, signal: 'SIGKILL' | 'SIGTERM'): boolean {
  const prototype = 'long syscall(long number, int pidfd, int signal, void *info, uint32 flags)';
  const number = constants.signals[signal];
  return Number(callLibc(prototype, SYS_PIDFD_SEND_SIGNAL, pidfd, number, null, 0)) === 0;
}

function killByNumber(pid: number, signal: 'SIGKILL' | 'SIGTERM'): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

function isChildOf(parents: readonly (number | undefined)[], pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return parents.includes(Number(parent));
  } catch {
    // There is no such process any more.
    return false;
  }
}
