/**
 * Python stacks of a spawner or a worker: of one thread that serves requests, or of all threads
 * while the application is imported.
 *
 * The process has a memory file (reeve_worker/stacks.py) into which faulthandler writes when a
 * thread gets a signal; it is found in /proc, where its name also shows that the process is one of
 * ours. The signal handler is C code: it runs while the interpreter is held by other C code. One
 * question a process at a time.
 */

import { open, readdir, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { Timers } from '../base/clock.ts';
import { signalThread } from '../base/libc.ts';

/** Twins in reeve_worker/stacks.py. */
const SIGNAL = 45;
const QUESTION_SIGNAL = 46;
const FILE_NAME = '/memfd:reeve-stacks';
const ANSWER = 'python answers';
/** The process is ended after this, stack or not. */
const WAIT_MAX_MS = 1000;
/** Python code that runs at all answers within this time. */
const ANSWER_MAX_MS = 300;
/** faulthandler writes line by line: it has finished when nothing more has come for this long. */
const QUIET_MS = 30;
const LOOK_MS = 10;

export type PythonStack =
  | { readonly kind: 'stack'; readonly text: string }
  | { readonly kind: 'none'; readonly reason: string };

/** Of an import; `isAnswering`: the main thread still runs Python code, or was not asked. */
export type ImportStacks =
  | { readonly kind: 'stack'; readonly text: string; readonly isAnswering: boolean }
  | { readonly kind: 'none'; readonly reason: string };

/** Returns the Python stack of the thread that serves the slot `thread` of the worker `pid`. */
export async function readThreadStack(
  pid: number,
  thread: number,
  timers: Timers,
): Promise<PythonStack> {
  return await withFile(pid, async (file) => {
    const before = await contentOf(file);
    const lines = before.split('\n').filter((line) => line.startsWith(`thread ${thread} `));
    const systemThread = Number(lines.at(-1)?.split(' ')[2] ?? 0);
    if (systemThread === 0) return { kind: 'none', reason: 'its thread is not known' };
    const text = await written(file, timers, () => signalThread(pid, systemThread, SIGNAL));
    if (text === '') return { kind: 'none', reason: 'its thread does not answer' };
    return { kind: 'stack', text: withoutOurs(text) };
  });
}

/**
 * Returns the stacks of all Python threads of a process that imports the application, the main
 * thread first.
 *
 * `how`: 'ask-python' also finds out whether the main thread still runs Python code. The signal for
 * it interrupts system calls, so it is only for a process that is about to be ended.
 */
export async function readAllStacks(
  pid: number,
  how: 'look' | 'ask-python',
  timers: Timers,
): Promise<ImportStacks> {
  return await withFile(pid, async (file) => {
    const text = await written(file, timers, () => signalThread(pid, pid, SIGNAL));
    if (text === '') return { kind: 'none', reason: 'its main thread does not answer' };
    const stack = { kind: 'stack', text: importStacks(text) } as const;
    if (how === 'look') return { ...stack, isAnswering: true };
    const ask = (): void => signalThread(pid, pid, QUESTION_SIGNAL);
    const answer = await written(file, timers, ask, ANSWER_MAX_MS);
    return { ...stack, isAnswering: answer.includes(ANSWER) };
  });
}

async function withFile<Result>(
  pid: number,
  read: (file: FileHandle) => Promise<Result>,
): Promise<Result | { readonly kind: 'none'; readonly reason: string }> {
  try {
    const file = await openStacks(pid);
    if (file === undefined) return { kind: 'none', reason: 'its process has no file for it' };
    try {
      return await read(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    return { kind: 'none', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function openStacks(pid: number): Promise<FileHandle | undefined> {
  const folder = `/proc/${pid}/fd`;
  for (const name of await readdir(folder)) {
    const target = await readlink(`${folder}/${name}`).catch(() => '');
    if (target.startsWith(FILE_NAME)) return open(`${folder}/${name}`, 'r');
  }
  return undefined;
}

/** What the process writes once it is signalled; '' where nothing comes. */
async function written(
  file: FileHandle,
  timers: Timers,
  signal: () => void,
  waitMaxMs: number = WAIT_MAX_MS,
): Promise<string> {
  const before = await contentOf(file);
  signal();
  const startMs = timers.now();
  let text = '';
  let grownAtMs = startMs;
  for (let nowMs = startMs; nowMs - startMs < waitMaxMs; nowMs = timers.now()) {
    await new Promise<void>((resolve) => void timers.after(LOOK_MS, resolve));
    const seen = (await contentOf(file)).slice(before.length);
    if (seen.length > text.length) grownAtMs = timers.now();
    text = seen;
    if (text !== '' && timers.now() - grownAtMs >= QUIET_MS) break;
  }
  return text;
}

/** Reads from the start: the position that belongs to our descriptor is not moved. */
async function contentOf(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(size);
  await file.read(bytes, 0, size, 0);
  return bytes.toString('utf8');
}

/** Without the headline, and without the frames of ours that called the application. */
export function withoutOurs(text: string): string {
  const isOurs = (line: string): boolean => line.includes('/reeve_worker/');
  const frames = text.split('\n').filter((line) => line.startsWith('  '));
  const outermost = frames.findLastIndex((line) => line.includes('/reeve_worker/wsgi.py"'));
  const application = frames.findLastIndex((line, at) => at < outermost && !isOurs(line));
  return (application < 0 ? frames : frames.slice(0, application + 1)).join('\n');
}

/**
 * The stacks of all threads, the main one first, without the frames of ours and of the import
 * machinery. faulthandler calls the thread that got the signal the current one.
 */
export function importStacks(text: string): string {
  const isMachinery = (line: string): boolean =>
    /\/reeve_worker\/|\/launch\.py"|"<frozen importlib|importlib\/__init__\.py"|threading\.py", line \d+ in _bootstrap/.test(
      line,
    );
  const threads = text
    .split(/^(?=(?:Current thread|Thread) 0x)/m)
    .filter((part) => /^(?:Current thread|Thread) 0x/.test(part))
    .map((part) => {
      const [head = '', ...lines] = part.split('\n');
      const frames = lines.filter((line) => line.startsWith('  ') && !isMachinery(line));
      return { isMain: head.startsWith('Current'), frames };
    })
    .filter(({ isMain, frames }) => isMain || frames.length > 0);
  const shown = threads
    .toSorted((one, other) => Number(other.isMain) - Number(one.isMain))
    .map(({ isMain, frames }) => {
      const lines = frames.length === 0 ? ['  (no code of the application)'] : frames;
      return [isMain ? 'main thread:' : 'another thread:', ...lines].join('\n');
    });
  return shown.join('\n');
}
