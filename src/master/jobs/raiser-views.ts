/** What raises signals by itself, and what has come of it, for the snapshot. */
import type { RaiserView, SignalsView } from '../../protocol/gateway-views.ts';
import { nextRun, type ToLocal } from '../../supervision/jobs/cron-times.ts';
import type { SignalTable } from '../../supervision/jobs/signals.ts';

type Tally = Pick<RaiserView, 'raised' | 'lastAtMs' | 'failures' | 'lastFailure'>;

const never: Tally = { raised: 0, lastAtMs: null, failures: 0, lastFailure: null };

/** Signals by their numbers, since the daemon began. */
export class SignalTallies {
  readonly #tallies = new Map<number, Tally>();
  dropped = 0;

  raised(number: number, atMs: number): void {
    const tally = this.of(number);
    this.#tallies.set(number, { ...tally, raised: tally.raised + 1, lastAtMs: atMs });
  }

  failed(number: number, error: string, atMs: number): void {
    const tally = this.of(number);
    const lastFailure = { atMs, error };
    this.#tallies.set(number, { ...tally, failures: tally.failures + 1, lastFailure });
  }

  of(number: number): Tally {
    return this.#tallies.get(number) ?? never;
  }

  /** `waiting`: for a gateway. */
  view(waiting: number): SignalsView {
    const all = [...this.#tallies.values()];
    return {
      raised: all.reduce((sum, { raised }) => sum + raised, 0),
      waiting,
      dropped: this.dropped,
      failures: all.reduce((sum, { failures }) => sum + failures, 0),
    };
  }
}

export interface ViewTimes {
  /** On the monotonic clock, and as a date in ms since 1970. */
  readonly nowMs: number;
  readonly dateMs: number;
  readonly toLocal: ToLocal;
}

const MINUTE_MS = 60_000;
const none = { target: '', seconds: null, left: null, times: null, path: null, nextAtMs: null };

export function raiserViews(
  { handlers, timers, crons, files }: SignalTable,
  tallies: SignalTallies,
  { nowMs, dateMs, toLocal }: ViewTimes,
): readonly RaiserView[] {
  const common = (kind: RaiserView['kind'], signal: number) => {
    const target = handlers.get(signal)?.target ?? '';
    return { kind, signal, ...none, target, ...tallies.of(signal) };
  };
  return [
    ...timers.map(({ number, seconds, left, dueAtMs }) => ({
      ...common('timer', number),
      seconds,
      left: left === Infinity ? null : left,
      nextAtMs: left === 0 || dueAtMs === undefined ? null : Math.round(dateMs + (dueAtMs - nowMs)),
    })),
    ...crons.map(({ number, times, doneMinute }) => {
      const minute = Math.floor(dateMs / MINUTE_MS);
      const isDone = doneMinute !== undefined && doneMinute >= minute;
      const next = nextRun(times, isDone ? minute : minute - 1, toLocal);
      return {
        ...common('cron', number),
        times,
        nextAtMs: next === undefined ? null : next * MINUTE_MS,
      };
    }),
    ...files.map(({ number, path }) => ({ ...common('file', number), path })),
  ];
}
