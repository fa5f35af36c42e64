/** PURE. What is seen of an instance at one moment, with the rates since the moment before. */
import type { Instance } from '../../protocol/operator-messages.ts';
import type { Snapshot } from '../../protocol/snapshot.ts';
import { ratesBetween, sampleOf, type Rates } from '../../views/rates.ts';
import { requestsOf, slotsInUse, workersNow, type WorkerNow } from '../../views/slots.ts';

/** An instance that has answered. */
export interface Seen {
  /** Its control socket. */
  readonly path: string;
  readonly instance: Instance;
  readonly status: Snapshot;
  /** ms on the clock of who asked. */
  readonly atMs: number;
  /** How long it has not answered by now, in whole seconds; `status` is from before. */
  readonly silentFor: number;
}

export interface WorkerLine extends WorkerNow {
  readonly perSecond: number | undefined;
  readonly memoryBytes: number | null;
  /** How often its place was started again. */
  readonly restarts: number;
  /** How long its oldest request has run, in seconds; 0 where it runs none. */
  readonly runsFor: number;
}

export interface InstanceLine extends Seen {
  readonly name: string;
  readonly rates: Rates | undefined;
  readonly workers: readonly WorkerLine[];
  readonly busy: number;
  readonly slots: number;
  /** Resident, of all workers. */
  readonly memoryBytes: number | null;
  readonly restarts: number;
}

/** One that is there and cannot be asked, and why. */
export interface SilentLine {
  readonly name: string;
  readonly reason: string;
}

/** The instance now, by what it was before; by itself where another master has answered then. */
export function instanceLine(earlier: Seen | undefined, now: Seen): InstanceLine {
  const { status, instance, atMs } = now;
  const before = earlier?.instance.pid === instance.pid ? earlier : undefined;
  const rates =
    before === undefined
      ? undefined
      : ratesBetween(sampleOf(before.status, before.atMs), sampleOf(status, atMs));
  const workers = workerLines(before, now);
  const { busy, all } = slotsInUse(workers);
  const known = workers.map(({ memoryBytes }) => memoryBytes).filter((each) => each !== null);
  return {
    ...now,
    name: instance.name,
    rates,
    workers,
    busy,
    slots: all,
    memoryBytes: known.length === 0 ? null : sum(known),
    restarts: sum(workers.map(({ restarts }) => restarts)),
  };
}

function workerLines(before: Seen | undefined, { status, atMs }: Seen): readonly WorkerLine[] {
  const earlier = before === undefined ? [] : workersNow(before.status);
  const seconds = (atMs - (before?.atMs ?? atMs)) / 1000;
  return workersNow(status).map((now) => {
    const old = earlier.find((each) => {
      return each.generation === now.generation && each.worker.slot === now.worker.slot;
    });
    const more = old === undefined ? -1 : countOf(now) - countOf(old);
    return {
      ...now,
      perSecond: more < 0 || seconds <= 0 ? undefined : more / seconds,
      memoryBytes: now.worker.memory?.residentBytes ?? null,
      restarts: Math.max((now.worker.starts ?? 1) - 1, 0),
      runsFor: requestsOf(now)[0]?.seconds ?? 0,
    };
  });
}

/** Of its place, where that is told: it goes on when the process is replaced. */
function countOf({ worker }: WorkerNow): number {
  return worker.tally?.requests ?? worker.requests ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
