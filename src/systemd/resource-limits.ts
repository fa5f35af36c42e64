/** What control groups allow a process of memory and processors: containers and units have such. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { groupDirectoriesOf } from './group-directories.ts';

export interface GroupLimit {
  readonly value: number;
  /** The file that says so. */
  readonly file: string;
}

/** In bytes; undefined where there is no limit. */
export function memoryLimitOf(pid: number): GroupLimit | undefined {
  return least(
    groupDirectoriesOf(pid, 'memory').flatMap((directory) => [
      ...limitIn(directory, 'memory.max', bytesIn),
      ...limitIn(directory, 'memory.high', bytesIn),
      ...limitIn(directory, 'memory.limit_in_bytes', bytesIn),
    ]),
  );
}

/** In processors, 1.5 for one and a half; undefined where there is no limit. */
export function processorLimitOf(pid: number): GroupLimit | undefined {
  return least(
    groupDirectoriesOf(pid, 'cpu').flatMap((directory) => [
      ...limitIn(directory, 'cpu.max', processorsIn),
      ...limitIn(directory, 'cpu.cfs_quota_us', (quota) => {
        return processorsIn(`${quota} ${textOf(join(directory, 'cpu.cfs_period_us'))}`);
      }),
    ]),
  );
}

/** "max" is no limit; version 1 writes the largest number that it can count. */
export function bytesIn(text: string): number | undefined {
  const bytes = Number(text);
  return /^\d+$/.test(text) && bytes < 2 ** 62 ? bytes : undefined;
}

/** A quota and its period: "150000 100000"; "max" or -1 is no limit. */
export function processorsIn(text: string): number | undefined {
  const [quota = Number.NaN, period = Number.NaN] = text.split(/\s+/).map(Number);
  return quota > 0 && period > 0 ? quota / period : undefined;
}

function limitIn(
  directory: string,
  name: string,
  read: (text: string) => number | undefined,
): readonly GroupLimit[] {
  const file = join(directory, name);
  const value = read(textOf(file));
  return value === undefined ? [] : [{ value, file }];
}

function least(limits: readonly GroupLimit[]): GroupLimit | undefined {
  return limits.toSorted((a, b) => a.value - b.value)[0];
}

/** '' where there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
