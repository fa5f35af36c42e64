/**
 * PURE. What all gateways have counted since the daemon began, also those that have ended: the
 * counts never go back, so that a rate over them is right across reloads.
 */
import type { GatewayStatus } from '../../protocol/control-messages.ts';
import type { RequestTimesView, TimesView } from '../../protocol/gateway-views.ts';

export interface Totals {
  readonly times: readonly RequestTimesView[];
  readonly overruns: number;
  readonly signalsDropped: number;
  readonly droppedLogLines: number;
}

interface Latest extends Totals {
  readonly pid: number;
}

const none: Totals = { times: [], overruns: 0, signalsDropped: 0, droppedLogLines: 0 };

export class RequestTotals {
  /** By epoch: the last report of the process that runs. */
  readonly #latest = new Map<number, Latest>();
  /** Of processes that have ended. */
  #ended = none;

  take(epoch: number, { pid, counts, droppedLogLines }: GatewayStatus): void {
    const before = this.#latest.get(epoch);
    if (before !== undefined && before.pid !== pid) this.forget(epoch);
    this.#latest.set(epoch, { ...counts, droppedLogLines, pid });
  }

  /** The epoch is over: nothing more comes from it. */
  forget(epoch: number): void {
    this.#ended = sum([this.#ended, this.#latest.get(epoch) ?? none]);
    this.#latest.delete(epoch);
  }

  get all(): Totals {
    return sum([this.#ended, ...this.#latest.values()]);
  }
}

function sum(all: readonly Totals[]): Totals {
  const times = new Map<string, RequestTimesView>();
  for (const next of all.flatMap((each) => each.times)) {
    const key = JSON.stringify([next.mount, next.route, next.status]);
    const before = times.get(key);
    times.set(key, before === undefined ? next : sumOfTwo(before, next));
  }
  const count = (of: (each: Totals) => number): number =>
    all.reduce((total, each) => total + of(each), 0);
  return {
    times: [...times.values()],
    overruns: count(({ overruns }) => overruns),
    signalsDropped: count(({ signalsDropped }) => signalsDropped),
    droppedLogLines: count(({ droppedLogLines }) => droppedLogLines),
  };
}

function sumOfTwo(before: RequestTimesView, next: RequestTimesView): RequestTimesView {
  return {
    ...next,
    run: sumOfTimes(before.run, next.run),
    wait: sumOfTimes(before.wait, next.wait),
    bodyBytes: before.bodyBytes + next.bodyBytes,
  };
}

function sumOfTimes(before: TimesView, next: TimesView): TimesView {
  const seconds = Math.round((before.seconds + next.seconds) * 1e6) / 1e6;
  return { counts: next.counts.map((count, at) => count + (before.counts[at] ?? 0)), seconds };
}
