/**
 * The C library, called directly: what Node has no function for.
 *
 * A call that fails becomes a SystemCallError, whose sentence names the call and what the kernel
 * said. Nothing here waits, and no callback is ever handed to C.
 */
import { closeSync, constants as fileConstants, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';

import { foreignErrno, foreignFunction } from './foreign-functions.ts';

/** A system call that failed. `code` is the name of the error: "EADDRINUSE". */
export class SystemCallError extends Error {
  readonly call: string;
  readonly code: string;
  readonly errno: number;

  constructor(call: string, errno: number) {
    super(`${call}: ${getSystemErrorMessage(-errno)} (${getSystemErrorName(-errno)})`);
    this.name = 'SystemCallError';
    this.call = call;
    this.code = getSystemErrorName(-errno);
    this.errno = errno;
  }
}

/** How a child ended; -1 stands where the other one applies. */
export interface WaitedChild {
  readonly pid: number;
  readonly code: number;
  readonly signal: number;
}

// Numbers of the Linux interface (asm-generic; the same on x86-64 and arm64).
const PR_SET_DUMPABLE = 4;
const PR_SET_NAME = 15;
const PR_SET_CHILD_SUBREAPER = 36;
const F_SETFL = 4;
const F_SETOWN = 8;
const F_SETSIG = 10;
const O_ASYNC = 0o20000;
const O_CLOEXEC = 0o2000000;
const MFD_CLOEXEC = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
const P_PID = 1;
const SIGNAL_INFO_BYTES = 128;
const SIG_UNBLOCK = 1;
const SIG_IGN = 1;
const SIGNAL_SET_BYTES = 128;

/**
 * Calls a C function that returns an int or ssize_t.
 * @param prototype as C declares it, in koffi's words: "int listen(int fd, int backlog)".
 * @returns what the function returned, -1 included; `lastErrno()` then says why.
 */
export function callLibc(prototype: string, ...values: readonly unknown[]): number {
  return foreignFunction('libc.so.6', prototype)(...values);
}

/** Why the last `callLibc` returned -1. */
export function lastErrno(): number {
  return foreignErrno();
}

/** As `callLibc`; -1 throws a SystemCallError that is named `what`. */
export function mustCallLibc(what: string, prototype: string, ...values: unknown[]): number {
  const result = callLibc(prototype, ...values);
  if (result === -1) throw new SystemCallError(what, foreignErrno());
  return result;
}

/**
 * Bytes from the kernel that nobody can foretell. node:crypto would take 0.6 MB of each process for
 * it (measured). Throws a SystemCallError where the kernel refuses.
 */
export function randomBytes(count: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(count);
  const prototype = 'long getrandom(void *bytes, size_t count, unsigned int flags)';
  for (let filled = 0; filled < count;) {
    const got = callLibc(prototype, bytes.subarray(filled), count - filled, 0);
    if (got > 0) filled += got;
    else if (lastErrno() !== constants.errno.EINTR) {
      throw new SystemCallError('getrandom', lastErrno());
    }
  }
  return bytes;
}

/** Names the process as plain `ps`, `top` and the journal show it; the kernel keeps 15 bytes. */
export function setComm(name: string): void {
  mustCallLibc('prctl', 'int prctl(int option, str name)', PR_SET_NAME, name);
}

/** Makes this process the parent of every descendant whose own parent ends. */
export function setSubreaper(): void {
  mustCallLibc('prctl', 'int prctl(int option, ulong value)', PR_SET_CHILD_SUBREAPER, 1);
}

/** Lets this process open its own /proc files again after it has changed its user. */
export function setDumpable(): void {
  mustCallLibc('prctl', 'int prctl(int option, ulong value)', PR_SET_DUMPABLE, 1);
}

/**
 * Has the kernel kill this process when the last write end of the pipe `fd` is closed.
 *
 * The owner to be signalled belongs to the open file description, which all heirs of a descriptor
 * share; so the pipe is opened anew, that description is armed, and the inherited one is closed.
 * Where the writer is gone already there will be no signal: the process ends at once.
 */
export function armLifeline(fd: number): void {
  const flags = fileConstants.O_RDONLY | fileConstants.O_NONBLOCK;
  const own = openSync(`/proc/self/fd/${fd}`, flags);
  const setNumber = 'int fcntl(int fd, int command, long value)';
  mustCallLibc('fcntl(F_SETOWN)', setNumber, own, F_SETOWN, process.pid);
  mustCallLibc('fcntl(F_SETSIG)', setNumber, own, F_SETSIG, constants.signals.SIGKILL);
  mustCallLibc('fcntl(F_SETFL)', setNumber, own, F_SETFL, flags | O_ASYNC);
  closeSync(fd);
  if (isAtEnd(own)) process.kill(process.pid, 'SIGKILL');
}

/** Whether a non-blocking pipe has no writer any more. */
function isAtEnd(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) === 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return false;
    throw error;
  }
}

/** Sends a signal to one thread of a process, and to none that has its number by chance. */
export function signalThread(pid: number, thread: number, signal: number): void {
  mustCallLibc('tgkill', 'int tgkill(int pid, int thread, int signal)', pid, thread, signal);
}

/** A pipe whose two ends are closed in children unless handed to them. */
export function openPipe(): { readonly readFd: number; readonly writeFd: number } {
  const ends = new Int32Array(2);
  mustCallLibc('pipe2', 'int pipe2(int *ends, int flags)', ends, O_CLOEXEC);
  return { readFd: ends[0] ?? -1, writeFd: ends[1] ?? -1 };
}

/** A file in memory alone, closed in children unless handed to them; `name` is shown in /proc. */
export function openMemoryFile(name: string): number {
  const prototype = 'int memfd_create(str name, unsigned int flags)';
  return mustCallLibc('memfd_create', prototype, name, MFD_CLOEXEC);
}

/** A counter that processes can wait for (eventfd), closed in children unless handed to them. */
export function openEventCounter(): number {
  const prototype = 'int eventfd(unsigned int initial, int flags)';
  return mustCallLibc('eventfd', prototype, 0, O_CLOEXEC | fileConstants.O_NONBLOCK);
}

/** Takes the supplementary groups of a user, and `gid`; for every thread of the process. */
export function setUserGroups(userName: string, gid: number): void {
  mustCallLibc('initgroups', 'int initgroups(str user, uint32 gid)', userName, gid);
}

/** Lets the main thread receive a signal that was blocked when the process started. */
export function unblockSignal(signal: number): void {
  const set = Buffer.alloc(SIGNAL_SET_BYTES);
  mustCallLibc('sigaddset', 'int sigaddset(void *set, int signal)', set, signal);
  const prototype = 'int sigprocmask(int how, void *set, void *old)';
  mustCallLibc('sigprocmask', prototype, SIG_UNBLOCK, set, null);
}

/** Ignores a signal truly (SIG_IGN): what a handler that does nothing is not, to a terminal. */
export function ignoreSignal(signal: number): void {
  mustCallLibc('signal', 'int64 signal(int signal, int64 handler)', signal, SIG_IGN);
}

/** Whether this process has such a child, that runs or waits to be reaped. */
export function hasChild(pid: number): boolean {
  const prototype = 'int waitid(int type, unsigned int id, void *info, int options)';
  const info = Buffer.alloc(SIGNAL_INFO_BYTES);
  return callLibc(prototype, P_PID, pid, info, WEXITED | WNOHANG | WNOWAIT) === 0;
}

/**
 * Reaps the child `pid` if it has ended; undefined while it runs.
 * Only for children that Node did not start itself: it would miss the end of its own.
 */
export function waitChild(pid: number): WaitedChild | undefined {
  const status = new Int32Array(1);
  const prototype = 'int waitpid(int pid, int *status, int options)';
  const waited = callLibc(prototype, pid, status, WNOHANG);
  if (waited <= 0) return undefined;
  const bits = status[0] ?? 0;
  const signal = bits & 0x7f;
  return signal === 0
    ? { pid: waited, code: (bits >> 8) & 0xff, signal: -1 }
    : { pid: waited, code: -1, signal };
}
