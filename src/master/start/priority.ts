/** The nice value that `prio` asks for. */
import { setPriority } from 'node:os';

import { reasonOf } from '../../base/system-error.ts';

/**
 * Takes it for this thread and all processes that it starts. As in uWSGI a refusal ends nothing:
 * returns its sentence.
 */
export function takePriority(nice: number): string | undefined {
  if (nice === 0) return undefined;
  try {
    setPriority(nice);
    return undefined;
  } catch (error) {
    return `prio = ${nice} cannot be set: ${reasonOf(error)}; write Nice=${nice} into the unit instead`;
  }
}
