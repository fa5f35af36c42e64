/** How long a process has computed, from /proc. */
import { readFileSync } from 'node:fs';

import { callLibc } from '../base/libc.ts';

const SC_CLK_TCK = 2;
let ticksPerSecond = 0;

/**
 * Processor time of its threads, also of those that have ended. Undefined: it has ended, or is out
 * of sight in another pid namespace.
 */
export function cpuSecondsOf(pid: number): number | undefined {
  if (ticksPerSecond === 0) ticksPerSecond = callLibc('long sysconf(int name)', SC_CLK_TCK);
  try {
    return readCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'latin1'), ticksPerSecond);
  } catch {
    return undefined;
  }
}

/** Of the text of a `stat` file; the name in it may hold spaces and brackets. */
export function readCpuSeconds(text: string, ticks: number): number | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user = Number.NaN, system = Number.NaN] = fields.slice(11, 13).map(Number);
  return Number.isNaN(user + system) ? undefined : (user + system) / ticks;
}
