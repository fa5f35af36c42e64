/**
 * What Node cannot do with descriptors: lock a file, take one's place, be inherited or not; and how
 * many of them a process may have.
 */
import { constants } from 'node:fs';

import { callLibc, lastErrno, mustCallLibc, SystemCallError } from './libc.ts';

/** The limits of open files: what the process has, and what it may raise that to. */
export interface FileLimits {
  readonly soft: bigint;
  readonly hard: bigint;
}

// Numbers of the Linux interface (asm-generic; the same on x86-64 and arm64).
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const FD_CLOEXEC = 1;
const F_DUPFD_CLOEXEC = 1030;
const F_SETPIPE_SZ = 1031;
const F_GETPIPE_SZ = 1032;
const FIONREAD = 0x541b;
const LOCK_SHARED = 1;
const LOCK_EXCLUSIVE = 2;
const LOCK_NONBLOCKING = 4;
const RLIMIT_NOFILE = 7;
/** One number for every architecture, as all system calls since 2019. */
const SYS_PIDFD_OPEN = 434;

/** How a file is locked: by many, or by one alone. */
export type LockKind = 'shared' | 'exclusive';

/** Takes a lock (flock) that lasts until `fd` is closed; false where another process holds one. */
export function lockFile(fd: number, kind: LockKind): boolean {
  const how = kind === 'shared' ? LOCK_SHARED : LOCK_EXCLUSIVE;
  const result = callLibc('int flock(int fd, int operation)', fd, how | LOCK_NONBLOCKING);
  if (result === 0) return true;
  const error = new SystemCallError('flock', lastErrno());
  if (error.code === 'EAGAIN') return false;
  throw error;
}

/** Makes `to` another name for what `from` is, and closes what `to` was. */
export function duplicateOnto(from: number, to: number): void {
  mustCallLibc('dup2', 'int dup2(int from, int to)', from, to);
}

/** Another descriptor for what `fd` is, above those of the standard streams; not inherited. */
export function duplicate(fd: number): number {
  const prototype = 'int fcntl(int fd, int command, long value)';
  return mustCallLibc('fcntl(F_DUPFD_CLOEXEC)', prototype, fd, F_DUPFD_CLOEXEC, 3);
}

/** Gives a pipe more room; where that is refused it keeps what it has. */
export function setPipeSize(fd: number, bytes: number): void {
  callLibc('int fcntl(int fd, int command, long value)', fd, F_SETPIPE_SZ, bytes);
}

/** How many bytes a pipe holds; 0 for what is none. */
export function pipeSize(fd: number): number {
  return Math.max(0, callLibc('int fcntl(int fd, int command, long value)', fd, F_GETPIPE_SZ, 0));
}

/** How many bytes lie in a pipe, unread. */
export function unreadBytes(fd: number): number {
  const unread = new Int32Array(1);
  const result = callLibc('int ioctl(int fd, ulong request, void *value)', fd, FIONREAD, unread);
  return result === 0 ? (unread[0] ?? 0) : 0;
}

/** Whether programs that this process starts inherit `fd`. */
export function setInherited(fd: number, how: 'inherited' | 'closed-on-exec'): void {
  const flags = mustCallLibc('fcntl(F_GETFD)', 'int fcntl(int fd, int command)', fd, F_GETFD);
  const wanted = how === 'inherited' ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
  const prototype = 'int fcntl(int fd, int command, long value)';
  mustCallLibc('fcntl(F_SETFD)', prototype, fd, F_SETFD, wanted);
}

/** Undoes O_NONBLOCK on the description behind `fd`, for all who share it. */
export function setBlocking(fd: number): void {
  const flags = mustCallLibc('fcntl(F_GETFL)', 'int fcntl(int fd, int command)', fd, F_GETFL);
  const prototype = 'int fcntl(int fd, int command, long value)';
  mustCallLibc('fcntl(F_SETFL)', prototype, fd, F_SETFL, flags & ~constants.O_NONBLOCK);
}

/** The limits of open files of this process. */
export function fileLimits(): FileLimits {
  const limits = new BigUint64Array(2);
  mustCallLibc('getrlimit', 'int getrlimit(int which, void *limits)', RLIMIT_NOFILE, limits);
  return { soft: limits[0] ?? 0n, hard: limits[1] ?? 0n };
}

/** Changes them; children inherit it. More than `hard` needs privileges (EPERM). */
export function setFileLimits(limits: FileLimits): void {
  const both = new BigUint64Array([limits.soft, limits.hard]);
  mustCallLibc('setrlimit', 'int setrlimit(int which, void *limits)', RLIMIT_NOFILE, both);
}

/** A descriptor for this process itself; undefined where the kernel is too old for one. */
export function openOwnPidfd(): number | undefined {
  const fd = callLibc(
    'long syscall(long number, long pid, long flags)',
    SYS_PIDFD_OPEN,
    process.pid,
    0,
  );
  return fd === -1 ? undefined : fd;
}

const POLLOUT = 4;

/** Whether a write to the descriptor would not wait; waits up to `waitMs` until that is so. */
export function isWritable(fd: number, waitMs: number): boolean {
  const question = Buffer.alloc(8);
  question.writeInt32LE(fd, 0);
  question.writeInt16LE(POLLOUT, 4);
  return (
    callLibc('int poll(void *fds, unsigned long count, int milliseconds)', question, 1, waitMs) > 0
  );
}
