/** What an instance is doing while a command waits for it: asked over a connection of its own. */

import { OperatorError } from '../../base/operator-error.ts';
import { ask } from './control-client.ts';
import { instanceOfPid } from './instances.ts';
import { askedOf, doingOf } from './progress-words.ts';

import type { FoundInstance } from './instances.ts';
import type { Waiting } from './progress-words.ts';
import type { Doing } from '../process/progress-line.ts';
import type { Watched } from '../process/progress.ts';

/** For what people are shown each second; the command itself waits as long as it must. */
const answerMs = 5_000;

/** An instance that a command waits for. */
export function watchedInstance(instance: FoundInstance, waiting: Waiting): Watched {
  return {
    asked: askedOf(instance.name, waiting),
    look: () => look(instance, waiting),
  };
}

/** Several at once, on one line: those that `waiting` has when it is asked. */
export function watchedInstances(
  waiting: ReadonlySet<FoundInstance>,
  what: Extract<Waiting, 'reload'>,
): Watched {
  return {
    asked: { what: 'reloading', facts: '' },
    look: async () => {
      const all = [...waiting];
      const found = await Promise.all(all.map((each) => look(each, what)));
      const words = found.map((each, index) => each ?? askedOf(all[index]?.name ?? '', what));
      const [only, ...others] = words;
      if (others.length === 0) return only;
      const facts = words.map((each) => [each.what, each.facts].filter(Boolean).join(', '));
      return { what: `waiting for ${words.length} instances`, facts: facts.join('; ') };
    },
  };
}

/** A daemon that was started in the background, as soon as its control socket answers. */
export async function lookAtStart(pid: number): Promise<Doing | undefined> {
  const instance = await instanceOfPid(pid);
  return instance === undefined ? undefined : await look(instance, 'start');
}

async function look(instance: FoundInstance, waiting: Waiting): Promise<Doing | undefined> {
  try {
    const { status } = await ask(instance.path, { command: 'status' }, { timeoutMs: answerMs });
    return status === undefined ? undefined : doingOf(instance.name, waiting, status);
  } catch (error) {
    // It does not answer, or has just ended: the command itself reports that.
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}
