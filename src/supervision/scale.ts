/**
 * How many workers the generation that serves has, and in which slots. New ones are forked from its
 * spawner; those that are too many finish what they run, however long that takes, and leave. A
 * reload goes back to what the configuration says.
 */
import { isAlive } from './lives/child-lifecycle.ts';
import { moveWorker } from './children.ts';
import { say, type Draft, type SlotOf } from './events.ts';
import { coming, newWorker, serving, type Fleet, type Gateway, type Generation } from './fleet.ts';
import { surplusOf, tendRetirement } from './retirement.ts';
import { scaled, type Load } from './scaling/cheaper.ts';

type LoadReport = Load & { readonly idle: readonly SlotOf[] };

/** Why it cannot be done now; undefined where it can. */
export function scaleRefusal(fleet: Fleet): string | undefined {
  if (fleet.phase !== 'serving') return `it is ${fleet.phase}`;
  const generation = serving(fleet);
  if (coming(fleet) !== undefined || generation === undefined) return 'a reload is under way';
  if (generation.application === 'absent') return 'there is no application to run';
  if (generation.plan.workers === 0) return 'it serves only files and has no workers';
  return undefined;
}

export function scale(draft: Draft, workers: number): void {
  const { fleet } = draft;
  const generation = serving(fleet);
  if (generation === undefined || scaleRefusal(fleet) !== undefined || workers < 1) return;
  generation.isAsleep = false;
  const before = generation.plan.workers;
  const fields = { generation: generation.number, workers };
  const sentence = `${workers} worker${workers === 1 ? '' : 's'} instead of ${before}, until the next reload or restart`;
  say(draft, 'info', 'daemon.scaled', fields, sentence);
  generation.plan = { ...generation.plan, workers };
}

/** More or fewer, within what cheaper allows. */
export function scaleBy(draft: Draft, change: number): void {
  const plan = serving(draft.fleet)?.plan;
  if (plan === undefined || scaleRefusal(draft.fleet) !== undefined) return;
  const { least, most } = plan.scaling ?? { least: 1, most: plan.mostByHand };
  // `reeve scale` may have made more of them.
  const bound = change > 0 ? Math.max(most, plan.workers) : most;
  const workers = Math.min(Math.max(plan.workers + change, least), bound);
  if (workers !== plan.workers) scale(draft, workers);
}

/** The gateway reports its load: with `cheaper` the number of workers follows it. */
export function takeLoad(draft: Draft, gateway: Gateway, load: LoadReport): void {
  const { fleet, nowMs } = draft;
  const generation = serving(fleet);
  if (generation?.plan.gateway !== gateway.epoch || generation.isAsleep) return;
  const { plan, scaling, workers } = generation;
  if (plan.scaling === undefined || scaling === undefined) return;
  // What comes up, or is being replaced, first shows what it changes.
  const isSettled = workers.every(({ wanted, enabled }) => !wanted || enabled);
  if (scaleRefusal(fleet) !== undefined || !isSettled) return;
  const { change, reason } = scaled(scaling, plan.scaling, load, plan.workers, nowMs);
  if (change < 0) return stopOneIdle(draft, generation, { load, reason });
  if (change > 0) resize(draft, generation, plan.workers + change, reason);
}

/** The one in the highest slot, of those that run nothing. */
function stopOneIdle(
  draft: Draft,
  generation: Generation,
  { load, reason }: { readonly load: LoadReport; readonly reason: string },
): void {
  const { number, workers } = generation;
  const idle = load.idle.filter((at) => at.generation === number).map(({ slot }) => slot);
  const last = workers.findLast(({ wanted, slot }) => wanted && idle.includes(slot));
  if (last === undefined) return;
  last.wanted = false;
  resize(draft, generation, generation.plan.workers - 1, reason);
}

function resize(draft: Draft, generation: Generation, workers: number, reason: string): void {
  const before = generation.plan.workers;
  const fields = { generation: generation.number, workers };
  const sentence = `${workers} workers instead of ${before} (cheaper): ${reason}`;
  say(draft, 'info', 'daemon.scaled', fields, sentence);
  generation.plan = { ...generation.plan, workers };
}

/** All workers leave until the next request; its spawner stays, to fork them again. */
export function sleep(draft: Draft, why: string): void {
  const generation = serving(draft.fleet);
  if (generation === undefined || scaleRefusal(draft.fleet) !== undefined) return;
  if (generation.isAsleep) return;
  generation.isAsleep = true;
  for (const worker of generation.workers) worker.wanted = false;
  const fields = { generation: generation.number };
  say(draft, 'info', 'daemon.asleep', fields, `${why}: no worker runs until the next request`);
}

/** A request waits, and there is no worker for it; what comes up may take over before it runs. */
export function wake(draft: Draft): void {
  for (const generation of [serving(draft.fleet), coming(draft.fleet)]) {
    if (generation?.isAsleep !== true) continue;
    const { plan, number, role } = generation;
    const workers = plan.scaling?.first ?? plan.workers;
    generation.isAsleep = false;
    generation.plan = { ...plan, workers };
    for (const worker of generation.workers) worker.wanted = worker.slot <= workers;
    if (role === 'coming') continue;
    const count = `${workers} worker${workers === 1 ? ' is' : 's are'} started`;
    const fields = { generation: number, workers };
    say(draft, 'info', 'daemon.awake', fields, `a request waits: ${count}`);
  }
}

/**
 * As many slots are wanted as there should be workers, and one more while a worker is being
 * replaced. Workers in other slots leave; the list ends with the last that lives or is wanted.
 */
export function tendWorkers(draft: Draft): void {
  const generation = serving(draft.fleet);
  // A rolling reload takes them back itself.
  if (generation === undefined || coming(draft.fleet)?.mode === 'rolling') return;
  const { plan, workers } = generation;
  const count = generation.isAsleep ? 0 : plan.workers + tendRetirement(draft, generation);
  for (let missing = count - wantedIn(generation); missing > 0; missing -= 1) {
    wantOneMore(draft, generation);
  }
  for (const worker of surplusOf(generation, wantedIn(generation) - count)) worker.wanted = false;
  for (const worker of workers) {
    if (worker.wanted) continue;
    if (worker.state === 'starting') moveWorker(draft, generation, worker, 'kill');
    if (worker.state === 'up') moveWorker(draft, generation, worker, 'drain');
  }
  for (let last = workers.at(-1); last !== undefined; last = workers.at(-1)) {
    if (last.wanted || isAlive(last)) return;
    workers.pop();
  }
}

function wantedIn({ workers }: Generation): number {
  return workers.filter(({ wanted }) => wanted).length;
}

/** In a free slot, or one whose worker leaves only because it was one too many. */
function wantOneMore({ nowMs }: Draft, { workers }: Generation): void {
  const free = workers.find(
    (worker) => !worker.wanted && (!isAlive(worker) || worker.due === undefined),
  );
  if (free !== undefined) free.wanted = true;
  else workers.push(newWorker(workers.length + 1, nowMs));
}
