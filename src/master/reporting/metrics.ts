/** PURE. The snapshot as metrics, named by the conventions of Prometheus. */
import type { MemoryShares } from '../../processes/memory-shares.ts';
import { TIME_BOUNDS_SECONDS, type RequestTimesView } from '../../protocol/gateway-views.ts';
import type { WholeSnapshot, WorkerView } from '../../protocol/snapshot.ts';
import { counter, gauge, one, type Family, type Sample } from './exposition.ts';
import { jobFamilies } from './job-metrics.ts';

/** What a snapshot does not have. */
export interface MetricsFacts {
  readonly name: string;
  readonly version: string;
  /** Of a worker's process; undefined where it is not known. */
  readonly shares: (pid: number) => MemoryShares | undefined;
}

export function metricsOf(snapshot: WholeSnapshot, facts: MetricsFacts): readonly Family[] {
  const { name, version } = facts;
  return [
    {
      type: 'info',
      name: 'reeve',
      help: 'What runs: the name of the instance, and the version of Reeve.',
      samples: [{ labels: { instance_name: name, version }, value: 1 }],
    },
    gauge('reeve_ready', 'Whether clients may be sent here: what /readyz answers.', [
      one(snapshot.ready.isReady ? 1 : 0),
    ]),
    ...requestFamilies(snapshot),
    ...slotFamilies(snapshot),
    ...workerFamilies(snapshot, facts),
    ...gatewayFamilies(snapshot),
    ...lifeFamilies(snapshot),
    ...jobFamilies(snapshot),
  ];
}

/** Nothing where it is not known. */
function known(value: number | null, labels: Sample['labels'] = {}): readonly Sample[] {
  return value === null ? [] : [one(value, labels)];
}

function requestFamilies({ totals, queue }: WholeSnapshot): readonly Family[] {
  const { times } = totals;
  const labelsOf = ({ mount, route, status }: RequestTimesView) => ({ mount, route, status });
  const all = (counts: readonly number[]): number => counts.reduce((sum, each) => sum + each, 0);
  const samples = (of: 'run' | 'wait') =>
    times.map((each) => ({
      labels: labelsOf(each),
      counts: each[of].counts,
      sum: each[of].seconds,
    }));
  const bounds = TIME_BOUNDS_SECONDS;
  return [
    counter(
      'reeve_requests',
      'Requests that were answered, by class of status; 4xx has those whose client has gone.',
      times.map((each) => one(all(each.run.counts), labelsOf(each))),
    ),
    {
      type: 'histogram',
      name: 'reeve_request_duration_seconds',
      help: 'How long requests ran in a worker, or were here where none was asked.',
      bounds,
      samples: samples('run'),
    },
    {
      type: 'histogram',
      name: 'reeve_queue_wait_seconds',
      help: 'How long requests waited for a worker.',
      bounds,
      samples: samples('wait'),
    },
    counter(
      'reeve_response_body_bytes',
      'Bytes of the bodies of responses.',
      times.map((each) => one(each.bodyBytes, labelsOf(each))),
    ),
    gauge('reeve_queue_length', 'Requests that wait for a worker.', known(queue.queued)),
    gauge(
      'reeve_queue_oldest_seconds',
      'How long the oldest of them has waited.',
      known(queue.oldestMs === null ? null : queue.oldestMs / 1000),
    ),
    counter('reeve_harakiri', 'Requests that ran longer than harakiri allows.', [
      one(totals.overruns),
    ]),
    counter('reeve_access_log_dropped_lines', 'Lines that could not be written.', [
      one(totals.droppedLogLines),
    ]),
  ];
}

/** A slot is a thread of a worker that is given requests. */
function slotFamilies({ generations }: WholeSnapshot): readonly Family[] {
  const serving = generations.flatMap(({ workers, threads }) =>
    workers.filter(({ isServing }) => isServing === true).map((worker) => ({ worker, threads })),
  );
  const busy = serving.reduce((sum, { worker }) => sum + (worker.running?.length ?? 0), 0);
  const count = serving.reduce((sum, { threads = 1 }) => sum + threads, 0);
  return [
    gauge('reeve_slots', 'Threads of workers that are given requests, by what they do.', [
      one(busy, { state: 'busy' }),
      one(Math.max(count - busy, 0), { state: 'idle' }),
    ]),
  ];
}

function workerFamilies(snapshot: WholeSnapshot, { shares }: MetricsFacts): readonly Family[] {
  const { generations } = snapshot;
  const workers = generations.flatMap(({ number, workers: all }) =>
    all.map((worker) => ({ worker, at: { generation: String(number), worker: `${worker.slot}` } })),
  );
  const states = new Map<string, number>();
  for (const { worker } of workers) states.set(worker.state, (states.get(worker.state) ?? 0) + 1);
  return [
    gauge(
      'reeve_workers',
      'Workers, by state: starting, up, draining, killed, down.',
      [...states].map(([state, count]) => one(count, { state })),
    ),
    gauge(
      'reeve_worker_memory_bytes',
      'Memory of workers: resident, private (of no other process too), proportional (shared ' +
        'pages by their share), address_space; charged is what its control group is charged.',
      workers.flatMap(({ worker, at }) => memorySamples(worker, at, shares)),
    ),
    counter(
      'reeve_worker_requests',
      'Requests that the workers of a place have ended, in this generation.',
      workers.flatMap(({ worker, at }) => known(worker.tally?.requests ?? null, at)),
    ),
    counter(
      'reeve_worker_run_seconds',
      'For how long they ran, all together.',
      workers.flatMap(({ worker: { tally }, at }) =>
        tally ? [one(tally.runMicros / 1e6, at)] : [],
      ),
    ),
  ];
}

function memorySamples(
  { pid, memory, chargedBytes }: WorkerView,
  at: Readonly<Record<string, string>>,
  shares: MetricsFacts['shares'],
): readonly Sample[] {
  const share = pid === null ? undefined : shares(pid);
  return [
    ...known(memory?.residentBytes ?? null, { ...at, kind: 'resident' }),
    ...known(memory?.addressSpaceBytes ?? null, { ...at, kind: 'address_space' }),
    ...known(share?.privateBytes ?? null, { ...at, kind: 'private' }),
    ...known(share?.proportionalBytes ?? null, { ...at, kind: 'proportional' }),
    ...known(chargedBytes ?? null, { ...at, kind: 'charged' }),
  ];
}

function gatewayFamilies({ gateways, listeners }: WholeSnapshot): readonly Family[] {
  const at = (epoch: number) => ({ gateway: String(epoch) });
  const spools = gateways.flatMap(({ epoch, spool }) => (spool ? [{ epoch, spool }] : []));
  return [
    gauge(
      'reeve_connections',
      'Open connections of clients.',
      gateways.flatMap(({ epoch, connections }) => known(connections, at(epoch))),
    ),
    gauge(
      'reeve_spool_bytes',
      'What waits in files: bodies for workers, responses for clients.',
      spools.map(({ epoch, spool }) => one(spool.bytes, at(epoch))),
    ),
    gauge(
      'reeve_spool_limit_bytes',
      'How much may wait there.',
      spools.map(({ epoch, spool }) => one(spool.limitBytes, at(epoch))),
    ),
    gauge(
      'reeve_quarantined_requests',
      'Kinds of requests that have killed workers, and run one at a time.',
      gateways.flatMap(({ epoch, quarantine }) => known(quarantine?.length ?? null, at(epoch))),
    ),
    gauge(
      'reeve_listener_waiting_clients',
      'Clients that the kernel keeps until the gateway accepts them.',
      listeners.flatMap(({ address, waiting }) => known(waiting, { address })),
    ),
    gauge(
      'reeve_listener_backlog',
      'How many may wait so.',
      listeners.flatMap(({ address, backlog }) => known(backlog, { address })),
    ),
  ];
}

function lifeFamilies({ totals, reloads }: WholeSnapshot): readonly Family[] {
  const { started: _started, ...outcomes } = totals.reloads;
  const last = reloads.findLast(({ outcome }) => outcome !== 'started');
  return [
    counter('reeve_worker_starts', 'Processes of workers that were started.', [
      one(totals.workerStarts),
    ]),
    counter('reeve_worker_deaths', 'Workers that ended, and nobody had asked them to.', [
      one(totals.workerDeaths),
    ]),
    counter('reeve_gateway_starts', 'Gateways that were started; a reload may need a new one.', [
      one(totals.gatewayStarts),
    ]),
    counter(
      'reeve_reloads',
      'Reloads, by their outcome.',
      Object.entries(outcomes).map(([outcome, count]) => one(count, { outcome })),
    ),
    gauge(
      'reeve_last_reload_successful',
      'Whether the last reload succeeded; absent before the first.',
      last === undefined ? [] : [one(last.outcome === 'reloaded' ? 1 : 0)],
    ),
    gauge(
      'reeve_last_reload_timestamp_seconds',
      'When its outcome was known; absent before the first.',
      last === undefined ? [] : [one(last.atMs / 1000)],
    ),
  ];
}
