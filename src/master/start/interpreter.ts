/**
 * Which Python runs the application: the one named, the virtual environment's, the one that Reeve
 * was installed for by pip, or python3.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

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
    const what = `${wish.home} is no virtual environment: it has no bin/python`;
    throw missing(what, 'home', 'make it with "python3 -m venv", or correct the path');
  }
  if (isExecutable(wish.installedFor)) return wish.installedFor;
  for (const directory of wish.path.split(delimiter)) {
    const candidate = join(directory, 'python3');
    if (directory !== '' && isExecutable(candidate)) return candidate;
  }
  throw missing('there is no python3 on PATH', 'python', 'install it, or name one with python =');
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
