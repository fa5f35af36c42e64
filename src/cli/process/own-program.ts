/** The command that this process was started by: /usr/bin/reeve in a package. */

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { PYTHON_VARIABLE } from '../../master/start/environment.ts';

/** A version's code as packages install it: packaging/README.md. */
const packaged = /^(.*)\/lib\/reeve\/(?:kept\/)?[^/]+\/reeve\.mjs$/;

/** Of the bundle `binary`: the command in a package; in a checkout its launcher. */
export function ownProgram(binary: string): string {
  const [, prefix] = packaged.exec(binary) ?? [];
  if (prefix !== undefined && existsSync(`${prefix}/bin/reeve`)) return `${prefix}/bin/reeve`;
  const launcher = join(dirname(binary), 'reeve');
  return resolved('/usr/bin/reeve') === resolved(launcher) ? '/usr/bin/reeve' : launcher;
}

/** Whether this command has its own interpreter, as pip's has: that of its environment. */
export function hasOwnPython(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment[PYTHON_VARIABLE] !== undefined;
}

/** Where the package keeps the code of each version that runs; undefined for what is in none. */
export function keptFolder(binary: string): string | undefined {
  const [, prefix] = packaged.exec(binary) ?? [];
  return prefix === undefined ? undefined : `${prefix}/lib/reeve/kept`;
}

/** The file behind all links; the path itself where there is none. */
export function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
