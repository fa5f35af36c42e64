/**
 * PURE. The last minutes of an instance, a point for each step: for the curves of the status page,
 * which are there when it is opened.
 */
import type { Snapshot } from '../protocol/snapshot.ts';
import { ratesBetween, sampleOf } from './rates.ts';
import { memoryOf, slotsInUse, workersNow } from './slots.ts';

/** Null where it is not known: after the first step, or where no request has ended. */
export interface HistoryPoint {
  /** ms since 1970. */
  readonly atMs: number;
  readonly requestsPerSecond: number | null;
  /** Of the times of requests, in seconds; null also where it is beyond the last bound. */
  readonly p95: number | null;
  readonly queued: number;
  readonly busy: number;
  readonly memoryBytes: number | null;
}

export const STEP_MS = 5_000;
/** Ten minutes. */
export const POINTS_MAX = 120;

/** What was asked, and when on a clock that only goes on. */
export interface Asked {
  readonly snapshot: Snapshot;
  readonly atMs: number;
}

export function pointBetween(before: Asked | undefined, now: Asked): HistoryPoint {
  const { snapshot, atMs } = now;
  const from = before && sampleOf(before.snapshot, before.atMs);
  const rates = from && ratesBetween(from, sampleOf(snapshot, atMs));
  const workers = workersNow(snapshot);
  const p95 = rates?.p95 ?? null;
  return {
    atMs: snapshot.takenAtMs ?? 0,
    requestsPerSecond: rates === undefined ? null : Math.round(rates.requestsPerSecond * 10) / 10,
    p95: p95 === Infinity ? null : p95,
    queued: snapshot.queue?.queued ?? 0,
    busy: slotsInUse(workers).busy,
    memoryBytes: memoryOf(workers),
  };
}

/** The last ones, the oldest first. */
export function withPoint(
  points: readonly HistoryPoint[],
  point: HistoryPoint,
): readonly HistoryPoint[] {
  return [...points, point].slice(-POINTS_MAX);
}
