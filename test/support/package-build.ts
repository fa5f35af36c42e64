/** Builds the .deb and the .rpm in a copy of the checkout, so that its dist/ is nobody else's. */

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { repository } from './interpreters.ts';

const execute = promisify(execFile);

export interface BuiltPackages {
  readonly deb: string;
  readonly rpm: string;
}

/** Runs a line of the shell, and returns what it wrote. */
export async function shell(command: string, cwd: string): Promise<string> {
  const { stdout } = await execute('sh', ['-c', command], { cwd, maxBuffer: 1 << 26 });
  return stdout;
}

/** Copies the sources, and what building needs, to a directory that is not there yet. */
export async function copyCheckout(directory: string): Promise<void> {
  const entries = fs
    .readdirSync(repository)
    .filter((entry) => !/^(?:\.git|\.venv|dist)/.test(entry));
  fs.mkdirSync(directory);
  const words = `${entries.map((entry) => `'${repository}/${entry}'`).join(' ')} '${directory}'`;
  await shell(`cp -al ${words} 2>/dev/null || cp -a ${words}`, directory);
}

/** Builds both in a copy; `how` is put in front of the command, `words` behind it. */
export async function buildPackages(copy: string, how = '', words = ''): Promise<BuiltPackages> {
  const command = `unset MAKEFLAGS MAKELEVEL VERSION PREFIX DESTDIR; ${how}`;
  await shell(`${command} make -s licences deb rpm ${words}`, copy);
  const found = (ending: string): string[] => fs.globSync(path.join(copy, `dist/*.${ending}`));
  const [[deb, ...debs], [rpm, ...rpms]] = [found('deb'), found('rpm')];
  if (deb !== undefined && rpm !== undefined && debs.length + rpms.length === 0)
    return { deb, rpm };
  throw new Error(`make deb rpm has made no packages, or too many, in ${copy}`);
}
