/** The memory of workers, looked up in /proc at most once a second for each. */
import { readFile, readFileSync } from 'node:fs';

import type { MemoryUse, RequestRecord } from '../log/request-record.ts';

/** `shares`: USS and PSS too, which cost the kernel a walk through all pages. */
export type MemoryDetail = 'sizes' | 'shares';

interface Known {
  use: MemoryUse;
  lookedAtMs: number;
  isAsked: boolean;
}

const LOOK_EVERY_MS = 1_000;
/** Processes that were seen last; those of earlier workers are forgotten. */
const KNOWN_MAX = 4_096;
const UNKNOWN: MemoryUse = {
  virtualBytes: 0,
  residentBytes: 0,
  privateBytes: 0,
  proportionalBytes: 0,
};

/** What is known of each. The first look at one is waited for; later ones for shares are not. */
export class WorkerMemories {
  readonly #detail: MemoryDetail;
  readonly #known = new Map<number, Known>();

  constructor(detail: MemoryDetail) {
    this.#detail = detail;
  }

  /** Of the worker that answered, when it had. */
  of({ pid, finishedAt, residentBytes }: RequestRecord): MemoryUse {
    const use = this.#at(pid, finishedAt.getTime());
    // What the worker itself has told is newer.
    return residentBytes > 0 ? { ...use, residentBytes } : use;
  }

  #at(pid: number, nowMs: number): MemoryUse {
    const known = this.#known.get(pid);
    if (known === undefined) return this.#first(pid, nowMs);
    // The time may be set back.
    const isDue = Math.abs(nowMs - known.lookedAtMs) >= LOOK_EVERY_MS;
    if (isDue && !known.isAsked) this.#look(pid, known, nowMs);
    return known.use;
  }

  #first(pid: number, nowMs: number): MemoryUse {
    const use = { ...sizesOf(pid), ...(this.#detail === 'shares' ? sharesOf(pid) : {}) };
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(pid, { use, lookedAtMs: nowMs, isAsked: false });
    return use;
  }

  #look(pid: number, known: Known, nowMs: number): void {
    known.use = { ...known.use, ...sizesOf(pid) };
    known.lookedAtMs = nowMs;
    if (this.#detail === 'sizes') return;
    known.isAsked = true;
    readFile(`/proc/${pid}/smaps_rollup`, 'latin1', (error, text) => {
      known.isAsked = false;
      if (error === null) known.use = { ...known.use, ...sharesIn(text) };
    });
  }
}

function sizesOf(pid: number): MemoryUse {
  const text = contentOf(`/proc/${pid}/status`);
  return {
    ...UNKNOWN,
    virtualBytes: kilobytesIn(text, 'VmSize'),
    residentBytes: kilobytesIn(text, 'VmRSS'),
  };
}

function sharesOf(pid: number): Partial<MemoryUse> {
  return sharesIn(contentOf(`/proc/${pid}/smaps_rollup`));
}

function sharesIn(text: string): Partial<MemoryUse> {
  return {
    privateBytes: kilobytesIn(text, 'Private_Clean') + kilobytesIn(text, 'Private_Dirty'),
    proportionalBytes: kilobytesIn(text, 'Pss'),
  };
}

/** '' where the process has ended, or is another user's. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** The value of a line such as "VmRSS:     1234 kB", in bytes. */
function kilobytesIn(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
}
