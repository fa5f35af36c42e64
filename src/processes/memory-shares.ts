/** What of a process's memory is its own, from /proc/PID/smaps_rollup. */
import { readFileSync } from 'node:fs';

export interface MemoryShares {
  readonly residentBytes: number;
  /** Of no other process too: USS. */
  readonly privateBytes: number;
  /** Shared pages by their share: PSS. */
  readonly proportionalBytes: number;
}

/**
 * For a large process the kernel takes milliseconds to add it up. Undefined: it has ended, it is
 * not ours to look at, or it is in another pid namespace.
 */
export function memorySharesOf(pid: number): MemoryShares | undefined {
  try {
    return readMemoryShares(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
  } catch {
    return undefined;
  }
}

export function readMemoryShares(text: string): MemoryShares {
  const bytes = (name: string): number => {
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
  };
  return {
    residentBytes: bytes('Rss'),
    privateBytes: bytes('Private_Clean') + bytes('Private_Dirty'),
    proportionalBytes: bytes('Pss'),
  };
}
