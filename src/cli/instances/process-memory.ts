/**
 * Memory of a process: RSS, and PSS, which counts pages that are shared by their share. It is read
 * here and not in the daemon: for a large process the kernel takes milliseconds to add it up.
 */
import { readFileSync } from 'node:fs';

import type { Memory } from './status-table.ts';

export function memoryOf(pid: number): Memory {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    const bytes = (name: string): number | null => {
      const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text);
      return match === null ? null : Number(match[1]) * 1024;
    };
    return { rssBytes: bytes('Rss'), pssBytes: bytes('Pss') };
  } catch {
    // It has ended, it is not ours to look at, or it is in another pid namespace.
    return { rssBytes: null, pssBytes: null };
  }
}
