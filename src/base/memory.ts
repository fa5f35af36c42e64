/**
 * Gives memory back that the work behind us needed and the work ahead does not: garbage on the
 * heap, free memory of malloc, and the pages of the Node executable and of libraries that are
 * mapped here because they ran or were read once.
 *
 * Dropping a page of a file costs a minor fault when it is used again; it stays in the page cache.
 * Only mappings without a page of our own (`Anonymous: 0 kB`) are dropped: nothing can be lost.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { callLibc } from './libc.ts';

const MADV_DONTNEED = 4;
/** What a start or a reload leaves to be done at once is done by then. */
const SOON_MS = 1_000;
/** The collector throws old code away; what runs at rest has been compiled again by then. */
const AFTERWARDS_MS = 5_000;

export interface AddressRange {
  readonly start: bigint;
  readonly length: bigint;
}

let collectGarbage: NodeJS.GCFunction | undefined;
let soon: NodeJS.Timeout | undefined;
let afterwards: NodeJS.Timeout | undefined;

/** Gives memory back in a second; several calls meanwhile are one. Keeps no process alive. */
export function giveMemoryBackSoon(): void {
  soon?.refresh();
  soon ??= setTimeout(() => {
    soon = undefined;
    giveMemoryBack();
  }, SOON_MS).unref();
}

/** Holds the process for some milliseconds, and for one or two more afterwards. */
export function giveMemoryBack(): void {
  collectGarbage ??= garbageCollector();
  collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  callLibc('int malloc_trim(size_t pad)', 0);
  dropFilePages();
  clearTimeout(afterwards);
  afterwards = setTimeout(dropFilePages, AFTERWARDS_MS).unref();
}

function dropFilePages(): void {
  const madvise = 'int madvise(uintptr_t start, size_t length, int advice)';
  for (const { start, length } of unchangedRanges(ownMappings())) {
    callLibc(madvise, start, length, MADV_DONTNEED); // Refused for locked memory, which may stay.
  }
}

/**
 * V8's own function. Given on the command line, --expose-gc would make V8 compile at each start
 * what Node brings compiled: 13 ms. Contexts that are made later have `gc` too.
 */
function garbageCollector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

/** '' where /proc does not show it, as to a process that has changed its user. */
function ownMappings(): string {
  try {
    return readFileSync('/proc/self/smaps', 'latin1');
  } catch {
    return '';
  }
}

/** The private read-only mappings of files that hold no changed page, from /proc/PID/smaps. */
export function unchangedRanges(smaps: string): readonly AddressRange[] {
  const ranges = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((mapping) => {
    const head = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \S+ +\//.exec(mapping);
    if (head === null || !/^Anonymous: +0 kB$/m.test(mapping)) return [];
    const start = BigInt(`0x${head[1]}`);
    return [{ start, length: BigInt(`0x${head[2]}`) - start }];
  });
  /\s/.test(' '); // RegExp.input would keep 100 kB of text.
  return ranges;
}
