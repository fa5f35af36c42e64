/**
 * The directories of `spooler` and `spooler-external`: made where they are not there, and writable
 * by the user that runs the application. An address of a server stays as it is.
 */
import { accessSync, constants, mkdirSync, realpathSync, rmdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodeFor, reasonOf } from '../../base/system-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { Settings } from '../../tables/options/options.ts';
import { isStoreAddress } from '../../tables/shared/store-address.ts';

const MODE = 0o750;

export interface SpoolDirectories {
  /** Of `spooler`, in their order. */
  readonly own: readonly string[];
  /** Of `spooler-external`. */
  readonly external: readonly string[];
}

/**
 * Without links; relative ones begin where Reeve was started, as in uWSGI. Makes those that are not
 * there. @throws OperatorError where one cannot be made or written to.
 */
export function openSpoolDirectories(settings: Settings, startDirectory: string): SpoolDirectories {
  const open = (option: 'spooler' | 'spooler-external'): readonly string[] =>
    settings[option].map(({ text, origin }) =>
      isStoreAddress(text)
        ? text
        : opened(resolve(startDirectory, text), `${origin}: ${option} ${text}`),
    );
  return { own: open('spooler'), external: open('spooler-external') };
}

/** Throws what `openSpoolDirectories` would throw; what was not there is removed again. */
export function trySpoolDirectory(path: string, where: string): void {
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  opened(path, where);
  if (!isThere) rmdirSync(path);
}

function opened(path: string, where: string): string {
  try {
    mkdirSync(path, { mode: MODE });
  } catch {
    // It is there already, or what is wrong is told below.
  }
  try {
    const directory = realpathSync(path);
    if (statSync(directory).isDirectory()) {
      accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
      return directory;
    }
  } catch (error) {
    throw new OperatorError({
      what: `the directory ${path} of tasks cannot be used: ${reasonOf(error)}`,
      where,
      advice: 'make it, for the user that runs the application',
      exitCode: exitCodeFor(error, exitCodes.config),
    });
  }
  const what = `${path} is not a directory`;
  throw new OperatorError({ what, where, advice: 'name one', exitCode: exitCodes.config });
}
