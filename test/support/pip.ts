/**
 * Virtual environments with Reeve's wheel and Flask in them, as pip makes them.
 *
 * The wheel is built from dist/ as it is: a `make wheel` would build it anew under other tests.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { repository, type Interpreter } from './interpreters.ts';

const environment = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' };
const UNREACHABLE =
  /No matching distribution found for (nodejs|flask)|Max retries exceeded|ConnectionError|timed out/i;

export interface Installed {
  readonly directory: string;
  /** The command that pip made. */
  readonly reeve: string;
  readonly python: string;
  /** Why it could not be installed on this machine. */
  readonly missing: string | undefined;
}

/** Runs a command to its end; throws what it said where it failed. */
export function must(command: readonly string[], cwd: string = repository): string {
  const [program = '', ...args] = command;
  const run = spawnSync(program, args, {
    cwd,
    env: environment,
    encoding: 'utf8',
    timeout: 600_000,
  });
  if (run.status === 0) return run.stdout;
  throw new Error(`${command.join(' ')}: ${run.error?.message ?? ''}\n${run.stdout}${run.stderr}`);
}

/** Builds the wheel in a directory; returns its path. */
export function wheelIn(directory: string): string {
  fs.mkdirSync(directory, { recursive: true });
  const python = path.join(repository, '.venv-wheel/bin/python');
  must([python, path.join(repository, 'packaging/wheel.py'), directory]);
  const name = fs.readdirSync(directory).find((each) => each.endsWith('.whl')) ?? '';
  return path.join(directory, name);
}

/** A fresh virtual environment, with `pip install WHEEL flask`. */
export function installed({ command }: Interpreter): Installed {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reeve-venv-'));
  process.once('exit', () => fs.rmSync(directory, { recursive: true, force: true }));
  const python = path.join(directory, 'venv/bin/python');
  const reeve = path.join(directory, 'venv/bin/reeve');
  try {
    must([command, '-m', 'venv', path.join(directory, 'venv')]);
    must([
      python,
      '-m',
      'pip',
      'install',
      '--quiet',
      wheelIn(path.join(directory, 'dist')),
      'flask',
    ]);
  } catch (error) {
    if (!(error instanceof Error) || !UNREACHABLE.test(error.message)) throw error;
    return { directory, reeve, python, missing: 'pip reaches no index of packages here' };
  }
  return { directory, reeve, python, missing: undefined };
}
