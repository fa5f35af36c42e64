/** PURE. The snapshot as the metrics that uWSGI collects: for stats, and as lines for statsd. */
import type {
  GenerationView,
  MetricView,
  WholeSnapshot,
  WorkerView,
} from '../../protocol/snapshot.ts';

export interface Measure {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly value: number;
}

/** As uWSGI's stats have them; the numbers of SNMP are uWSGI's too. */
export interface CollectedMetric extends Omit<MetricView, 'type'> {
  readonly type: MetricView['type'] | 'alias';
}

/** The last number of each, of a worker and of a core. */
const ofWorker: Readonly<Record<string, number>> = {
  ...{ requests: 1, delta_requests: 2, failed_requests: 13, respawns: 14, avg_response_time: 8 },
  ...{ total_tx: 9, rss_size: 11, vsz_size: 12, running_time: 13 },
};
const ofCore: Readonly<Record<string, number>> = {
  ...{ requests: 1, write_errors: 3, routed_requests: 4, static_requests: 5 },
  ...{ offloaded_requests: 6, exceptions: 7, read_errors: 8 },
};
const ofAll: Readonly<Record<string, number>> = {
  ...{ routed_signals: 1, unrouted_signals: 2, busy_workers: 3, idle_workers: 4, overloaded: 5 },
  ...{
    total_tx: 100,
    total_rss: 101,
    total_vsz: 102,
    avg_response_time: 103,
    total_running_time: 104,
  },
};

/** What uWSGI shows beside the metrics of the configuration, where there are any. */
export function collectedMetrics(snapshot: WholeSnapshot): readonly CollectedMetric[] {
  const all = [...collectedMeasures(snapshot), ...withoutFigures(snapshot)];
  const measures = all.map(({ name, type, value }) => {
    const isDelta = name.endsWith('.delta_requests');
    return { name, type: isDelta ? ('absolute' as const) : type, oid: oidOf(name), value };
  });
  const valueOf = (of: string) => measures.find(({ name }) => name === of)?.value ?? 0;
  const aliases = ['rss', 'vsz'].map((each) => {
    const of = `core.total_${each}`;
    return { name: `${each}_size`, type: 'alias' as const, oid: oidOf(of), value: valueOf(of) };
  });
  return [...measures, ...aliases];
}

/** What uWSGI shows and Reeve does not count; of worker 0, uWSGI counts requests alone. */
function withoutFigures(snapshot: WholeSnapshot): readonly Measure[] {
  const ofMaster = Object.keys(ofWorker).filter((name) => name !== 'requests');
  const ofCores = Object.keys(ofCore).filter((name) => name !== 'requests');
  const names = [
    'core.overloaded',
    ...ofMaster.map((name) => `worker.0.${name}`),
    ...workersOf(snapshot).flatMap(([{ threads = 1 }, { slot }]) =>
      Array.from({ length: threads }, (_, thread) =>
        ofCores.map((name) => `worker.${slot}.core.${thread}.${name}`),
      ).flat(),
    ),
  ];
  return names.map((name) => (isGauge(name) ? gauge(name, 0) : counter(name, 0)));
}

function isGauge(name: string): boolean {
  return /\.(?:avg_response_time|rss_size|vsz_size)$/.test(name);
}

function oidOf(name: string): string {
  const [kind, number, last = '', core = '', field = ''] = name.split('.');
  if (kind === 'core') return `5.${ofAll[number ?? ''] ?? 0}`;
  if (kind === 'socket') return `7.${number}.1`;
  if (last === 'core') return `3.${number}.2.${core}.${ofCore[field] ?? 0}`;
  return `3.${number}.${ofWorker[last] ?? 0}`;
}

/** With those of the configuration. */
export function measuresOf(snapshot: WholeSnapshot): readonly Measure[] {
  return [
    ...collectedMeasures(snapshot),
    // An absolute value is one that may fall.
    ...snapshot.shared.metrics.map(({ name, type, value }) =>
      type === 'counter' ? counter(name, value) : gauge(name, value),
    ),
  ];
}

function collectedMeasures(snapshot: WholeSnapshot): readonly Measure[] {
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
  ];
}

/** By their numbers; each number once. */
export function workersOf({ generations }: WholeSnapshot): readonly [GenerationView, WorkerView][] {
  const shown = new Map<number, [GenerationView, WorkerView]>();
  const first = generations.find(({ role }) => role === 'serving') ?? generations[0];
  for (const generation of generations) {
    if (generation !== first && generation.role === 'leaving') continue;
    for (const worker of generation.workers) {
      if (generation === first || worker.isServing === true) {
        shown.set(worker.slot, [generation, worker]);
      }
    }
  }
  return [...shown].sort(([a], [b]) => a - b).map(([, entry]) => entry);
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
