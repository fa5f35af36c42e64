/**
 * More or fewer workers for the generation that serves, while it serves. New ones are forked from
 * its spawner; those above the number finish what they run and leave. A reload goes back to what
 * the configuration says.
 */
import { isAlive } from './child-lifecycle.ts';
import { moveWorker } from './children.ts';
import { say, type Draft } from './events.ts';
import { coming, newWorker, serving, type Fleet } from './fleet.ts';

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
  const { fleet, nowMs } = draft;
  const generation = serving(fleet);
  if (generation === undefined || scaleRefusal(fleet) !== undefined || workers < 1) return;
  const before = generation.plan.workers;
  const fields = { generation: generation.number, workers };
  const sentence = `${workers} worker${workers === 1 ? '' : 's'} instead of ${before}, until the next reload or restart`;
  say(draft, 'info', 'daemon.scaled', fields, sentence);
  generation.plan = { ...generation.plan, workers };
  for (let slot = generation.workers.length + 1; slot <= workers; slot += 1) {
    generation.workers.push(newWorker(slot, nowMs));
  }
  for (const worker of generation.workers) worker.wanted = worker.slot <= workers;
}

/** Workers above the number leave; the list ends with the last that lives or is wanted. */
export function shrink(draft: Draft): void {
  const generation = serving(draft.fleet);
  if (generation === undefined) return;
  const { plan, workers } = generation;
  for (const worker of workers) {
    if (worker.slot <= plan.workers) continue;
    if (worker.state === 'starting') moveWorker(draft, generation, worker, 'kill');
    if (worker.state === 'up') moveWorker(draft, generation, worker, 'drain', plan.mercyMs);
  }
  for (let last = workers.at(-1); last !== undefined; last = workers.at(-1)) {
    if (last.slot <= plan.workers || isAlive(last)) return;
    workers.pop();
  }
}
