/**
 * Python stacks of a spawner or a worker: of one thread that serves requests, or of all threads.
 *
 * The process has a memory file (reeve_worker/stacks.py) into which faulthandler writes when a
 * thread gets a signal; it is found in /proc, where its name also shows that the process is one of
 * ours. The signal handler is C code: it runs while the interpreter is held by other C code. The
 * kernel shows when a thread has left the handler: its signal is neither pending nor blocked any
 * more. So nothing that a slow thread writes is taken for the stack of another one, and threads
 * without Python are told from those that do not answer.
 *
 * Who asks holds a lock on the file: the gateway and the master may ask the same process.
 */

import { open, readdir, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { Timers } from '../base/clock.ts';
import { lockFile } from '../base/descriptors.ts';
import { signalThread, SystemCallError } from '../base/libc.ts';
import { frameLines, importStacks, withoutOurs } from './frames.ts';
import { kernelWait, systemThread, threadsOf, type SystemThread } from './system-threads.ts';

/** Twins in reeve_worker/stacks.py. */
const SIGNAL = 45;
const QUESTION_SIGNAL = 46;
const FILE_NAME = '/memfd:reeve-stacks';
const ANSWER = 'python answers';
/** The process is ended after this, stack or not. */
const WAIT_MAX_MS = 1000;
/** For all threads of a process. */
const PROCESS_WAIT_MAX_MS = 2000;
/** Python code that runs at all answers within this time. */
const ANSWER_MAX_MS = 300;
const LOOK_MIN_MS = 1;
const LOOK_MAX_MS = 10;
/** More are not asked. */
const THREADS_MAX = 256;

interface None {
  readonly kind: 'none';
  readonly reason: string;
}

/** Of one thread; `waitsIn`: the function of the kernel in which it slept, or ''. */
export type PythonStack =
  { readonly kind: 'stack'; readonly text: string; readonly waitsIn: string } | None;

/** Of an import; `isAnswering`: the main thread still runs Python code, or was not asked. */
export type ImportStacks =
  { readonly kind: 'stack'; readonly text: string; readonly isAnswering: boolean } | None;

/** What a thread has written: lines as faulthandler writes them. */
export interface ThreadStack {
  /** As the kernel numbers it; that of the main thread is the pid. */
  readonly id: number;
  /** The slot that it serves. */
  readonly slot: number | undefined;
  readonly lines: readonly string[];
  /** Why there are no lines; '' where there are. */
  readonly reason: string;
}

export type ProcessStacks =
  { readonly kind: 'stacks'; readonly threads: readonly ThreadStack[] } | None;

interface Asked {
  readonly pid: number;
  readonly file: FileHandle;
  readonly timers: Timers;
}

/** Returns the Python stack of the thread that serves the slot `thread` of the worker `pid`. */
export async function readThreadStack(
  pid: number,
  thread: number,
  timers: Timers,
): Promise<PythonStack> {
  return await withFile(pid, timers, async (asked) => {
    const found = [...(await slotsOf(asked))].find(([, slot]) => slot === thread);
    if (found === undefined) return { kind: 'none', reason: 'its thread is not known' };
    const [id] = found;
    // The signal wakes it for a moment.
    const waitsIn = kernelWait(pid, id);
    const answer = await askThread(asked, id, timers.now() + WAIT_MAX_MS);
    if (answer === undefined) return { kind: 'none', reason: 'its thread has ended' };
    if (answer.reason !== '') return { kind: 'none', reason: answer.reason };
    return { kind: 'stack', text: withoutOurs(answer.lines).join('\n'), waitsIn };
  });
}

/** Returns the stacks of all Python threads of a process, the main thread first. */
export async function readProcessStacks(pid: number, timers: Timers): Promise<ProcessStacks> {
  return await withFile(pid, timers, async (asked) => ({
    kind: 'stacks',
    threads: await askAll(asked),
  }));
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
  return await withFile(pid, timers, async (asked) => {
    const threads = await askAll(asked);
    const [main] = threads;
    if (main === undefined) return { kind: 'none', reason: 'its process has ended' };
    if (main.reason !== '') return { kind: 'none', reason: main.reason };
    const text = importStacks(threads.map(({ lines }) => lines));
    const isAnswering = how === 'look' || (await isAnsweringIn(asked));
    return { kind: 'stack', text, isAnswering };
  });
}

async function withFile<Result>(
  pid: number,
  timers: Timers,
  read: (asked: Asked) => Promise<Result>,
): Promise<Result | None> {
  try {
    const file = await openStacks(pid);
    if (file === undefined) return { kind: 'none', reason: 'its process has no file for it' };
    try {
      const untilMs = timers.now() + PROCESS_WAIT_MAX_MS;
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

async function openStacks(pid: number): Promise<FileHandle | undefined> {
  const folder = `/proc/${pid}/fd`;
  for (const name of await readdir(folder)) {
    const target = await readlink(`${folder}/${name}`).catch(() => '');
    if (target.startsWith(FILE_NAME)) return open(`${folder}/${name}`, 'r+');
  }
  return undefined;
}

/** Which slot each thread serves, by the numbers of threads. */
async function slotsOf({ file }: Asked): Promise<ReadonlyMap<number, number>> {
  const lines = (await contentOf(file)).split('\n').filter((line) => line.startsWith('thread '));
  return new Map(
    lines.map((line) => {
      const [, slot, thread] = line.split(' ').map(Number);
      return [thread ?? 0, slot ?? 0];
    }),
  );
}

async function askAll(asked: Asked): Promise<readonly ThreadStack[]> {
  const { pid, timers } = asked;
  const slots = await slotsOf(asked);
  const untilMs = timers.now() + PROCESS_WAIT_MAX_MS;
  const threads: ThreadStack[] = [];
  for (const id of threadsOf(pid).slice(0, THREADS_MAX)) {
    const answer = await askThread(asked, id, Math.min(untilMs, timers.now() + WAIT_MAX_MS));
    const isOfPython = answer !== undefined && (answer.lines.length > 0 || answer.reason !== '');
    if (isOfPython) threads.push({ id, slot: slots.get(id), ...answer });
  }
  return threads;
}

/** What a thread writes; neither lines nor a reason: it has no Python. Undefined: it has ended. */
async function askThread(
  { pid, file, timers }: Asked,
  id: number,
  untilMs: number,
): Promise<Pick<ThreadStack, 'lines' | 'reason'> | undefined> {
  const none = (reason: string) => ({ lines: [], reason });
  let thread = systemThread(pid, id);
  for (; thread?.isBlocking(SIGNAL) === true; thread = systemThread(pid, id)) {
    if (timers.now() >= untilMs) return none('its thread blocks the signal that asks for it');
    await pause(timers, LOOK_MAX_MS);
  }
  if (thread === undefined) return undefined;
  if (!thread.isCatching(SIGNAL)) {
    return none(`the application has taken the handler of signal ${SIGNAL} away`);
  }
  if (isStopped(thread) || thread.hasPending(SIGNAL)) return none(whySilent(pid, id, thread));
  const { size } = await file.stat();
  if (!send(pid, id, SIGNAL)) return undefined;
  let lookMs = LOOK_MIN_MS;
  for (;;) {
    thread = systemThread(pid, id);
    if (thread === undefined) return undefined;
    if (!thread.hasPending(SIGNAL) && !thread.isBlocking(SIGNAL)) break;
    if (timers.now() >= untilMs) return none(whySilent(pid, id, thread));
    await pause(timers, lookMs);
    lookMs = Math.min(lookMs * 2, LOOK_MAX_MS);
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

/** Asks whether the main thread runs Python code. */
async function isAnsweringIn({ pid, file, timers }: Asked): Promise<boolean> {
  const { size } = await file.stat();
  if (!send(pid, pid, QUESTION_SIGNAL)) return false;
  const untilMs = timers.now() + ANSWER_MAX_MS;
  while (timers.now() < untilMs) {
    await pause(timers, LOOK_MAX_MS);
    if ((await contentOf(file, size)).includes(ANSWER)) return true;
  }
  return false;
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

async function pause(timers: Timers, waitMs: number): Promise<void> {
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
