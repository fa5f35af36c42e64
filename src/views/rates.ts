/**
 * How fast things go in an instance: what two of its snapshots differ by. Counts of a snapshot
 * begin with the master, so a difference is what happened in between.
 */
import type { RequestTimesView, TimesView } from '../protocol/gateway-views.ts';
import type { Snapshot } from '../protocol/snapshot.ts';

/** What has been counted, and when that was asked: ms on the clock of the one who asked. */
export interface Sample {
  readonly atMs: number;
  readonly totals: Counted | undefined;
}

/** Of `totals`, or a part of it. */
export interface Counted {
  readonly timeBoundsSeconds: readonly number[];
  readonly times: readonly CountedTimes[];
}

export interface CountedTimes extends Pick<RequestTimesView, 'status'> {
  readonly run: Pick<TimesView, 'counts'>;
  readonly wait: Pick<TimesView, 'counts'>;
}

type TimesOf = (row: CountedTimes) => CountedTimes['run'] | undefined;

/** Times are in seconds; Infinity where they are beyond the last bound, null without a request. */
export interface Rates {
  readonly seconds: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Answered with 5xx. */
  readonly errorsPerSecond: number;
  readonly p50: number | null;
  readonly p95: number | null;
  /** Of the time that requests waited for a worker. */
  readonly waitP95: number | null;
}

export function sampleOf(snapshot: Pick<Snapshot, 'totals'>, atMs: number): Sample {
  return { atMs, totals: snapshot.totals };
}

/** Undefined where nothing is counted, or counts went back: another master answers by now. */
export function ratesBetween(before: Sample, after: Sample): Rates | undefined {
  const seconds = (after.atMs - before.atMs) / 1000;
  if (before.totals === undefined || after.totals === undefined || seconds <= 0) return undefined;
  const { timeBoundsSeconds: bounds } = after.totals;
  const run = difference(before.totals, after.totals, ({ run: times }) => times);
  const wait = difference(before.totals, after.totals, ({ wait: times }) => times);
  if (run.some((count) => count < 0) || wait.some((count) => count < 0)) return undefined;
  const requests = sum(run);
  const errors = sum(difference(before.totals, after.totals, errorTimes));
  return {
    seconds,
    requests,
    requestsPerSecond: requests / seconds,
    errorsPerSecond: errors / seconds,
    p50: quantile(run, bounds, 0.5),
    p95: quantile(run, bounds, 0.95),
    waitP95: quantile(wait, bounds, 0.95),
  };
}

/**
 * The time that a part of the requests did not exceed, as histogram_quantile() of Prometheus
 * estimates it: within a bucket they are taken to be spread evenly.
 */
export function quantile(
  counts: readonly number[],
  bounds: readonly number[],
  part: number,
): number | null {
  const total = sum(counts);
  if (total === 0) return null;
  const rank = part * total;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const upper = bounds[at];
      const lower = at === 0 ? 0 : (bounds[at - 1] ?? 0);
      return upper === undefined ? Infinity : lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return Infinity;
}

/** All requests together, by bucket. */
export function countsOf({ times, timeBoundsSeconds }: Counted, of: TimesOf): readonly number[] {
  const counts: number[] = Array.from({ length: timeBoundsSeconds.length + 1 }, () => 0);
  for (const row of times) {
    for (const [at, count] of (of(row)?.counts ?? []).entries()) {
      counts[at] = (counts[at] ?? 0) + count;
    }
  }
  return counts;
}

function errorTimes({ status, run }: CountedTimes): CountedTimes['run'] | undefined {
  return status === '5xx' ? run : undefined;
}

function difference(before: Counted, after: Counted, of: TimesOf): readonly number[] {
  const earlier = countsOf(before, of);
  return countsOf(after, of).map((count, at) => count - (earlier[at] ?? 0));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
