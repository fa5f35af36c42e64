/**
 * By how much the memory of workers grows with requests of each kind of path (pure: what reads the
 * memory is an argument).
 *
 * The memory of a worker is read at the ends of two requests in a row, where nothing else ran
 * between them: the difference is the second one's. At a low rate that is every request; at a high
 * one it is some of them in a second, so that it costs less than a thousandth of a processor.
 */

import type { GrowthView } from '../../protocol/gateway-views.ts';

const MEASURED_EVERY_MS = 50;
/** So many may be measured at once after a rest. */
const MEASURED_AT_ONCE = 100;
/** A process that has just begun loads what it needs: that is no growth. */
const WARM_FROM = 10;
/** With more paths, the one that was seen longest ago is forgotten. */
const PATHS_MAX = 64;
/** After so many, each counts for half, so that what was long ago does not hide what is now. */
const SAMPLES_MAX = 256;
/** The kernel counts whole pages, some of them late. */
const NOISE_BYTES = 4_096;

/** A worker's process, as far as its memory is measured. */
export interface Measured {
  readonly pid: number;
  /** Requests that it has been given. */
  readonly taken: number;
  /** Bytes after the request that ended last; 0: the next one is not measured. */
  lastMemory: number;
}

interface Growth {
  samples: number;
  bytes: number;
  grown: number;
  grewBytes: number;
  shrankBytes: number;
}

export class MemoryGrowth {
  readonly #residentBytes: (pid: number) => number;
  readonly #paths = new Map<string, Growth>();
  #nextAtMs = -Infinity;

  /** `residentBytes` returns 0 where it is not known. */
  constructor(residentBytes: (pid: number) => number) {
    this.#residentBytes = residentBytes;
  }

  /** Whether the end of a request is one to be measured; it is asked for each. */
  isDue(worker: Measured, nowMs: number): boolean {
    return worker.lastMemory > 0 || nowMs >= this.#nextAtMs;
  }

  /** A request has ended, beside which nothing ran in its worker; `key` makes its path's name. */
  ended(worker: Measured, key: () => string, nowMs: number): void {
    const before = worker.lastMemory;
    worker.lastMemory = 0;
    if (worker.taken < WARM_FROM) return;
    const bytes = this.#residentBytes(worker.pid);
    if (bytes === 0) return;
    if (before > 0) this.#count(key(), bytes - before);
    if (nowMs < this.#nextAtMs) return;
    const restedMs = nowMs - MEASURED_AT_ONCE * MEASURED_EVERY_MS;
    this.#nextAtMs = Math.max(this.#nextAtMs, restedMs) + MEASURED_EVERY_MS;
    worker.lastMemory = bytes;
  }

  /** Others ran beside one that has ended: it is not known whose the difference would be. */
  mixed(worker: Measured): void {
    worker.lastMemory = 0;
  }

  /** The path that grows most first. */
  get view(): readonly GrowthView[] {
    const all = [...this.#paths].map(([key, growth]) => {
      const at = key.indexOf(' ');
      const { samples, bytes, grown, grewBytes, shrankBytes } = growth;
      const named = { method: key.slice(0, at), path: key.slice(at + 1) };
      return { ...named, samples, bytes, grown, grewBytes, shrankBytes };
    });
    return all.toSorted((one, other) => other.bytes - one.bytes);
  }

  #count(key: string, bytes: number): void {
    const growth = this.#paths.get(key) ?? newGrowth();
    this.#paths.delete(key);
    this.#paths.set(key, growth);
    if (growth.samples >= SAMPLES_MAX) halve(growth);
    growth.samples += 1;
    growth.bytes += bytes;
    if (bytes > NOISE_BYTES) growth.grown += 1;
    if (bytes > 0) growth.grewBytes += bytes;
    else growth.shrankBytes -= bytes;
    const [oldest] = this.#paths.keys();
    if (this.#paths.size > PATHS_MAX && oldest !== undefined) this.#paths.delete(oldest);
  }
}

function newGrowth(): Growth {
  return { samples: 0, bytes: 0, grown: 0, grewBytes: 0, shrankBytes: 0 };
}

function halve(growth: Growth): void {
  growth.samples = Math.round(growth.samples / 2);
  growth.bytes = Math.round(growth.bytes / 2);
  growth.grown = Math.round(growth.grown / 2);
  growth.grewBytes = Math.round(growth.grewBytes / 2);
  growth.shrankBytes = Math.round(growth.shrankBytes / 2);
}
