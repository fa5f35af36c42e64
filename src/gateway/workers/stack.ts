/**
 * The Python stack of one thread of a worker, asked for by a signal to that thread.
 *
 * The worker has a memory file (reeve_worker/stacks.py) into which faulthandler writes; it is found
 * in /proc, where its name also shows that the process is one of ours. The signal handler is C
 * code: it runs while the interpreter is held by other C code. One question a worker at a time.
 */

import { open, readdir, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { Timers } from '../../base/clock.ts';
import { signalThread } from '../../base/libc.ts';

/** Twins in reeve_worker/stacks.py. */
const SIGNAL = 45;
const FILE_NAME = '/memfd:reeve-stacks';
/** The worker is ended after this, stack or not. */
const WAIT_MAX_MS = 1000;
/** faulthandler writes line by line: it has finished when nothing more has come for this long. */
const QUIET_MS = 30;
const LOOK_MS = 10;

export type WorkerStack =
  | { readonly kind: 'stack'; readonly text: string }
  | { readonly kind: 'none'; readonly reason: string };

/** Returns the Python stack of thread `thread` of the worker `pid`. */
export async function readWorkerStack(
  pid: number,
  thread: number,
  timers: Timers,
): Promise<WorkerStack> {
  try {
    const file = await openStacks(pid);
    if (file === undefined) return { kind: 'none', reason: 'its process has no file for it' };
    try {
      return await ask(file, { pid, thread, timers });
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

async function ask(
  file: FileHandle,
  {
    pid,
    thread,
    timers,
  }: { readonly pid: number; readonly thread: number; readonly timers: Timers },
): Promise<WorkerStack> {
  const before = await contentOf(file);
  const lines = before.split('\n').filter((line) => line.startsWith(`thread ${thread} `));
  const systemThread = Number(lines.at(-1)?.split(' ')[2] ?? 0);
  if (systemThread === 0) return { kind: 'none', reason: 'its thread is not known' };
  signalThread(pid, systemThread, SIGNAL);
  const startMs = timers.now();
  let text = '';
  let grownAtMs = startMs;
  for (let nowMs = startMs; nowMs - startMs < WAIT_MAX_MS; nowMs = timers.now()) {
    await new Promise<void>((resolve) => void timers.after(LOOK_MS, resolve));
    const seen = (await contentOf(file)).slice(before.length);
    if (seen.length > text.length) grownAtMs = timers.now();
    text = seen;
    if (text !== '' && timers.now() - grownAtMs >= QUIET_MS) break;
  }
  if (text === '') return { kind: 'none', reason: 'its thread does not answer' };
  return { kind: 'stack', text: withoutOurs(text) };
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
