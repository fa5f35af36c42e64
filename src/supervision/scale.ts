/**
 * How many workers the generation that serves has, and in which slots. New ones are forked from its
 * spawner; those that are too many finish what they run, however long that takes, and leave. A
 * reload goes back to what the configuration says.
 */
import { isAlive } from './child-lifecycle.ts';
import { moveWorker } from './children.ts';
import { say, type Draft } from './events.ts';
import { coming, newWorker, serving, type Fleet, type Generation } from './fleet.ts';
import { surplusOf, tendRetirement } from './retirement.ts';

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
  const before = generation.plan.workers;
  const fields = { generation: generation.number, workers };
  const sentence = `${workers} worker${workers === 1 ? '' : 's'} instead of ${before}, until the next reload or restart`;
  say(draft, 'info', 'daemon.scaled', fields, sentence);
  generation.plan = { ...generation.plan, workers };
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
  const count = plan.workers + tendRetirement(draft, generation);
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
