/**
 * Samples of a process for some time, by a thread of its own (reeve_worker/seeing/sampler.py).
 *
 * Where that thread does not get the interpreter, as C code holds it, or cannot be started, as the
 * main thread is in C code, the stacks are read once a second instead.
 */
import { open, readdir, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { Timers } from '../base/clock.ts';
import { askToProfile, pause } from './question.ts';
import { readSamples, reeveItself, sampledOf, withClasses, type Sampled } from './samples.ts';
import { readProcessStacks } from './stacks.ts';
import { activityOf } from './system-threads.ts';

/** Twins in reeve_worker/seeing/sampler.py. */
const FILE_NAME = '/memfd:reeve-profile-';
/** A sampler that has written nothing for so long does not get the interpreter. */
const SILENCE_MAX_MS = 1000;
const LOOK_MS = 250;
/** So long after its time a sampler is waited for, on a busy machine. */
const LATE_MAX_MS = 3000;

export interface ProcessProfile {
  readonly how: 'sampler' | 'stacks' | 'none';
  /** What is missing; '' where nothing is. */
  readonly reason: string;
  readonly stacks: readonly Sampled[];
}

export interface ProfileOrder {
  readonly pid: number;
  /** Another one for each profile. */
  readonly number: string;
  readonly ms: number;
  readonly timers: Timers;
}

/** Resolves when the time is over; whatever fails is a reason in the answer. */
export async function profileProcess(order: ProfileOrder): Promise<ProcessProfile> {
  const { pid, number, ms, timers } = order;
  const endMs = timers.now() + ms;
  const refusal = await askToProfile({ pid, timers }, `${number} ${ms / 1000}`, () =>
    openSamples(pid, number).then((file) => file ?? undefined),
  );
  if (typeof refusal === 'string') return { how: 'none', reason: refusal, stacks: [] };
  const file = refusal;
  const watched = await watch(order, file, endMs);
  if (file === undefined) {
    const reason =
      'its stacks were read once a second, as its main thread runs no Python code in which a ' +
      'sampler could be started';
    return { how: 'stacks', reason, stacks: watched };
  }
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(size);
    await file.read(bytes, 0, size, 0);
    const { stacks, hasEnded } = readSamples(bytes.toString('utf8'));
    await file.truncate(0);
    const missing = activityOf(pid, pid) === undefined ? 'it ended before' : 'C code held it up';
    const reason = hasEnded ? '' : `the last second may be missing: ${missing}`;
    return { how: 'sampler', reason, stacks: [...stacks, ...withClasses(watched, stacks)] };
  } finally {
    await file.close();
  }
}

async function openSamples(pid: number, number: string): Promise<FileHandle | undefined> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const target = await readlink(`${folder}/${name}`).catch(() => '');
    if (target.startsWith(`${FILE_NAME}${number}`)) return open(`${folder}/${name}`, 'r+');
  }
  return undefined;
}

/** Waits for the end, and reads stacks while nothing is sampled; returns these. */
async function watch(
  { pid, ms, timers }: ProfileOrder,
  file: FileHandle | undefined,
  endMs: number,
): Promise<readonly Sampled[]> {
  const seen: Sampled[] = [];
  const lateMs = file === undefined ? 0 : LATE_MAX_MS;
  let size = 0;
  // Without a sampler nothing was seen from the beginning.
  let seenUntilMs = file === undefined ? endMs - ms : timers.now();
  for (;;) {
    await pause(timers, LOOK_MS);
    const nowMs = timers.now();
    if (activityOf(pid, pid) === undefined) return seen;
    const sizeNow = file === undefined ? 0 : (await file.stat()).size;
    if (file !== undefined && sizeNow !== size) {
      size = sizeNow;
      seenUntilMs = nowMs;
      if (await hasEnded(file, size)) return seen;
    }
    const isLast = file === undefined && nowMs >= endMs;
    const unseenMs = Math.min(nowMs, endMs) - seenUntilMs;
    if (unseenMs > 0 && (unseenMs >= SILENCE_MAX_MS || isLast)) {
      seen.push(...(await stacksNow(pid, unseenMs, timers)));
      seenUntilMs = nowMs;
    }
    if (nowMs > endMs + lateMs) return seen;
  }
}

async function hasEnded(file: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(4);
  await file.read(last, 0, 4, Math.max(size - 4, 0));
  return last.toString('latin1') === 'end\n';
}

/** What runs now, as if it had been so for some time; threads that wait for work are left out. */
async function stacksNow(pid: number, ms: number, timers: Timers): Promise<readonly Sampled[]> {
  const stacks = await readProcessStacks(pid, timers);
  if (stacks.kind === 'none') return [];
  return stacks.threads
    .filter(({ lines, slot, id }) => lines.length > 0 && (slot !== undefined || id === pid))
    .map(({ lines }) => sampledOf(lines, Math.round(ms * 1000)))
    .filter(({ frames }) => frames[0] !== reeveItself);
}
