/**
 * The memory of a server: each page that one of its processes has mapped, once, divided among those
 * of them that share it. This is the proportional set size (PSS) of a machine on which nothing else
 * runs. The kernel's own PSS would also divide by other programs that use the same Node or Python,
 * as this measurement does, and so depend on what else runs.
 *
 * Numbers of pages are shown to root only. To others the kernel's PSS is all there is.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

import { byRole, family } from './processes.ts';
import type { PerRole } from './processes.ts';

const pageBytes = 4096;
const entryBytes = 8;
/** So much of a page map is read at once: that of 64 MB. */
const chunkBytes = 128 * 1024;

/** Whether memory is counted by pages. */
export const isExact: boolean = process.getuid?.() === 0;

/** Bytes, by what the processes do. */
export function memoryByRole(root: number): PerRole {
  const shares = isExact ? sharesOf(family(root)) : undefined;
  return byRole(root, (pid) => (shares === undefined ? kernelPss(pid) : (shares.get(pid) ?? 0)));
}

function kernelPss(pid: number): number {
  const text = read(`/proc/${pid}/smaps_rollup`).toString('latin1');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

function sharesOf(pids: readonly number[]): ReadonlyMap<number, number> {
  const pages = new Map(pids.map((pid) => [pid, pagesOf(pid)]));
  const users = new Map<number, number>();
  for (const each of pages.values()) {
    for (const page of each) users.set(page, (users.get(page) ?? 0) + 1);
  }
  return new Map(
    [...pages].map(([pid, each]) => {
      let bytes = 0;
      for (const page of each) bytes += pageBytes / (users.get(page) ?? 1);
      return [pid, bytes];
    }),
  );
}

/** Numbers of the page frames that the process has mapped. */
function pagesOf(pid: number): ReadonlySet<number> {
  const pages = new Set<number>();
  const map = open(`/proc/${pid}/pagemap`);
  if (map === undefined) return pages;
  try {
    for (const [, from = '', to = '', rest = ''] of mappingsOf(pid)) {
      // The kernel's page of calls is beyond the map; what V8 has only reserved holds nothing.
      if (rest.includes('[vsyscall]') || rest.startsWith('---')) continue;
      readPages(map, { from: BigInt(`0x${from}`), to: BigInt(`0x${to}`) }, pages);
    }
  } finally {
    closeSync(map);
  }
  return pages;
}

function mappingsOf(pid: number): Iterable<RegExpExecArray> {
  const text = read(`/proc/${pid}/maps`).toString('latin1');
  return text.matchAll(/^([0-9a-f]+)-([0-9a-f]+) (.*)$/gm);
}

const chunk = Buffer.alloc(chunkBytes);

/** Bit 63 of an entry: the page is in memory; bits 0 to 54: its number. */
function readPages(
  map: number,
  { from, to }: { readonly from: bigint; readonly to: bigint },
  pages: Set<number>,
): void {
  let at = Number(from / BigInt(pageBytes)) * entryBytes;
  const end = Number(to / BigInt(pageBytes)) * entryBytes;
  while (at < end) {
    const length = readSync(map, chunk, 0, Math.min(chunkBytes, end - at), at);
    if (length === 0) return;
    for (let entry = 0; entry < length; entry += entryBytes) {
      const high = chunk.readUInt32LE(entry + 4);
      if (high >>> 31 === 1) pages.add((high & 0x7f_ffff) * 2 ** 32 + chunk.readUInt32LE(entry));
    }
    at += length;
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0); // The process has ended meanwhile.
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined; // The process has ended meanwhile.
  }
}
