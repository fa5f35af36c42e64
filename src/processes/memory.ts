/** What other processes have of the memory, from /proc. */
import { readFileSync } from 'node:fs';

import { callLibc } from '../base/libc.ts';

export interface ProcessMemory {
  readonly residentBytes: number;
  readonly addressSpaceBytes: number;
}

const SC_PAGESIZE = 30;
let pageBytes = 0;

/**
 * Costs microseconds, however large the process is. Undefined: it has ended, or is out of sight
 * in another pid namespace.
 */
export function processMemory(pid: number): ProcessMemory | undefined {
  if (pageBytes === 0) pageBytes = callLibc('long sysconf(int name)', SC_PAGESIZE);
  try {
    return readStatm(readFileSync(`/proc/${pid}/statm`, 'latin1'), pageBytes);
  } catch {
    return undefined;
  }
}

/** From the text of /proc/PID/statm: its first two numbers are pages. */
export function readStatm(text: string, pageSize: number): ProcessMemory | undefined {
  const [size = Number.NaN, resident = Number.NaN] = text.split(' ').map(Number);
  // One that has ended and was not waited for has none: all its numbers are 0.
  if (!(size > 0) || Number.isNaN(resident)) return undefined;
  return { residentBytes: resident * pageSize, addressSpaceBytes: size * pageSize };
}
