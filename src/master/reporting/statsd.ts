/** PURE. The snapshot as lines for statsd, by the names of uWSGI's metrics. */
import type { WholeSnapshot, WorkerView } from '../../protocol/snapshot.ts';
import { workersOf } from './uwsgi-stats.ts';

export interface Measure {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly value: number;
}

export function measuresOf(snapshot: WholeSnapshot): readonly Measure[] {
  const shown = workersOf(snapshot);
  const workers = shown.map(([, worker]) => worker);
  const busy = workers.filter(({ running = [] }) => running.length > 0).length;
  const serving = workers.filter(({ pid }) => pid !== null).length;
  const sum = (of: (worker: WorkerView) => number): number =>
    workers.reduce((total, worker) => total + of(worker), 0);
  const requests = sum(({ tally }) => tally?.requests ?? 0);
  const runMicros = sum(({ tally }) => tally?.runMicros ?? 0);
  const { raised = 0, dropped = 0 } = snapshot.jobs.signals ?? {};
  return [
    gauge('core.busy_workers', busy),
    gauge('core.idle_workers', serving - busy),
    gauge('core.avg_response_time', averageOf(workers)),
    counter('core.total_running_time', runMicros),
    counter('core.routed_signals', raised - dropped),
    counter('core.unrouted_signals', dropped),
    // As there, of all workers; its other names are 0.
    counter('worker.0.requests', requests),
    gauge(
      'core.total_rss',
      sum(({ memory }) => memory?.residentBytes ?? 0),
    ),
    gauge(
      'core.total_vsz',
      sum(({ memory }) => memory?.addressSpaceBytes ?? 0),
    ),
    counter(
      'core.total_tx',
      sum(({ tally }) => tally?.sentBytes ?? 0),
    ),
    ...shown.flatMap(([{ threads = 1 }, worker]) => workerMeasures(worker, threads)),
    ...snapshot.listeners.map(({ waiting }, at) =>
      gauge(`socket.${at}.listen_queue`, (waiting ?? 0) + (at === 0 ? queued(snapshot) : 0)),
    ),
    // Those of the option `metric`; an absolute value is one that may fall.
    ...snapshot.shared.metrics.map(({ name, type, value }) =>
      type === 'counter' ? counter(name, value) : gauge(name, value),
    ),
  ];
}

/** Of those that have run something. */
function averageOf(workers: readonly WorkerView[]): number {
  const averages = workers.flatMap(({ tally }) =>
    tally?.averageMicros ? [tally.averageMicros] : [],
  );
  const sum = averages.reduce((total, each) => total + each, 0);
  return averages.length === 0 ? 0 : Math.round(sum / averages.length);
}

/** As in stats: those that wait for a worker have left the kernel's queue. */
function queued({ queue }: WholeSnapshot): number {
  return queue.queued ?? 0;
}

function workerMeasures(
  { slot, tally, memory, requests, starts = 0 }: WorkerView,
  threads: number,
): readonly Measure[] {
  const at = `worker.${slot}`;
  return [
    counter(`${at}.requests`, tally?.requests ?? 0),
    counter(`${at}.failed_requests`, tally?.failures ?? 0),
    counter(`${at}.respawns`, starts),
    counter(`${at}.total_tx`, tally?.sentBytes ?? 0),
    gauge(`${at}.avg_response_time`, tally?.averageMicros ?? 0),
    counter(`${at}.running_time`, tally?.runMicros ?? 0),
    counter(`${at}.delta_requests`, requests ?? 0),
    gauge(`${at}.rss_size`, memory?.residentBytes ?? 0),
    gauge(`${at}.vsz_size`, memory?.addressSpaceBytes ?? 0),
    ...Array.from({ length: threads }, (_, thread) =>
      counter(`${at}.core.${thread}.requests`, tally?.threads[thread] ?? 0),
    ),
  ];
}

function counter(name: string, value: number): Measure {
  return { name, type: 'counter', value };
}

function gauge(name: string, value: number): Measure {
  return { name, type: 'gauge', value };
}

/** What was pushed last of each counter: statsd adds up what it is sent. */
export class CounterSteps {
  readonly #last = new Map<string, number>();

  /** Lines `PREFIX.NAME:VALUE|c`; a counter that has not grown has none, but for the first time. */
  linesOf(measures: readonly Measure[], prefix: string): readonly string[] {
    return measures.flatMap(({ name, type, value }) => {
      if (type === 'gauge') return [`${prefix}.${name}:${value}|g`];
      const isFirst = !this.#last.has(name);
      const before = this.#last.get(name) ?? 0;
      this.#last.set(name, value);
      // A new generation counts from 0.
      const step = value >= before ? value - before : value;
      return step === 0 && !isFirst ? [] : [`${prefix}.${name}:${step}|c`];
    });
  }
}
