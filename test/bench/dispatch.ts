/**
 * What it costs to choose the slot for a request, from 4 to 512 slots and with up to 10 000
 * requests that wait; and what it costs while workers come up, requests are taken back, workers are
 * replaced, or clients go. No sockets and no processes: the dispatcher alone. Each step ends a
 * request that runs, submits another, and gives out what may be given; the middle of the rounds
 * counts.
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
  /** What else happens in a step. */
  readonly event?: Event;
}

/**
 * comes up: as many workers as serve are connected, and do not serve yet. taken back: what was sent
 * ahead to one slot. replaced: every eighth time a worker, by one that has answered nothing. gone:
 * the client of a request that waits.
 */
type Event = 'comes up' | 'taken back' | 'replaced' | 'gone';

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
  long('long, all slots', 0),
  ...[100, 10_000].map((waiting) => long(`long, ${waiting} wait`, waiting)),
  ...[100, 10_000].map((waiting) => short(`short, ${waiting} wait`, waiting)),
  { ...long('long, as many workers come up', 0), event: 'comes up' },
  { ...short('short, some are taken back', 100), event: 'taken back' },
  { ...short('short, taken back, 10000 wait', 10_000), event: 'taken back' },
  { ...long('long, workers are replaced', 0), event: 'replaced' },
  { ...long('long, 100 wait, clients go', 100), event: 'gone' },
  { ...long('long, 10000 wait, clients go', 10_000), event: 'gone' },
];

/** All slots run a long request, and so many wait. */
function long(name: string, waiting: number): Kind {
  return { name, aheadMax: 0, fillsThread: false, requests: (_, slots) => slots + waiting };
}

/** All slots run short requests and have been sent as many as they may, and so many wait. */
function short(name: string, waiting: number): Kind {
  return { name, aheadMax: 8, fillsThread: true, requests: (_, slots) => 9 * slots + waiting };
}

const shapes = [
  { workers: 1, threads: 4 },
  { workers: 4, threads: 4 },
  { workers: 8, threads: 8 },
  { workers: 32, threads: 8 },
  { workers: 64, threads: 8 },
] as const;
type Shape = (typeof shapes)[number];

type Slot = DispatchSlot<Job>;

/** One run of a kind: the dispatcher and its slots. */
class Run {
  readonly #kind: Kind;
  readonly #threads: number;
  readonly #dispatcher: Dispatcher<Job, Slot>;
  /** The slots of each worker. */
  readonly #crews: Slot[][] = [];
  /** Those that run a request, in the order in which they end it. */
  readonly #running: Slot[] = [];
  /** Some of those are no more. */
  readonly #gone = new Set<Slot>();
  readonly #slotCount: number;
  /** The jobs that were submitted last, in a ring. */
  readonly #jobs: Job[] = [];
  #nowMs = 0;
  #steps = 0;

  constructor(kind: Kind, { workers, threads }: Shape) {
    this.#kind = kind;
    this.#threads = threads;
    this.#dispatcher = new Dispatcher({
      queueMax: 0,
      aheadOf: () => kind.aheadMax,
      fillsThread: () => kind.fillsThread,
      runsAlone: () => false,
    });
    for (let number = 0; number < workers; number += 1) this.#crews.push(this.#connect('warm'));
    if (kind.event === 'comes up') {
      for (let number = 0; number < workers; number += 1) this.#connect('new', false);
    }
    this.#slotCount = workers * threads;
    const requests = kind.requests(workers, this.#slotCount);
    for (let count = 0; count < requests; count += 1) this.#submit();
  }

  /** The slot whose turn it is ends its request, and another request comes. */
  step(): void {
    // So that each request runs for a millisecond: it is short.
    this.#nowMs += 1 / this.#slotCount;
    this.#steps += 1;
    let slot = this.#running.shift();
    while (slot !== undefined && this.#gone.delete(slot)) slot = this.#running.shift();
    if (slot !== undefined) {
      this.#dispatcher.shift(slot, this.#nowMs);
      if (slot.pipeline.length > 0) this.#running.push(slot);
    }
    this.#happens();
    this.#giveOut();
    this.#submit();
  }

  #happens(): void {
    const { event } = this.#kind;
    if (event === 'taken back') {
      const slot = this.#running.at(-1);
      if (slot?.pipeline.hasUnclaimed !== true) return;
      const jobs = this.#dispatcher.takeBack(slot, slot.pipeline.ahead);
      for (const job of jobs) this.#dispatcher.submitAgain(job);
    } else if (event === 'replaced' && this.#steps % 8 === 0) {
      this.#replace(this.#steps % this.#crews.length);
    } else if (event === 'gone') {
      // One from the middle of those that wait.
      const half = Math.floor((this.#jobs.length - this.#slotCount) / 2);
      const job = this.#jobs[(this.#steps + half) % this.#jobs.length];
      if (job !== undefined && this.#dispatcher.withdraw(job)) this.#submit();
    }
  }

  #connect(warmth: 'warm' | 'new', takesRequests = true): Slot[] {
    const worker: DispatchWorker = {
      takesRequests,
      taken: 0,
      busy: 0,
      begun: 0,
      warmth,
      warmingSinceMs: 0,
    };
    return Array.from({ length: this.#threads }, () => {
      const slot = { worker, pipeline: new Pipeline<Job>(), takesAhead: true };
      this.#dispatcher.add(slot);
      return slot;
    });
  }

  /** What a worker runs is lost with it; as many requests come again. */
  #replace(number: number): void {
    const leaving = this.#crews[number] ?? [];
    for (const slot of leaving) this.#gone.add(slot);
    for (const slot of leaving) this.#dispatcher.withhold(slot);
    const lost = leaving.map((slot) => this.#dispatcher.remove(slot, 0).begun.length);
    this.#crews[number] = this.#connect('new');
    for (const count of lost) for (let each = 0; each < count; each += 1) this.#submit();
  }

  #submit(): void {
    const job = { turn: 0 };
    const ring = this.#kind.event === 'gone' ? this.#kind.requests(0, this.#slotCount) : 0;
    if (this.#jobs.length < ring) this.#jobs.push(job);
    else if (ring > 0) this.#jobs[this.#steps % ring] = job;
    this.#dispatcher.submit(job);
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

// What is measured first would be measured before it is compiled.
for (const kind of kinds) measure(kind, shapes[1]);
const columns = shapes.map(({ workers, threads }) => `${workers * threads} slots`.padStart(10));
process.stdout.write(`${'µs of processor time for a request'.padEnd(36)}${columns.join('')}\n`);
for (const kind of kinds) {
  const row = shapes.map((shape) => measure(kind, shape).toFixed(2).padStart(10));
  process.stdout.write(`${kind.name.padEnd(36)}${row.join('')}\n`);
}
