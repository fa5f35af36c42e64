/**
 * What was seen of an instance, as the rules of advice need it (pure): from one snapshot all that
 * its generation has done, from two what came between them.
 */
import type { TimesView } from '../protocol/gateway-views.ts';
import type { GenerationView, Snapshot, SnapshotOption, WorkerView } from '../protocol/snapshot.ts';

/** What came in a time, and for how long slots were busy with it, all together. */
export interface Load {
  readonly seconds: number;
  readonly requests: number;
  readonly busySeconds: number;
}

/** Of a worker that serves; null where it is not known. */
export interface WorkerFacts {
  readonly pid: number;
  /** That its process was given. */
  readonly requests: number;
  readonly residentBytes: number | null;
  /** Of no other process too. */
  readonly privateBytes: number | null;
  readonly cpuSeconds: number | null;
}

export interface Machine {
  readonly cores: number;
  /** What limits them: "of the machine", "by cpu.max". */
  readonly coresBy: string;
  readonly memoryBytes: number;
  readonly memoryBy: string;
  /** Of it, what nothing else has: the workers may have so much, with what they have now. */
  readonly roomBytes: number;
}

export interface Observation {
  /** `history`: since the generation began; `measured`: between two looks. */
  readonly source: 'history' | 'measured';
  readonly load: Load;
  /** Undefined where no minute has passed, or the load was measured. */
  readonly busiest: (Load & { readonly atMs: number }) | undefined;
  /** How many requests ran for how long, by the bounds; the last has no bound. */
  readonly boundsSeconds: readonly number[];
  readonly runs: readonly number[];
  /** How many have waited for a worker, and for how long, all together. */
  readonly waited: { readonly requests: number; readonly seconds: number };
  /** Requests that were longer than harakiri allows. */
  readonly overruns: number;
  readonly workers: readonly WorkerFacts[];
  /** Those of the first look; none where there was one only. */
  readonly workersBefore: readonly WorkerFacts[];
  readonly options: Readonly<Record<SnapshotOption, number>>;
  readonly machine: Machine;
}

/** A snapshot, and what the machine says of its processes. */
export interface Look {
  readonly snapshot: Snapshot;
  readonly workers: readonly WorkerFacts[];
  readonly machine: Machine;
}

/** Why there is nothing to see, for people. */
export interface Unseen {
  readonly why: string;
}

export function observationOf(last: Look, first?: Look): Observation | Unseen {
  const generation = servingIn(last.snapshot);
  const { totals } = last.snapshot;
  if (generation?.options === undefined || totals === undefined) {
    return { why: 'it runs an older Reeve, which does not tell enough; restart it' };
  }
  const before = first === undefined ? undefined : servingIn(first.snapshot);
  if (first !== undefined && before?.number !== generation.number) {
    return { why: 'it was reloaded meanwhile; measure again' };
  }
  const seconds = secondsOf(last.snapshot, generation, first?.snapshot);
  const done = doneBy(generation.workers);
  const doneBefore = doneBy(before?.workers ?? []);
  const times = timesIn(totals.times);
  const timesBefore = timesIn(first?.snapshot.totals?.times ?? []);
  const { busiestMinute } = totals;
  return {
    source: first === undefined ? 'history' : 'measured',
    load: {
      seconds,
      requests: Math.max(done.requests - doneBefore.requests, 0),
      busySeconds: Math.max(done.seconds - doneBefore.seconds, 0),
    },
    busiest: first === undefined ? (busiestMinute ?? undefined) : undefined,
    boundsSeconds: totals.timeBoundsSeconds,
    runs: times.runs.map((count, at) => count - (timesBefore.runs[at] ?? 0)),
    waited: {
      requests: times.waited.requests - timesBefore.waited.requests,
      seconds: times.waited.seconds - timesBefore.waited.seconds,
    },
    overruns: totals.overruns - (first?.snapshot.totals?.overruns ?? 0),
    workers: last.workers,
    workersBefore: first?.workers ?? [],
    options: generation.options,
    machine: last.machine,
  };
}

/** Workers of the generation that serves, with a process. */
export function servingWorkers(snapshot: Snapshot): readonly (WorkerView & { pid: number })[] {
  return (servingIn(snapshot)?.workers ?? []).flatMap((worker) => {
    const { pid } = worker;
    return pid === null || worker.isServing !== true ? [] : [{ ...worker, pid }];
  });
}

function servingIn({ generations }: Snapshot): GenerationView | undefined {
  return generations.find(({ role }) => role === 'serving');
}

/** Counts begin with the generation, or with its gateway where that was started again. */
function secondsOf(last: Snapshot, { number, spawner }: GenerationView, first?: Snapshot): number {
  const { takenAtMs = 0 } = last;
  if (first !== undefined) return (takenAtMs - (first.takenAtMs ?? takenAtMs)) / 1000;
  const began = last.reloads?.find(({ generation }) => generation === number)?.atMs;
  const seconds = began === undefined ? spawner.ageSeconds : (takenAtMs - began) / 1000;
  const gateways = last.gateways.filter(({ state }) => state === 'up');
  return Math.max(Math.min(seconds, ...gateways.map(({ ageSeconds }) => ageSeconds)), 0);
}

function doneBy(workers: readonly WorkerView[]): { requests: number; seconds: number } {
  const sum = { requests: 0, seconds: 0 };
  for (const { tally } of workers) {
    sum.requests += tally?.requests ?? 0;
    sum.seconds += (tally?.runMicros ?? 0) / 1e6;
  }
  return sum;
}

/** Of the kinds of requests that workers are asked for: where no worker is, none has waited. */
function timesIn(
  times: readonly { readonly run: TimesView; readonly wait: TimesView }[],
): Pick<Observation, 'runs' | 'waited'> {
  const runs: number[] = [];
  const waited = { requests: 0, seconds: 0 };
  for (const { run, wait } of times) {
    const requests = wait.counts.reduce((total, count) => total + count, 0);
    if (requests === 0) continue;
    waited.requests += requests;
    waited.seconds += wait.seconds;
    for (const [at, count] of run.counts.entries()) runs[at] = (runs[at] ?? 0) + count;
  }
  return { runs, waited };
}
