/**
 * PURE. What a person who watches has chosen: the view, the order, a line; and what the keys
 * change. Some ask for what only the command can do.
 */
import type { Key } from './keys.ts';
import type { InstanceLine, WorkerLine } from './look.ts';

export type Table = 'instances' | 'workers';

/** What lines are sorted by: names and numbers upwards, all else the largest first. */
export const workerOrders = ['number', 'rate', 'memory', 'restarts', 'time'] as const;
export const instanceOrders = ['name', 'rate', 'p95', 'queue', 'busy', 'memory'] as const;

export interface TopState {
  readonly table: Table;
  /** A text that is read in place of the table. */
  readonly reads: 'help' | 'stacks' | undefined;
  /** Of the instance that is shown, or chosen. */
  readonly path: string;
  /** Of the worker that is chosen: `generation.slot`; '' for the first. */
  readonly worker: string;
  /** Numbers of orders. */
  readonly orders: Readonly<Record<Table, number>>;
  /** The stacks that are read. */
  readonly text: readonly string[];
  /** How many lines of a text have been scrolled away. */
  readonly scrolled: number;
  /** Asked before a reload: the instance that is meant. */
  readonly question: { readonly path: string; readonly name: string } | undefined;
  /** The outcome of what was asked for last. */
  readonly notice: string;
}

export interface Shown {
  readonly instances: readonly InstanceLine[];
  /** One instance was named: there is no list to go back to. */
  readonly isOne: boolean;
  /** Lines of the table that fit. */
  readonly page: number;
  /** Lines that there are of a text. */
  readonly readable: number;
}

export type Wish =
  | { readonly kind: 'none' | 'quit' | 'suspend' | 'redraw' | 'look' }
  | { readonly kind: 'reload'; readonly path: string }
  /** Of one worker, or of all processes where that is undefined. */
  | { readonly kind: 'stacks'; readonly path: string; readonly worker: WorkerLine | undefined };

export interface Step {
  readonly state: TopState;
  readonly wish: Wish;
}

export const firstState: TopState = {
  table: 'instances',
  reads: undefined,
  path: '',
  worker: '',
  text: [],
  orders: { instances: 0, workers: 0 },
  scrolled: 0,
  question: undefined,
  notice: '',
};

const nothing: Wish = { kind: 'none' };

/** Keys that came together. An answer comes after its question: a pasted text reloads nothing. */
export function afterKeys(before: TopState, keys: readonly Key[], shown: Shown): Step {
  let step: Step = { state: before, wish: nothing };
  for (const key of keys) {
    step = afterKey(step.state, key, shown);
    const isAsking = step.state.question !== undefined && before.question === undefined;
    if (step.wish.kind !== 'none' || isAsking) return step;
  }
  return step;
}

function afterKey(state: TopState, key: Key, shown: Shown): Step {
  const stays = (change: Partial<TopState>, wish: Wish = nothing): Step => {
    return { state: { ...state, ...change }, wish };
  };
  if (key.kind === 'interrupt') return stays({}, { kind: 'quit' });
  if (key.kind === 'suspend') return stays({}, { kind: 'suspend' });
  if (key.kind === 'redraw') return stays({}, { kind: 'redraw' });
  if (state.question !== undefined) {
    const isYes = key.kind === 'letter' && /^y$/i.test(key.letter);
    const { path, name } = state.question;
    if (!isYes) return stays({ question: undefined, notice: `${name} is not reloaded` });
    const notice = `${name}: reloading`;
    return stays({ question: undefined, notice }, { kind: 'reload', path });
  }
  if (key.kind === 'letter') return afterLetter(state, key.letter, shown);
  switch (key.kind) {
    case 'escape':
    case 'left':
      return stays(back(state, shown));
    case 'enter':
    case 'right': {
      const path = chosenInstance(state, shown.instances)?.path;
      if (state.table !== 'instances' || path === undefined) return stays({});
      return stays({ table: 'workers', path, worker: '', notice: '' });
    }
    default:
      return stays(moved(state, stepOf(key.kind, shown.page), shown));
  }
}

function afterLetter(state: TopState, letter: string, shown: Shown): Step {
  const stays = (change: Partial<TopState>, wish: Wish = nothing): Step => {
    return { state: { ...state, ...change }, wish };
  };
  switch (letter) {
    case 'q':
    case 'Q':
      return stays({}, { kind: 'quit' });
    case 'h':
    case '?':
      return stays({ reads: state.reads === 'help' ? undefined : 'help', scrolled: 0, notice: '' });
    case 'o':
    case '>':
      return stays(ordered(state, 1));
    case '<':
      return stays(ordered(state, -1));
    case 'j':
      return stays(moved(state, 1, shown));
    case 'k':
      return stays(moved(state, -1, shown));
    case ' ':
      return stays({ notice: '' }, { kind: 'look' });
    case 's':
    case 'S': {
      const meant = chosenInstance(state, shown.instances);
      if (meant === undefined) return stays({});
      const worker = state.table === 'workers' ? chosenWorker(state, meant) : undefined;
      const reads = { reads: 'stacks', text: ['asking'], scrolled: 0, notice: '' } as const;
      return stays(reads, { kind: 'stacks', path: meant.path, worker });
    }
    case 'r':
    case 'R': {
      const meant = chosenInstance(state, shown.instances);
      if (meant === undefined) return stays({});
      return stays({ question: { path: meant.path, name: meant.name }, notice: '' });
    }
    default:
      return stays({});
  }
}

/** From a text to the table, from the table to the list. */
function back({ reads, table }: TopState, { isOne }: Shown): Partial<TopState> {
  if (reads !== undefined) return { reads: undefined };
  return { table: isOne ? table : 'instances' };
}

function ordered({ reads, table, orders }: TopState, step: number): Partial<TopState> {
  if (reads !== undefined) return {};
  const count = (table === 'instances' ? instanceOrders : workerOrders).length;
  return { orders: { ...orders, [table]: (orders[table] + step + count) % count } };
}

function stepOf(kind: Exclude<Key['kind'], 'letter'>, page: number): number {
  switch (kind) {
    case 'up':
      return -1;
    case 'down':
      return 1;
    case 'page-up':
      return -page;
    case 'page-down':
      return page;
    case 'home':
      return -Infinity;
    case 'end':
      return Infinity;
    default:
      return 0;
  }
}

function moved(
  state: TopState,
  step: number,
  { instances, page, readable }: Shown,
): Partial<TopState> {
  const { reads, table, scrolled } = state;
  if (reads !== undefined) {
    return { scrolled: within(scrolled + step, Math.max(readable - page + 1, 1)) };
  }
  if (table === 'instances') {
    const all = sortedInstances(state, instances);
    const at = all.findIndex(({ path }) => path === state.path);
    return { path: all[within(Math.max(at, 0) + step, all.length)]?.path ?? '' };
  }
  const all = sortedWorkers(state, chosenInstance(state, instances)?.workers ?? []);
  const at = all.findIndex((each) => keyOf(each) === state.worker);
  const next = all[within(Math.max(at, 0) + step, all.length)];
  return { worker: next === undefined ? '' : keyOf(next) };
}

function within(at: number, count: number): number {
  return Math.min(Math.max(at, 0), Math.max(count - 1, 0));
}

export function keyOf({ generation, worker }: WorkerLine): string {
  return `${generation}.${worker.slot}`;
}

/** The one that is shown or chosen; the first, where none was. */
export function chosenInstance(
  state: TopState,
  instances: readonly InstanceLine[],
): InstanceLine | undefined {
  const chosen = instances.find(({ path }) => path === state.path);
  return chosen ?? (state.table === 'instances' ? sortedInstances(state, instances)[0] : undefined);
}

/** The first, where none was chosen, or that one has gone. */
export function chosenWorker(state: TopState, { workers }: InstanceLine): WorkerLine | undefined {
  const sorted = sortedWorkers(state, workers);
  return sorted.find((each) => keyOf(each) === state.worker) ?? sorted[0];
}

export function sortedInstances(
  { orders }: TopState,
  instances: readonly InstanceLine[],
): readonly InstanceLine[] {
  const order = instanceOrders[orders.instances] ?? 'name';
  const byName = (first: InstanceLine, second: InstanceLine): number =>
    first.name < second.name ? -1 : first.name > second.name ? 1 : 0;
  if (order === 'name') return instances.toSorted(byName);
  const figure = {
    rate: ({ rates }) => rates?.requestsPerSecond ?? 0,
    p95: ({ rates }) => rates?.p95 ?? 0,
    queue: ({ status }) => status.queue?.queued ?? 0,
    busy: ({ busy, slots }) => (slots === 0 ? 0 : busy / slots),
    memory: ({ memoryBytes }) => memoryBytes ?? 0,
  } satisfies Record<string, (line: InstanceLine) => number>;
  return instances.toSorted((first, second) => {
    return compare(figure[order](second), figure[order](first)) || byName(first, second);
  });
}

export function sortedWorkers(
  { orders }: TopState,
  workers: readonly WorkerLine[],
): readonly WorkerLine[] {
  const order = workerOrders[orders.workers] ?? 'number';
  const byNumber = (first: WorkerLine, second: WorkerLine): number =>
    first.generation - second.generation || first.worker.slot - second.worker.slot;
  if (order === 'number') return workers.toSorted(byNumber);
  const figure = {
    rate: ({ perSecond }) => perSecond ?? 0,
    memory: ({ memoryBytes }) => memoryBytes ?? 0,
    restarts: ({ restarts }) => restarts,
    time: ({ runsFor }) => runsFor,
  } satisfies Record<string, (line: WorkerLine) => number>;
  return workers.toSorted((first, second) => {
    return compare(figure[order](second), figure[order](first)) || byNumber(first, second);
  });
}

/** Infinity less Infinity is no number. */
function compare(first: number, second: number): number {
  return first < second ? -1 : first > second ? 1 : 0;
}
