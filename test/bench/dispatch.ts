/**
 * What it costs to choose the slot for a request, from 4 to 512 slots and with up to 10 000
 * requests that wait. No sockets and no processes: the dispatcher alone. Each step ends a request
 * that runs, submits another, and gives out what may be given; the middle of the rounds counts.
 *
 * `dispatch.ts [steps] [rounds]`: how many steps a round has (default 20 000), how many rounds (5).
 */
import { Dispatcher } from '../../src/gateway/dispatch/dispatcher.ts';
import type { DispatchSlot, DispatchWorker } from '../../src/gateway/dispatch/dispatcher.ts';
import { Pipeline } from '../../src/gateway/dispatch/pipeline.ts';

const [steps = '20000', rounds = '5'] = process.argv.slice(2);

interface Job {
  turn: number;
}

/** How the requests of a run are, and how many there are at once. */
interface Kind {
  readonly name: string;
  /** How many may be sent ahead to one slot; 0: they are not short. */
  readonly aheadMax: number;
  /** They only compute. */
  readonly fillsThread: boolean;
  /** Requests that run or wait, of so many workers and slots. */
  readonly requests: (workers: number, slots: number) => number;
}

const kinds: readonly Kind[] = [
  { name: 'one at a time', aheadMax: 8, fillsThread: true, requests: () => 1 },
  {
    name: 'long, half of the slots',
    aheadMax: 0,
    fillsThread: false,
    requests: (_, slots) => slots / 2,
  },
  {
    name: 'short, a thread of each worker',
    aheadMax: 8,
    fillsThread: true,
    requests: (workers) => workers,
  },
  {
    name: 'short, more than threads',
    aheadMax: 8,
    fillsThread: true,
    requests: (_, slots) => 2 * slots,
  },
  { name: 'long, all slots', aheadMax: 0, fillsThread: false, requests: (_, slots) => slots },
  ...[100, 10_000].map((waiting) => ({
    name: `long, ${waiting} wait`,
    aheadMax: 0,
    fillsThread: false,
    requests: (_: number, slots: number) => slots + waiting,
  })),
  ...[100, 10_000].map((waiting) => ({
    name: `short, ${waiting} wait`,
    aheadMax: 8,
    fillsThread: true,
    requests: (_: number, slots: number) => 9 * slots + waiting,
  })),
];

const shapes = [
  { workers: 1, threads: 4 },
  { workers: 4, threads: 4 },
  { workers: 8, threads: 8 },
  { workers: 32, threads: 8 },
  { workers: 64, threads: 8 },
] as const;
type Shape = (typeof shapes)[number];

/** One run of a kind: the dispatcher and its slots. */
class Run {
  readonly #dispatcher: Dispatcher<Job, DispatchSlot<Job>>;
  readonly #slots: DispatchSlot<Job>[] = [];
  /** Those that run a request, in the order in which they end it. */
  readonly #running: DispatchSlot<Job>[] = [];
  #nowMs = 0;

  constructor(kind: Kind, { workers, threads }: Shape) {
    this.#dispatcher = new Dispatcher({
      queueMax: 0,
      aheadOf: () => kind.aheadMax,
      fillsThread: () => kind.fillsThread,
    });
    for (let number = 0; number < workers; number += 1) {
      const worker: DispatchWorker = {
        takesRequests: true,
        taken: 0,
        busy: 0,
        begun: 0,
        warmth: 'warm',
        warmingSinceMs: 0,
      };
      for (let thread = 0; thread < threads; thread += 1) {
        const slot = { worker, pipeline: new Pipeline<Job>(), takesAhead: true };
        this.#slots.push(slot);
        this.#dispatcher.add(slot);
      }
    }
    const requests = kind.requests(workers, this.#slots.length);
    for (let count = 0; count < requests; count += 1) this.#submit();
  }

  /** The slot whose turn it is ends its request, and another request comes. */
  step(): void {
    const slots = this.#slots;
    // So that each request runs for a millisecond: it is short.
    this.#nowMs += 1 / slots.length;
    const slot = this.#running.shift();
    if (slot !== undefined) {
      this.#dispatcher.shift(slot, this.#nowMs);
      if (slot.pipeline.length > 0) this.#running.push(slot);
    }
    this.#giveOut();
    this.#submit();
  }

  #submit(): void {
    this.#dispatcher.submit({ turn: 0 });
    this.#giveOut();
    // As for each request: it is logged how many waited before it.
    if (this.#dispatcher.waiting < 0) throw new Error('fewer than none wait');
  }

  #giveOut(): void {
    for (;;) {
      const assignment = this.#dispatcher.next(this.#nowMs);
      if (assignment === undefined) return;
      if (assignment.how === 'to-idle') this.#running.push(assignment.slot);
    }
  }
}

/** Microseconds for a step. */
function measure(kind: Kind, shape: Shape): number {
  const all = Array.from({ length: Number(rounds) }, () => {
    const run = new Run(kind, shape);
    for (let step = 0; step < 1000; step += 1) run.step();
    const before = process.cpuUsage();
    for (let step = 0; step < Number(steps); step += 1) run.step();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / Number(steps);
  });
  return all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)] ?? NaN;
}

const columns = shapes.map(({ workers, threads }) => `${workers * threads} slots`.padStart(10));
process.stdout.write(`${'µs of processor time for a request'.padEnd(36)}${columns.join('')}\n`);
for (const kind of kinds) {
  const row = shapes.map((shape) => measure(kind, shape).toFixed(2).padStart(10));
  process.stdout.write(`${kind.name.padEnd(36)}${row.join('')}\n`);
}
