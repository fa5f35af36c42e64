/** What of a process's memory is its own, from /proc/PID/smaps_rollup. */
import { readFile } from 'node:fs/promises';

import type { MemoryShares } from '../reporting/metrics.ts';

/**
 * Of each process that can be looked at. It is read beside the loop: for a large process the
 * kernel takes milliseconds to add it up.
 */
export async function memorySharesOf(
  pids: readonly number[],
): Promise<ReadonlyMap<number, MemoryShares>> {
  const shares = new Map<number, MemoryShares>();
  // One after the other: they wait for the same thing, and others need libuv's threads too.
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '');
    if (text !== '') shares.set(pid, readShares(text));
  }
  return shares;
}

function readShares(text: string): MemoryShares {
  const bytes = (name: string): number => {
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
  };
  return {
    privateBytes: bytes('Private_Clean') + bytes('Private_Dirty'),
    proportionalBytes: bytes('Pss'),
  };
}
