/**
 * Where temporary files can be made: the directories that Python's tempfile tries, in its order,
 * each tried as Python does it, by making, writing and deleting a file as the user that this
 * process is.
 */

import { close, constants, open, statfs, unlink, write } from 'node:fs';
import type { StatsFs } from 'node:fs';
import { freemem } from 'node:os';
import { join, resolve } from 'node:path';

import type { Timers } from '../base/clock.ts';
import { randomBytes } from '../base/libc.ts';
import { errorCodeOf, reasonOf } from '../base/system-error.ts';

/** A directory that cannot be used, and why. */
export interface Unusable {
  readonly directory: string;
  /** The name of the kernel's error; ETIMEDOUT where the file system did not answer. */
  readonly code: string;
  /** "not permitted (EACCES)". */
  readonly reason: string;
}

export interface TemporaryDirectory {
  /** The first one that can be used; undefined where none can. */
  readonly directory: string | undefined;
  /** Those before it. */
  readonly unusable: readonly Unusable[];
}

/** A file system that does not answer for so long is passed over. */
const ANSWER_MAX_MS = 5_000;
/** open(2): without O_DIRECTORY, which goes with it; the same on x86-64 and arm64. */
const O_TMPFILE = 0o20_000_000;
/** statfs(2): a file system in memory. */
const TMPFS_MAGIC = 0x0102_1994;
/** Without `spool-max`, a directory with less is passed over: a few slow clients would fill it. */
const ROOM_BYTES = 32 * 1024 * 1024;

/** The directories in the order in which they are tried; relative ones begin at `cwd`. */
export function temporaryDirectories(
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): readonly string[] {
  const named = ['TMPDIR', 'TEMP', 'TMP'].map((name) => environment[name] ?? '');
  const paths = [...named.filter(Boolean), '/tmp', '/var/tmp', '/usr/tmp', cwd];
  return [...new Set(paths.map((path) => resolve(cwd, path)))];
}

/** What a directory for the spool must have free, with this `spool-max` (0: none is set). */
export function roomWanted(spoolMax: number): number {
  return spoolMax === 0 ? ROOM_BYTES : 0;
}

/**
 * Tries the directories one after the other until one can be used and has `roomBytes` free; where
 * none has, it is the first one that can be used.
 */
export async function findTemporaryDirectory(
  directories: readonly string[],
  roomBytes: number,
  timers: Timers,
): Promise<TemporaryDirectory> {
  const unusable: Unusable[] = [];
  let scarce: TemporaryDirectory | undefined;
  for (const directory of directories) {
    const error = await triedFor(directory, timers);
    const freeBytes = error === undefined ? await freeBytesIn(directory, timers) : 0;
    if (error === undefined && freeBytes >= roomBytes) return { directory, unusable };
    if (error === undefined) scarce ??= { directory, unusable: [...unusable] };
    unusable.push({ directory, ...(error === undefined ? scarcityOf(freeBytes) : whyNot(error)) });
  }
  return scarce ?? { directory: undefined, unusable };
}

/** Free for this user; Infinity where the file system does not tell. */
export function freeBytesOf({ blocks, bavail, bsize, type }: StatsFs): number {
  if (blocks === 0) return Infinity;
  const freeBytes = bavail * bsize;
  // Memory is all that a file system in memory has, whatever its size says.
  return type === TMPFS_MAGIC ? Math.min(freeBytes, freemem()) : freeBytes;
}

function freeBytesIn(directory: string, timers: Timers): Promise<number> {
  return new Promise((decide) => {
    const stopWaiting = timers.after(ANSWER_MAX_MS, () => decide(Infinity));
    statfs(directory, (error, stats) => {
      stopWaiting();
      decide(error === null ? freeBytesOf(stats) : Infinity);
    });
  });
}

function scarcityOf(freeBytes: number): Pick<Unusable, 'code' | 'reason'> {
  const reason = `only ${(freeBytes / 1024 / 1024).toFixed(1)} MiB are free (ENOSPC)`;
  return { code: 'ENOSPC', reason };
}

/** The name of the kernel's error, and a reason that has it: "the disk is full (ENOSPC)". */
export function whyNot(error: unknown): Pick<Unusable, 'code' | 'reason'> {
  const code = errorCodeOf(error) ?? '';
  return { code, reason: code === '' ? reasonOf(error) : `${reasonOf(error)} (${code})` };
}

/** "/a: not permitted (EACCES), /b: the disk is full (ENOSPC)". */
export function unusableInWords(unusable: readonly Unusable[]): string {
  return unusable.map(({ directory, reason }) => `${directory}: ${reason}`).join(', ');
}

/** What cannot be used, and what that means for large bodies and responses. */
export function foundInWords({ directory, unusable }: TemporaryDirectory): string {
  const list = unusableInWords(unusable);
  return directory === undefined
    ? `no directory for temporary files can be used (${list}): large request bodies are answered ` +
        '507, and workers wait for slow clients; set TMPDIR'
    : `temporary files cannot be made in ${list}; large request bodies and responses wait in ` +
        directory;
}

/** Opens a new file under a name that nobody can guess, and takes the name away again. */
export function openUnlinked(
  directory: string,
  prefix: string,
  done: (error: Error | null, fd: number) => void,
): void {
  const path = join(directory, `${prefix}${randomBytes(12).toString('hex')}`);
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600, (error, fd) => {
    if (error !== null) return done(error, -1);
    unlink(path, () => done(null, fd));
  });
}

/** Resolves to the error of the trial, or undefined where the directory can be used. */
function triedFor(directory: string, timers: Timers): Promise<Error | undefined> {
  return new Promise((decide) => {
    const stopWaiting = timers.after(ANSWER_MAX_MS, () => decide(new NoAnswer()));
    tryDirectory(directory, (error) => {
      stopWaiting();
      decide(error ?? undefined);
    });
  });
}

function tryDirectory(directory: string, done: (error: Error | null) => void): void {
  const tryWriting = (error: Error | null, fd: number): void => {
    if (error !== null) return done(error);
    write(fd, 'blat', (problem) => close(fd, () => done(problem)));
  };
  const { O_RDWR, O_DIRECTORY } = constants;
  // Such a file has never had a name: nothing is left of it, whenever this process is killed.
  open(directory, O_RDWR | O_DIRECTORY | O_TMPFILE, 0o600, (error, fd) => {
    if (error === null) return tryWriting(null, fd);
    // Other file systems do not know it; and what else is wrong, a file with a name meets too.
    openUnlinked(directory, 'reeve-trial-', tryWriting);
  });
}

class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';
  readonly errno = -110;

  constructor() {
    super(`its file system did not answer in ${ANSWER_MAX_MS / 1000} s`);
  }
}
