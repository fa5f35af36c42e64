/** PURE. The tables of `reeve top`: the instances, or the workers of one; and their columns. */
import type { RunningRequest } from '../../protocol/gateway-views.ts';
import { bytes, duration, perSecond } from '../../views/words.ts';
import { requestsOf } from '../../views/slots.ts';
import { barOf } from './bar.ts';
import { jobsInShort } from './head.ts';
import { cell, line, piece, type Line, type Style } from './line.ts';
import type { InstanceLine, WorkerLine } from './look.ts';
import type { instanceOrders, workerOrders } from './state.ts';

interface Column<Row, Order> {
  readonly head: string;
  readonly columns: number;
  readonly side: 'left' | 'right';
  /** The lines can be sorted by it. */
  readonly order?: Order;
  readonly text: (row: Row) => string;
}

type InstanceOrder = (typeof instanceOrders)[number];
type WorkerOrder = (typeof workerOrders)[number];

const right = { side: 'right' } as const;
const left = { side: 'left' } as const;
const BAR_COLUMNS = 8;

/** 23 columns of 80 are left for what a worker runs. */
const workerColumns: readonly Column<WorkerLine, WorkerOrder>[] = [
  { head: 'WORKER', columns: 6, ...right, order: 'number', text: nameOf },
  { head: 'PID', columns: 7, ...right, text: ({ worker }) => String(worker.pid ?? '-') },
  { head: 'SLOTS', columns: BAR_COLUMNS, ...left, text: ({ slots }) => barOf(slots, BAR_COLUMNS) },
  { head: 'REQ/S', columns: 5, ...right, order: 'rate', text: (row) => perSecond(row.perSecond) },
  { head: 'MEMORY', columns: 9, ...right, order: 'memory', text: (row) => bytes(row.memoryBytes) },
  {
    head: 'RESTARTS',
    columns: 8,
    ...right,
    order: 'restarts',
    text: (row) => String(row.restarts),
  },
  { head: 'FOR', columns: 7, ...right, order: 'time', text: runsFor },
];

/** The columns in front of what a worker runs. */
const BEFORE_RUNS = workerColumns.reduce((sum, { columns }) => sum + columns + 1, -1);

const instanceColumns: readonly Column<InstanceLine, InstanceOrder>[] = [
  { head: 'INSTANCE', columns: 12, ...left, order: 'name', text: ({ name }) => name },
  { head: 'REQ/S', columns: 5, ...right, order: 'rate', text: rateOf },
  { head: 'P50', columns: 6, ...right, text: ({ rates }) => duration(rates?.p50 ?? null) },
  {
    head: 'P95',
    columns: 6,
    ...right,
    order: 'p95',
    text: (row) => duration(row.rates?.p95 ?? null),
  },
  { head: 'QUEUE', columns: 5, ...right, order: 'queue', text: queueOf },
  { head: 'SLOTS', columns: 14, ...left, order: 'busy', text: slotsOf },
  { head: 'MEMORY', columns: 9, ...right, order: 'memory', text: (row) => bytes(row.memoryBytes) },
  { head: 'RESTARTS', columns: 8, ...right, text: ({ restarts }) => String(restarts) },
  { head: 'JOBS', columns: 4, ...right, text: ({ status }) => jobsInShort(status) },
];

export function instancesHead(order: InstanceOrder): Line {
  return headOf(instanceColumns, order, '');
}

/** A line; below it what is wrong with the instance. */
export function instanceRows(instance: InstanceLine): readonly Line[] {
  const trouble = troubleOf(instance);
  const below = trouble === '' ? [] : [line(piece(`  ${trouble}`, 'bad'))];
  return [rowOf(instanceColumns, instance, '', 'plain'), ...below];
}

/** '' where there is none. */
function troubleOf({ status, silentFor }: InstanceLine): string {
  if (silentFor > 0) return `no answer for ${silentFor} s`;
  const { phase, ready } = status;
  if (ready === undefined) return phase === 'serving' ? '' : phase;
  return ready.isReady ? '' : `not ready: ${ready.reason}`;
}

export function workersHead(order: WorkerOrder): Line {
  return headOf(workerColumns, order, 'RUNS');
}

/** A line, with the request that has run longest; below it those of its other slots. */
export function workerRows(worker: WorkerLine): readonly Line[] {
  const { worker: view, role } = worker;
  const [oldest, ...others] = requestsOf(worker);
  const state = view.state === 'up' ? (role === 'serving' ? '' : role) : view.state;
  const words = [oldest === undefined ? '' : inWords(oldest), state].filter(Boolean).join(', ');
  return [
    rowOf(workerColumns, worker, words, styleOf(oldest)),
    ...others.map((request) => {
      const seconds = cell(duration(request.seconds), BEFORE_RUNS, 'right');
      return line(`${seconds} `, piece(inWords(request), styleOf(request)));
    }),
  ];
}

function headOf<Row, Order>(
  columns: readonly Column<Row, Order>[],
  order: Order,
  last: string,
): Line {
  const cells = columns.map((column) => {
    const isOrder = column.order === order;
    return piece(cell(column.head, column.columns, column.side), isOrder ? 'sorted' : 'head');
  });
  const spaced = cells.flatMap((each) => [each, piece(' ', 'head')]);
  return line(...spaced, piece(last, 'head'));
}

function rowOf<Row, Order>(
  columns: readonly Column<Row, Order>[],
  row: Row,
  last: string,
  style: Style,
): Line {
  const cells = columns.map((column) => cell(column.text(row), column.columns, column.side));
  return line(`${cells.join(' ')} `, piece(last, style));
}

function nameOf({ generation, worker }: WorkerLine): string {
  return `${generation}.${worker.slot}`;
}

function runsFor(worker: WorkerLine): string {
  return worker.runsFor === 0 ? '' : duration(worker.runsFor);
}

/** Without its query, which may hold what is secret. */
function inWords({ method, uri, heldByClient }: RunningRequest): string {
  const [path = ''] = uri.split('?');
  return `${method} ${path}${heldByClient ? ' (waits for its client)' : ''}`;
}

function styleOf(request: RunningRequest | undefined): Style {
  return request?.heldByClient === true ? 'warn' : 'plain';
}

function rateOf({ rates }: InstanceLine): string {
  return perSecond(rates?.requestsPerSecond);
}

function queueOf({ status }: InstanceLine): string {
  return String(status.queue?.queued ?? '-');
}

function slotsOf({ workers, busy, slots }: InstanceLine): string {
  const bar = barOf(
    workers.flatMap((worker) => worker.slots),
    BAR_COLUMNS,
  );
  return `${bar} ${busy}/${slots}`;
}
