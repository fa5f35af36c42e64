/**
 * The memory file of a process of ours, and the two ways to have a stack written into it
 * (reeve_worker/seeing/stacks.py): by the thread itself, from a handler in C, and by Python for all
 * threads, from the main thread.
 *
 * The kernel shows when a thread has left the handler in C: its signal is neither pending nor
 * blocked any more. As this is also so for a moment before the handler begins, it must be so
 * twice, with the same whole lines in the file. So nothing that a slow thread writes is taken for
 * the stack of another one, and threads without Python are told from those that do not answer.
 *
 * Who asks holds a lock on the file: the gateway and the master may ask the same process.
 */

import { open, readdir, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { Timers } from '../base/clock.ts';
import { lockFile } from '../base/descriptors.ts';
import { signalThread, SystemCallError } from '../base/libc.ts';
import { frameLines } from './frames.ts';
import { kernelWait, systemThread, type SystemThread } from './system-threads.ts';

/** Twins in reeve_worker/seeing/stacks.py. */
const SIGNAL = 45;
const QUESTION_SIGNAL = 46;
const FILE_NAME = '/memfd:reeve-stacks';
const ANSWER = 'python answers\n';
/** For the lock, and for a thread to answer from its handler. */
const WAIT_MAX_MS = 1000;
const LOOK_MIN_MS = 1;
const LOOK_MAX_MS = 10;

export interface None {
  readonly kind: 'none';
  readonly reason: string;
}

/** A process whose file is open and locked. */
export interface Asked {
  readonly pid: number;
  readonly file: FileHandle;
  readonly timers: Timers;
}

/** What a thread has written; neither lines nor a reason: it has no Python. */
export interface Answer {
  readonly lines: readonly string[];
  /** Why there are no lines. */
  readonly reason: string;
}

export function noAnswer(reason: string): Answer {
  return { lines: [], reason };
}

/** Opens and locks the file of a process, and has it read. */
export async function withFile<Result>(
  pid: number,
  timers: Timers,
  read: (asked: Asked) => Promise<Result>,
): Promise<Result | None> {
  try {
    const file = await openFile(pid);
    if (file === undefined) return { kind: 'none', reason: 'its process has no file for it' };
    try {
      const untilMs = timers.now() + 2 * WAIT_MAX_MS;
      while (!lockFile(file.fd, 'exclusive')) {
        if (timers.now() > untilMs) return { kind: 'none', reason: 'another one is asking' };
        await pause(timers, LOOK_MAX_MS);
      }
      return await read({ pid, file, timers });
    } finally {
      await file.close();
    }
  } catch (error) {
    return { kind: 'none', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function openFile(pid: number): Promise<FileHandle | undefined> {
  const folder = `/proc/${pid}/fd`;
  for (const name of await readdir(folder)) {
    const target = await readlink(`${folder}/${name}`).catch(() => '');
    if (target.startsWith(FILE_NAME)) return open(`${folder}/${name}`, 'r+');
  }
  return undefined;
}

/** Which slot each thread serves, by the numbers of threads. */
export async function slotsOf({ file }: Asked): Promise<ReadonlyMap<number, number>> {
  const lines = (await contentOf(file)).split('\n').filter((line) => line.startsWith('thread '));
  return new Map(
    lines.map((line) => {
      const [, slot, thread] = line.split(' ').map(Number);
      return [thread ?? 0, slot ?? 0];
    }),
  );
}

/**
 * Has a thread write its stack from its handler in C. It must not run Python code: the process may
 * end with SIGSEGV. Undefined: it has ended.
 */
export async function askThread(
  { pid, file, timers }: Asked,
  id: number,
): Promise<Answer | undefined> {
  const untilMs = timers.now() + WAIT_MAX_MS;
  let thread = systemThread(pid, id);
  for (; thread?.isBlocking(SIGNAL) === true; thread = systemThread(pid, id)) {
    if (timers.now() >= untilMs) return noAnswer('its thread blocks the signal that asks for it');
    await pause(timers, LOOK_MAX_MS);
  }
  if (thread === undefined) return undefined;
  if (!thread.isCatching(SIGNAL)) {
    return noAnswer(`the application has taken the handler of signal ${SIGNAL} away`);
  }
  if (isStopped(thread) || thread.hasPending(SIGNAL)) return noAnswer(whySilent(pid, id, thread));
  const { size } = await file.stat();
  if (!send(pid, id, SIGNAL)) return undefined;
  let seen: string | undefined;
  for (let lookMs = LOOK_MIN_MS; ; lookMs = Math.min(lookMs * 2, LOOK_MAX_MS)) {
    thread = systemThread(pid, id);
    if (thread === undefined) return undefined;
    const hasLeft = !thread.hasPending(SIGNAL) && !thread.isBlocking(SIGNAL);
    const text = hasLeft ? await contentOf(file, size) : undefined;
    if (text !== undefined && text === seen && (text === '' || text.endsWith('\n'))) break;
    seen = text;
    if (timers.now() >= untilMs) return noAnswer(whySilent(pid, id, thread));
    await pause(timers, lookMs);
  }
  return { lines: frameLines(await taken(file, size)), reason: '' };
}

function isStopped({ state }: SystemThread): boolean {
  return state === 'T' || state === 't';
}

function whySilent(pid: number, id: number, thread: SystemThread): string {
  if (isStopped(thread)) return 'it is stopped (SIGSTOP, or a debugger)';
  if (thread.state !== 'D') return 'its thread does not answer';
  const where = kernelWait(pid, id);
  return `its thread waits in the kernel, for a disk or a file system${where && ` (${where})`}`;
}

/**
 * Has Python write the stacks of all threads: by their numbers, 0 for those that Python's own
 * module does not know. Undefined: it has not answered until `isOver`, which is asked again and
 * again. The signal may interrupt a system call of the main thread.
 */
export async function askPython(
  { pid, file, timers }: Asked,
  isOver: () => boolean,
): Promise<ReadonlyMap<number, readonly string[]> | undefined> {
  const main = systemThread(pid, pid);
  if (main === undefined || !main.isCatching(QUESTION_SIGNAL) || isStopped(main)) return undefined;
  const { size } = await file.stat();
  await file.write('ask stacks\n', size);
  try {
    if (!send(pid, pid, QUESTION_SIGNAL)) return undefined;
    for (let lookMs = LOOK_MIN_MS; ; lookMs = Math.min(lookMs * 2, LOOK_MAX_MS)) {
      await pause(timers, lookMs);
      const text = await contentOf(file, size);
      if (text.endsWith(ANSWER)) return stacksIn(text);
      if (isOver()) return undefined;
    }
  } finally {
    await taken(file, size);
  }
}

function stacksIn(text: string): ReadonlyMap<number, readonly string[]> {
  const parts = text.split(/^python (?=\d+$)/m).slice(1);
  return new Map(parts.map((part) => [Number.parseInt(part, 10), frameLines(part)]));
}

/**
 * Has the main thread start a sampler, in Python, with these words; returns what `began` finds of
 * it, undefined where it has not begun in time, or why it cannot be asked.
 */
export async function askToProfile<Found>(
  { pid, timers }: { readonly pid: number; readonly timers: Timers },
  words: string,
  began: () => Promise<Found | undefined>,
): Promise<Found | string | undefined> {
  const found = await withFile(pid, timers, async ({ file }) => {
    const main = systemThread(pid, pid);
    if (main?.isCatching(QUESTION_SIGNAL) !== true || isStopped(main)) {
      return { kind: 'found', found: undefined } as const;
    }
    const { size } = await file.stat();
    await file.write(`ask profile ${words}\n`, size);
    try {
      const untilMs = timers.now() + WAIT_MAX_MS;
      let seen: Found | undefined;
      if (send(pid, pid, QUESTION_SIGNAL)) {
        while (seen === undefined && timers.now() < untilMs) {
          await pause(timers, LOOK_MAX_MS);
          seen = await began();
        }
      }
      return { kind: 'found', found: seen } as const;
    } finally {
      await taken(file, size);
    }
  });
  return found.kind === 'none' ? found.reason : found.found;
}

/** False where the thread has ended. */
function send(pid: number, thread: number, signal: number): boolean {
  try {
    signalThread(pid, thread, signal);
    return true;
  } catch (error) {
    if (error instanceof SystemCallError && error.code === 'ESRCH') return false;
    throw error;
  }
}

export async function pause(timers: Timers, waitMs: number): Promise<void> {
  await new Promise<void>((resolve) => void timers.after(waitMs, resolve));
}

/** What was written behind `from`. It is taken away, so that the file does not grow. */
async function taken(file: FileHandle, from: number): Promise<string> {
  const text = await contentOf(file, from);
  // A slot may have been announced meanwhile.
  if (!/^thread /m.test(text)) await file.truncate(from);
  return text;
}

/** Reads from a place: the position that belongs to our descriptor is not moved. */
async function contentOf(file: FileHandle, from = 0): Promise<string> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(Math.max(size - from, 0));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
  return bytes.toString('utf8', 0, bytesRead);
}
