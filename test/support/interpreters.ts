/** Which Python the tests use, and which others this machine has. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const repository = path.resolve(import.meta.dirname, '../..');

/** Oldest and newest minor version of Python 3 that the shim promises. */
const OLDEST = 9;
const NEWEST = 14;

export interface Interpreter {
  readonly command: string;
  /** Such as "3.11". */
  readonly version: string;
}

/** What `command` says that it is, or undefined when it is no Python that runs. */
export function interpreter(command: string): Interpreter | undefined {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const run = spawnSync(command, ['-c', script], { encoding: 'utf8', timeout: 60_000 });
  return run.status === 0 ? { command, version: run.stdout.trim() } : undefined;
}

/** The interpreter for test applications; Flask is wanted, but only some tests need it. */
export function testPython(): string {
  const named = process.env['REEVE_TEST_PYTHON'];
  if (named !== undefined) return named;
  const own = path.join(repository, '.venv/bin/python3');
  return existsSync(own) ? own : '/usr/bin/python3';
}

/** Whether `module` can be imported by the interpreter. */
export function hasModule(command: string, module: string): boolean {
  return spawnSync(command, ['-c', `import ${module}`], { timeout: 60_000 }).status === 0;
}

/** One interpreter per promised version where this machine has it, and the versions it lacks. */
export function interpreters(): { readonly found: Interpreter[]; readonly missing: string[] } {
  const found = new Map<string, Interpreter>();
  for (const command of candidates()) {
    const known = interpreter(command);
    if (known !== undefined && !found.has(known.version)) found.set(known.version, known);
  }
  const promised = Array.from({ length: NEWEST - OLDEST + 1 }, (_, at) => `3.${OLDEST + at}`);
  return {
    found: promised.map((version) => found.get(version)).filter((known) => known !== undefined),
    missing: promised.filter((version) => !found.has(version)),
  };
}

function candidates(): string[] {
  const names = Array.from({ length: NEWEST - OLDEST + 1 }, (_, at) => `python3.${OLDEST + at}`);
  const folders = ['/usr/bin', '/usr/local/bin'];
  const versions = path.join(
    process.env['PYENV_ROOT'] ?? `${process.env['HOME']}/.pyenv`,
    'versions',
  );
  const managed = existsSync(versions)
    ? readdirSync(versions).map((version) => path.join(versions, version, 'bin/python3'))
    : [];
  const system = folders.flatMap((folder) =>
    ['python3', ...names].map((name) => `${folder}/${name}`),
  );
  return [...system, ...managed].filter((command) => existsSync(command));
}
