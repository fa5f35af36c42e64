/** PURE. The snapshot as lines for statsd, by the names of uWSGI's metrics. */
import type { WholeSnapshot, WorkerView } from '../../protocol/snapshot.ts';
import { workersOf } from './uwsgi-stats.ts';

export interface Measure {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly value: number;
}

export function measuresOf(snapshot: WholeSnapshot): readonly Measure[] {
  const workers = workersOf(snapshot).map(([, worker]) => worker);
  const busy = workers.filter(({ running = [] }) => running.length > 0).length;
  const serving = workers.filter(({ pid }) => pid !== null).length;
  const sum = (of: (worker: WorkerView) => number): number =>
    workers.reduce((total, worker) => total + of(worker), 0);
  return [
    gauge('core.busy_workers', busy),
    gauge('core.idle_workers', serving - busy),
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
    ...workers.flatMap(workerMeasures),
    ...snapshot.listeners.map(({ waiting }, at) =>
      gauge(`socket.${at}.listen_queue`, (waiting ?? 0) + (at === 0 ? queued(snapshot) : 0)),
    ),
  ];
}

/** As in stats: those that wait for a worker have left the kernel's queue. */
function queued({ queue }: WholeSnapshot): number {
  return queue.queued ?? 0;
}

function workerMeasures({ slot, tally, memory, starts = 0 }: WorkerView): readonly Measure[] {
  const at = `worker.${slot}`;
  return [
    counter(`${at}.requests`, tally?.requests ?? 0),
    counter(`${at}.failed_requests`, tally?.failures ?? 0),
    counter(`${at}.respawns`, starts),
    counter(`${at}.total_tx`, tally?.sentBytes ?? 0),
    gauge(`${at}.avg_response_time`, tally?.averageMicros ?? 0),
    gauge(`${at}.running_time`, tally?.runMicros ?? 0),
    gauge(`${at}.rss_size`, memory?.residentBytes ?? 0),
    gauge(`${at}.vsz_size`, memory?.addressSpaceBytes ?? 0),
    ...(tally?.threads ?? []).map((requests, thread) =>
      counter(`${at}.core.${thread}.requests`, requests),
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

  /** Returns the lines `PREFIX.NAME:VALUE|c`; a counter that has not grown has none. */
  linesOf(measures: readonly Measure[], prefix: string): readonly string[] {
    return measures.flatMap(({ name, type, value }) => {
      if (type === 'gauge') return [`${prefix}.${name}:${value}|g`];
      const before = this.#last.get(name) ?? 0;
      this.#last.set(name, value);
      // A new generation counts from 0.
      const step = value >= before ? value - before : value;
      return step === 0 ? [] : [`${prefix}.${name}:${step}|c`];
    });
  }
}
