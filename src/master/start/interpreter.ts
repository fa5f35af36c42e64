/**
 * Which Python runs the application: the one named, the virtual environment's, the one that Reeve
 * was installed for by pip, or python3.
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readlinkSync,
  statSync,
  type Stats,
} from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

export interface InterpreterWish {
  /** The options `python` and `home`, absolute or ''. */
  readonly python: string;
  readonly home: string;
  /** What pip's command is run by; '' where Reeve has come otherwise. */
  readonly installedFor: string;
  /** PATH of the environment that the application gets. */
  readonly path: string;
}

/**
 * The interpreter's path; throws an OperatorError (78) that names the places where it was looked
 * for.
 */
export function findInterpreter(wish: InterpreterWish): string {
  if (wish.python !== '') {
    if (isExecutable(wish.python)) return wish.python;
    throw missing(
      `${wish.python} is not a program that can be run`,
      'python',
      'name an interpreter',
    );
  }
  if (wish.home !== '') {
    const names = ['python', 'python3'].map((name) => join(wish.home, 'bin', name));
    const found = names.find(isExecutable);
    if (found !== undefined) return found;
    throw noEnvironment(wish.home);
  }
  if (isExecutable(wish.installedFor)) return wish.installedFor;
  for (const directory of wish.path.split(delimiter)) {
    const candidate = join(directory, 'python3');
    if (directory !== '' && isExecutable(candidate)) return candidate;
  }
  throw missing('there is no python3 on PATH', 'python', 'install it, or name one with python =');
}

/** Why `home` has no Python that can be run: the usual mistakes have their own words. */
function noEnvironment(home: string): OperatorError {
  const program = join(home, 'bin/python');
  const entry = entryAt(program);
  if (entry?.isSymbolicLink() === true && !existsSync(program)) {
    const what = `${program} leads to ${lastOfLinks(program)}, which does not exist`;
    const again = `make it again with "python3 -m venv --clear ${home}", and install its packages`;
    return missing(what, 'home', `the Python of this virtual environment is gone: ${again}`);
  }
  if (entry !== undefined) {
    const what = `${program} is not a program that this user can run`;
    return missing(what, 'home', 'correct its permissions and those of its directories');
  }
  // `home` = venv/bin, or venv/bin/python, or venv/bin/activate.
  const above = [dirname(home), dirname(dirname(home))];
  const meant = above.find((each) => existsSync(join(each, 'pyvenv.cfg')));
  const make = 'make it with "python3 -m venv", or correct the path';
  const advice = meant === undefined ? make : `did you mean ${meant}?`;
  const what = `${home} is no virtual environment: it has no bin/python`;
  return missing(what, 'home', advice);
}

function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // Below a file, or in a directory that is not ours to look into.
    return undefined;
  }
}

/** The file at the end of a chain of links, there or not. */
function lastOfLinks(path: string): string {
  let last = path;
  // As many as the kernel follows.
  for (let links = 0; links < 40; links++) {
    if (entryAt(last)?.isSymbolicLink() !== true) return last;
    last = resolve(dirname(last), readlinkSync(last));
  }
  return last;
}

function missing(what: string, where: string, advice: string): OperatorError {
  return new OperatorError({ what, where, advice, exitCode: exitCodes.config });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent, or not ours to run: the next one is tried.
    return false;
  }
}
