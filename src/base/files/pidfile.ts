/**
 * The pidfile: which process is the master, said so that it can be believed.
 *
 * The master holds the file locked (flock) as long as it lives. The kernel gives the lock back
 * however the master ends, so a free lock means that the pid in the file is stale, and two that
 * start at once cannot both win. The descriptor is closed in children: one that outlives the
 * master does not keep the lock. A pidfile is often written by root in a directory that another
 * user may write to: it may not be a link, and root uses its path as trusted-path.ts says.
 */
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, lstatSync } from 'node:fs';
import { openSync, readFileSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { constants as system } from 'node:os';

import { lockFile } from '../descriptors.ts';
import { OperatorError } from '../operator-error.ts';
import { cannotMake, errorCodeOf, reasonOf } from '../system-error.ts';
import { atPlace, isShared, type PathUser, type Place } from './trusted-path.ts';

/** A pidfile that this process holds. */
export interface Pidfile {
  readonly path: string;
  /**
   * Makes the file again where it is gone; returns what holds then, for "the pidfile F …".
   * @throws OperatorError (73, 77) where it cannot be written.
   */
  readonly writeAgain: () => string;
  /**
   * Lets go of the file: `remove` unlinks it, or empties it where the directory does not allow
   * that; `keep` leaves it with its pid, as uWSGI does without vacuum. Never throws.
   */
  readonly release: (how: 'remove' | 'keep') => void;
}

/** What a pidfile says of a running master. */
export type PidfileState =
  | { readonly kind: 'held'; readonly pid: number }
  | { readonly kind: 'stale'; readonly pid: number }
  /** It names one process, and another one holds it: whoever wrote it is not believed. */
  | { readonly kind: 'foreign'; readonly pid: number; readonly holder: number }
  | { readonly kind: 'no-pid'; readonly isHeld: boolean }
  | { readonly kind: 'unreadable'; readonly why: string };

// The exit code of tables/exit-codes.ts that base may not import.
const CANNOT_CREATE = 73;

const CONTENT_BYTES_MAX = 64;
/** A command that looks at the file locks it for a moment; that is waited for. */
const LOCK_WAIT_STEPS = 20;
const LOCK_WAIT_STEP_MS = 10;
const LINKS_NOT_FOLLOWED = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Creates or takes over the pidfile, locks it and writes `pid`. `user` is the one that the master
 * becomes later.
 * @throws OperatorError (73, 77) where another master holds it, or it cannot be written.
 */
export function acquirePidfile(path: string, pid: number, user?: PathUser): Pidfile {
  const file = { path, user };
  let fd = openWritten(file, pid);
  return {
    path,
    writeAgain: () => {
      if (isStillNamed(file, fd)) {
        writeSync(fd, `${pid}\n`, 0);
        return 'is still there';
      }
      const next = openWritten(file, pid);
      closeSync(fd);
      fd = next;
      return 'is written again';
    },
    release: (how) => release(file, fd, how),
  };
}

function openWritten(file: NamedFile, pid: number): number {
  const fd = openFree(file, pid);
  try {
    ftruncateSync(fd, 0);
    writeSync(fd, `${pid}\n`, 0);
    return fd;
  } catch (error) {
    release(file, fd, 'remove');
    throw cannotOpen(file.path, error);
  }
}

function isStillNamed({ path, user }: NamedFile, fd: number): boolean {
  try {
    return atPlace(path, { lastLink: 'kept', user }, (place) => {
      const named = lstatSync(place.path, { throwIfNoEntry: false });
      return named !== undefined && named.ino === fstatSync(fd).ino;
    });
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** Throws what `acquirePidfile` would throw; a file that was not there is removed again. */
export function tryPidfile(path: string, user?: PathUser): void {
  const file = { path, user };
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  const fd = openFree(file, process.pid);
  if (isThere) closeSync(fd);
  else release(file, fd, 'remove');
}

/** Opens and locks the pidfile, unless uWSGI, which does not lock it, runs with it. */
function openFree(file: NamedFile, pid: number): number {
  const fd = openLocked(file);
  const previous = pidIn(fd);
  const uwsgi = previous === undefined || previous === pid ? undefined : nameOf(previous);
  if (previous === undefined || uwsgi?.startsWith('uwsgi') !== true) return fd;
  closeSync(fd);
  const why = `${uwsgi} (pid ${previous}) is running with this pidfile`;
  throw refusal(file.path, why, 'stop it first');
}

/** Looks at a pidfile without changing it. */
export function inspectPidfile(path: string): PidfileState {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const pid = fstatSync(fd).isFile() ? pidIn(fd) : undefined;
      const isHeld = !lockFile(fd, 'shared');
      if (pid === undefined) return { kind: 'no-pid', isHeld };
      const holder = isHeld ? holderOf(fd) : undefined;
      if (holder !== undefined && holder !== pid) return { kind: 'foreign', pid, holder };
      return { kind: isHeld ? 'held' : 'stale', pid };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return { kind: 'unreadable', why: reasonOf(error) };
  }
}

/** The process that holds the lock; undefined where the kernel does not tell it here. */
function holderOf(fd: number): number | undefined {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  // As the C library takes a device number apart (makedev(3)), for those below 2^32.
  const hex = (part: bigint): string => part.toString(16).padStart(2, '0');
  const device = `${hex((dev >> 8n) & 0xfffn)}:${hex((dev & 0xffn) | ((dev >> 12n) & 0xfff00n))}`;
  const pattern = new RegExp(`^\\d+: FLOCK +ADVISORY +WRITE +(\\d+) +${device}:${ino} `, 'm');
  try {
    const pid = Number(pattern.exec(readFileSync('/proc/locks', 'latin1'))?.[1] ?? 0);
    return pid > 0 ? pid : undefined;
  } catch {
    // ProcSubset=pid in a unit hides it.
    return undefined;
  }
}

/** The name (comm) of a running process; undefined where there is none of that pid. */
export function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
  } catch {
    // There is no such process.
    return undefined;
  }
}

interface NamedFile {
  readonly path: string;
  readonly user: PathUser | undefined;
}

/** Opens and locks the file that has this name now, not one that was unlinked meanwhile. */
function openLocked({ path, user }: NamedFile): number {
  try {
    return atPlace(path, { lastLink: 'kept', user }, (place) => lockAt(place, path));
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** `path` is for sentences. */
function lockAt(place: Place, path: string): number {
  for (;;) {
    const fd = openForWriting(place, path);
    try {
      const { dev, ino, size } = fstatSync(fd);
      if (!waitForLock(fd)) throw heldBy(path, pidIn(fd));
      if (size > CONTENT_BYTES_MAX) {
        const advice = 'name a file of its own, or remove this one';
        throw refusal(path, 'the file exists and is too long to be a pidfile', advice);
      }
      const named = lstatSync(place.path, { throwIfNoEntry: false });
      if (named?.dev === dev && named.ino === ino) return fd;
      closeSync(fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }
}

function openForWriting(place: Place, path: string): number {
  const flags = constants.O_RDWR | constants.O_CREAT | LINKS_NOT_FOLLOWED;
  const fd = openSync(place.path, flags, 0o644);
  const file = fstatSync(fd);
  const isSecondName = place.directory !== undefined && isShared(place.directory) && file.nlink > 1;
  if (!file.isFile() || isSecondName) {
    closeSync(fd);
    const why = isSecondName ? 'is a second name (hard link) of another' : 'is not a file';
    throw refusal(path, `it exists and ${why}`, 'remove it, or choose another path');
  }
  if (file.uid === process.geteuid?.()) fchmodSync(fd, 0o644);
  return fd;
}

function cannotOpen(path: string, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error;
  if (errorCodeOf(error) === 'ELOOP') {
    return refusal(path, 'it is a symbolic link, which is not followed', 'name the file itself');
  }
  return cannotMake(`the pidfile ${path}`, error);
}

function heldBy(path: string, pid: number | undefined): OperatorError {
  const who = pid === undefined ? 'another process' : `${nameOf(pid) ?? 'a process'} (pid ${pid})`;
  const what = `the pidfile ${path} cannot be used: ${who} is running with this pidfile`;
  const advice = `stop it first: reeve --stop ${path}`;
  return new OperatorError({ what, advice, exitCode: CANNOT_CREATE, errno: system.errno.EBUSY });
}

function refusal(path: string, reason: string, advice: string | undefined): OperatorError {
  const what = `the pidfile ${path} cannot be used: ${reason}`;
  return new OperatorError({ what, advice, exitCode: CANNOT_CREATE });
}

function waitForLock(fd: number): boolean {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let step = 0; step < LOCK_WAIT_STEPS; step += 1) {
    if (lockFile(fd, 'exclusive')) return true;
    Atomics.wait(cell, 0, 0, LOCK_WAIT_STEP_MS);
  }
  return lockFile(fd, 'exclusive');
}

/** The pid in an open pidfile; undefined for anything that cannot be a master's. */
function pidIn(fd: number): number | undefined {
  const bytes = Buffer.alloc(CONTENT_BYTES_MAX + 1);
  const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0)).trim();
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const pid = Number(text);
  return pid > 0 ? pid : undefined;
}

function release({ path, user }: NamedFile, fd: number, how: 'remove' | 'keep'): void {
  try {
    if (how === 'keep') return;
    atPlace(path, { lastLink: 'kept', user }, (place) => {
      const named = lstatSync(place.path, { throwIfNoEntry: false });
      if (named?.ino === fstatSync(fd).ino) removeOrEmpty(place.path, fd);
    });
  } catch {
    // Its directory has been moved or closed meanwhile: the file is not there under this name.
  } finally {
    closeSync(fd);
  }
}

function removeOrEmpty(path: string, fd: number): void {
  try {
    unlinkSync(path);
  } catch {
    // The directory was root's, and we are not root any more. An empty file names nobody.
    ftruncateSync(fd, 0);
  }
}
