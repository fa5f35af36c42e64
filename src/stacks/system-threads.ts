/** Threads of a process as the kernel sees them, from /proc. */

import { readdirSync, readFileSync } from 'node:fs';

export interface SystemThread {
  /** R, S, D, T, … as in proc(5). */
  readonly state: string;
  readonly hasPending: (signal: number) => boolean;
  readonly isBlocking: (signal: number) => boolean;
  /** Whether the process has a handler for it. */
  readonly isCatching: (signal: number) => boolean;
}

/** The numbers of all threads, the main one first; [] where the process has ended. */
export function threadsOf(pid: number): readonly number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map(Number);
    return threads.toSorted((one, other) => rank(pid, one) - rank(pid, other));
  } catch {
    return [];
  }
}

function rank(pid: number, thread: number): number {
  return thread === pid ? 0 : thread;
}

/** Undefined where the thread has ended. */
export function systemThread(pid: number, thread: number): SystemThread | undefined {
  const text = readProc(`/proc/${pid}/task/${thread}/status`);
  const state = /^State:\t(\S)/m.exec(text)?.[1];
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  const isIn = (name: string) => {
    const set = BigInt(`0x${new RegExp(`^${name}:\\t([0-9a-f]+)`, 'm').exec(text)?.[1] ?? '0'}`);
    return (signal: number): boolean => ((set >> BigInt(signal - 1)) & 1n) === 1n;
  };
  return {
    state,
    hasPending: isIn('SigPnd'),
    isBlocking: isIn('SigBlk'),
    isCatching: isIn('SigCgt'),
  };
}

/** What a thread has done since it began. */
export interface Activity {
  /** On a processor, in ns. */
  readonly processorNs: number;
  /** How often it was given one: after each wait, and after each time that others had it. */
  readonly turns: number;
}

/** Undefined where the thread has ended, or the kernel does not tell. */
export function activityOf(pid: number, thread: number): Activity | undefined {
  const text = readProc(`/proc/${pid}/task/${thread}/schedstat`);
  const [processorNs, , turns] = text.split(' ').map(Number);
  return processorNs === undefined || turns === undefined ? undefined : { processorNs, turns };
}

/** How often it has gone to sleep by itself; undefined where the kernel does not tell. */
export function sleepsOf(pid: number, thread: number): number | undefined {
  const text = readProc(`/proc/${pid}/task/${thread}/status`);
  const count = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** Where in the kernel it waits; '' where it does not, or the kernel does not tell. */
export function kernelWait(pid: number, thread: number): string {
  const name = readProc(`/proc/${pid}/task/${thread}/wchan`).trim();
  return name === '0' ? '' : name;
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It has ended, or is not ours to look at.
    return '';
  }
}
