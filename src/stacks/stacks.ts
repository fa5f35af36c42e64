/**
 * Python stacks of a spawner or a worker: of one thread that serves requests, or of all threads.
 *
 * A thread that waits is asked by a signal, which it handles in C (question.ts). For threads that
 * run, Python is asked. Where Python does not answer, one of them holds the interpreter in C code,
 * and all can be asked by the signal, if the kernel shows that it is so.
 */

import type { Timers } from '../base/clock.ts';
import { importStacks, withoutOurs } from './frames.ts';
import { isHeld, isHeldAsleep, isMoving, type Movement } from './interpreter.ts';
import { askPython, askThread, noAnswer, pause, slotsOf, withFile } from './question.ts';
import type { Answer, Asked, None } from './question.ts';
import { activityOf, kernelWait, systemThread, threadsOf } from './system-threads.ts';

/** Python code that runs at all answers within this time, also on a machine that is busy. */
const ANSWER_MAX_MS = 2000;
/** The same, of a process that is about to be ended. */
const LAST_ANSWER_MAX_MS = 300;
/** A thread that has not run for so long waits. */
const STILL_MS = 20;
const SILENT = 'it runs, and the main thread, which could show it, waits in C code';
/** More are not asked. */
const THREADS_MAX = 256;

/** Of one thread; `waitsIn`: the function of the kernel in which it slept, or ''. */
export type PythonStack =
  | { readonly kind: 'stack'; readonly text: string; readonly waitsIn: string }
  | None;

/** Of an import; `isAnswering`: the main thread still runs Python code, or was not asked. */
export type ImportStacks =
  | { readonly kind: 'stack'; readonly text: string; readonly isAnswering: boolean }
  | None;

/** What a thread has written: lines as faulthandler writes them. */
export interface ThreadStack extends Answer {
  /** As the kernel numbers it; that of the main thread is the pid. */
  readonly id: number;
  /** The slot that it serves. */
  readonly slot: number | undefined;
}

export type ProcessStacks =
  | { readonly kind: 'stacks'; readonly threads: readonly ThreadStack[] }
  | None;

/** Returns the Python stack of the thread that serves the slot `thread` of the worker `pid`. */
export async function readThreadStack(
  pid: number,
  thread: number,
  timers: Timers,
): Promise<PythonStack> {
  return await withFile(pid, timers, async (asked) => {
    const id = [...(await slotsOf(asked))].find(([, slot]) => slot === thread)?.[0];
    if (id === undefined) return { kind: 'none', reason: 'its thread is not known' };
    // The signal wakes it for a moment.
    const waitsIn = kernelWait(pid, id);
    const answer = (await answersOf(asked, [id])).get(id);
    if (answer === undefined) return { kind: 'none', reason: 'its thread has ended' };
    if (answer.reason !== '') return { kind: 'none', reason: answer.reason };
    return { kind: 'stack', text: withoutOurs(answer.lines).join('\n'), waitsIn };
  });
}

/** Returns the stacks of all Python threads of a process, the main thread first. */
export async function readProcessStacks(pid: number, timers: Timers): Promise<ProcessStacks> {
  return await withFile(pid, timers, async (asked) => ({
    kind: 'stacks',
    threads: await threadStacks(asked),
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
    const threads = await threadStacks(asked);
    const [main] = threads;
    if (main === undefined) return { kind: 'none', reason: 'its process has ended' };
    if (main.reason !== '') return { kind: 'none', reason: main.reason };
    const text = importStacks(threads.map(({ lines }) => lines));
    const untilMs = timers.now() + LAST_ANSWER_MAX_MS;
    const ask = async () => (await askPython(asked, () => timers.now() > untilMs)) !== undefined;
    return { kind: 'stack', text, isAnswering: how === 'look' || (await ask()) };
  });
}

async function threadStacks(asked: Asked): Promise<readonly ThreadStack[]> {
  const slots = await slotsOf(asked);
  const ids = threadsOf(asked.pid).slice(0, THREADS_MAX);
  const answers = await answersOf(asked, ids);
  return ids.flatMap((id) => {
    const answer = answers.get(id);
    const isOfPython = answer !== undefined && (answer.lines.length > 0 || answer.reason !== '');
    return isOfPython ? [{ id, slot: slots.get(id), ...answer }] : [];
  });
}

/** The stacks of these threads; those that have ended are left out. */
async function answersOf(
  asked: Asked,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Answer>> {
  const { pid, timers } = asked;
  const before = activities(pid);
  await pause(timers, STILL_MS);
  const answers = new Map<number, Answer>();
  const moving: number[] = [];
  for (const id of ids) {
    if (isMoving(before.get(id), activityOf(pid, id))) moving.push(id);
    else await takeAnswer(asked, id, answers);
  }
  if (moving.length > 0) await askMoving(asked, moving, answers);
  return answers;
}

async function takeAnswer(asked: Asked, id: number, answers: Map<number, Answer>): Promise<void> {
  const answer = await askThread(asked, id);
  if (answer !== undefined) answers.set(id, answer);
}

/** Asks threads that run, or wait for the interpreter again and again. */
async function askMoving(
  asked: Asked,
  moving: readonly number[],
  answers: Map<number, Answer>,
): Promise<void> {
  const { pid, timers } = asked;
  const before = activities(pid);
  const movements = (): ReadonlyMap<number, Movement> => movementsSince(pid, before);
  const untilMs = timers.now() + ANSWER_MAX_MS;
  const isOver = (): boolean => timers.now() > untilMs || isHeld(pid, movements());
  const stacks = await askPython(asked, isOver);
  const isHeldInC = isHeld(pid, movements()) || isHeldAsleep(movements());
  if (stacks === undefined && isHeldInC) {
    for (const id of moving) await takeAnswer(asked, id, answers);
    return;
  }
  for (const id of moving) {
    if (systemThread(pid, id) === undefined) continue;
    if (stacks !== undefined) answers.set(id, { lines: stacks.get(id) ?? [], reason: '' });
    else answers.set(id, noAnswer(SILENT));
  }
}

function activities(pid: number) {
  return new Map(threadsOf(pid).map((id) => [id, activityOf(pid, id)]));
}

/** What each thread has done since then. */
function movementsSince(
  pid: number,
  before: ReturnType<typeof activities>,
): ReadonlyMap<number, Movement> {
  const movements = new Map<number, Movement>();
  for (const [id, from] of before) {
    const to = activityOf(pid, id);
    if (from === undefined || to === undefined) continue;
    const processorMs = (to.processorNs - from.processorNs) / 1_000_000;
    movements.set(id, { processorMs, turns: to.turns - from.turns });
  }
  return movements;
}
