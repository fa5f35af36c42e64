/** What of a process's memory is its own, of several processes. */
import { readFile } from 'node:fs/promises';

import { readMemoryShares, type MemoryShares } from '../../processes/memory-shares.ts';

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
    if (text !== '') shares.set(pid, readMemoryShares(text));
  }
  return shares;
}
