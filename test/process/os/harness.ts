/**
 * Short programs against the real kernel: TypeScript is run in a process of its own, so that it
 * may bind signals, drop privileges or be killed without the test.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { until } from '../../support/until.ts';

export const source = new URL('../../../src/', import.meta.url);

/** What skips a test that needs to be root. */
export const needsRoot = process.geteuid?.() === 0 ? false : 'needs root';

export interface Program {
  readonly child: ChildProcess;
  /** What it has written so far, to both outputs. */
  readonly output: () => string;
  /** How it ended: "0", "22", "SIGKILL". */
  readonly ended: Promise<string>;
}

export interface ProgramOptions {
  /** Words before the interpreter: setpriv, nohup. */
  readonly wrapper?: readonly string[];
  readonly fds?: readonly (number | 'pipe')[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs a module; `$src` in it stands for the URL of our sources. */
export function run(t: TestContext, text: string, options: ProgramOptions = {}): Program {
  const module = text.replaceAll('$src/', source.href);
  const node = [process.execPath, '--input-type=module-typescript', '-e', module];
  const [command = '', ...words] = [...(options.wrapper ?? []), ...node];
  return started(t, command, words, options);
}

/** Runs a command. It is killed when the test ends. */
export function started(
  t: TestContext,
  command: string,
  words: readonly string[],
  options: ProgramOptions = {},
): Program {
  const child = spawn(command, words, {
    stdio: ['ignore', 'pipe', 'pipe', ...(options.fds ?? [])],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  let output = '';
  child.stdout?.on('data', (bytes: Buffer) => (output += bytes));
  child.stderr?.on('data', (bytes: Buffer) => (output += bytes));
  const ended = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(String(code ?? signal)));
  });
  t.after(() => child.kill('SIGKILL'));
  return { child, output: () => output, ended };
}

/** Waits until the program has written `text`. */
export async function says(program: Program, text: string): Promise<void> {
  await until(`the program says ${text}`, () => {
    if (program.output().includes(text)) return true;
    throw new Error(program.output());
  });
}

/** A directory that is removed when the test ends; everybody may write to it. */
export function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'reeve-os-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
