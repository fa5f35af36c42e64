/**
 * Where temporary files can be made: the directories that Python's tempfile tries, in its order,
 * each tried as Python does it, by making, writing and deleting a file as the user that this
 * process is.
 */

import { randomBytes } from 'node:crypto';
import { close, constants, open, unlink, write } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Timers } from '../base/clock.ts';
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

/** The directories in the order in which they are tried; relative ones begin at `cwd`. */
export function temporaryDirectories(
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): readonly string[] {
  const named = ['TMPDIR', 'TEMP', 'TMP'].map((name) => environment[name] ?? '');
  const paths = [...named.filter(Boolean), '/tmp', '/var/tmp', '/usr/tmp', cwd];
  return [...new Set(paths.map((path) => resolve(cwd, path)))];
}

/** Tries the directories one after the other until one can be used. */
export async function findTemporaryDirectory(
  directories: readonly string[],
  timers: Timers,
): Promise<TemporaryDirectory> {
  const unusable: Unusable[] = [];
  for (const directory of directories) {
    const error = await triedFor(directory, timers);
    if (error === undefined) return { directory, unusable };
    unusable.push({ directory, ...whyNot(error) });
  }
  return { directory: undefined, unusable };
}

/** The name of the kernel's error, and a reason that has it: "the disk is full (ENOSPC)". */
export function whyNot(error: unknown): Pick<Unusable, 'code' | 'reason'> {
  const code = errorCodeOf(error) ?? '';
  return { code, reason: code === '' ? reasonOf(error) : `${reasonOf(error)} (${code})` };
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
  openUnlinked(directory, 'reeve-trial-', (error, fd) => {
    if (error !== null) return done(error);
    write(fd, 'blat', (problem) => close(fd, () => done(problem)));
  });
}

class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';
  readonly errno = -110;

  constructor() {
    super(`its file system did not answer in ${ANSWER_MAX_MS / 1000} s`);
  }
}
