/** PURE. What an instance does while a command waits for it, from its status. */

import type { GenerationView, ProcessView, Snapshot } from '../../protocol/snapshot.ts';
import type { Doing } from '../process/progress-line.ts';

/** What a command has asked of it. */
export type Waiting = 'start' | 'reload' | 'stop' | 'scale';

/** What is shown before anything is known. */
const asked: Readonly<Record<Waiting, string>> = {
  start: 'starting',
  reload: 'reloading',
  stop: 'stopping',
  scale: 'scaling',
};

/** What was asked for, of the instance with this name. */
export function askedOf(name: string, waiting: Waiting): Doing {
  return { what: `${name}: ${asked[waiting]}`, facts: '' };
}

/** What it is doing. */
export function doingOf(name: string, waiting: Waiting, status: Snapshot): Doing {
  const { what, facts } = doing(waiting, status);
  return { what: `${name}: ${what}`, facts };
}

function doing(waiting: Waiting, status: Snapshot): Doing {
  const { phase, generations } = status;
  if (phase.startsWith('stopping') || phase.startsWith('ended')) return stopping(status);
  const coming = generations.find(({ role }) => role === 'coming');
  if (coming !== undefined) return loading(waiting, coming, status);
  const what = asked[waiting];
  const serving = generations.find(({ role }) => role === 'serving');
  if (waiting === 'scale' && serving !== undefined) return { what, facts: scaling(serving) };
  return { what, facts: isGatewayStarting(status) ? 'the gateway starts' : '' };
}

/** The line of the status has the requests, and the seconds that are left for them. */
function stopping({ line, generations }: Snapshot): Doing {
  if (line !== 'stopping') return { what: 'stopping', facts: line };
  const left = generations.flatMap(({ workers }) => workers).filter(isAlive).length;
  return { what: 'stopping', facts: left === 0 ? '' : `${plural(left, 'worker')} still running` };
}

function loading(waiting: Waiting, coming: GenerationView, status: Snapshot): Doing {
  const { spawner, workers } = coming;
  const total = workers.length;
  const ready = workers.filter(({ state }) => state === 'up').length;
  const facts = `${ready} of ${plural(total, 'worker')} ready`;
  if (total > 0 && ready < total) {
    if (spawner.state === 'starting') return { what: 'loading the application', facts };
    // A worker loads it itself with lazy-apps; forking one takes no time that people see.
    if (spawner.state === 'up') return { what: 'loading the application', facts };
    return { what: 'the application was not loaded, trying again', facts };
  }
  if (isGatewayStarting(status)) return { what: asked[waiting], facts: 'the gateway starts' };
  return { what: asked[waiting], facts: total === 0 ? '' : facts };
}

function scaling({ workers }: GenerationView): string {
  const leaving = workers.filter(({ state }) => state === 'draining').length;
  if (leaving > 0) return `${plural(leaving, 'worker')} still to finish and leave`;
  const ready = workers.filter(({ state }) => state === 'up').length;
  return `${ready} of ${plural(workers.length, 'worker')} ready`;
}

function isGatewayStarting({ gateways }: Snapshot): boolean {
  return gateways.some(({ state }) => state === 'starting');
}

function isAlive({ state }: ProcessView): boolean {
  return state !== 'down';
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
