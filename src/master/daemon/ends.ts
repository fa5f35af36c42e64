/** How a child has ended, in words for people and as the supervisor takes it. */
import { constants } from 'node:os';

import type { Ended } from '../../supervision/events.ts';
import { refusedInWords, type Want } from '../../systemd/limits.ts';
import type { ChildEnd } from '../children/spawn.ts';

/** Of two names for one signal the first is the usual one: SIGABRT, not SIGIOT. */
const signalNames = new Map(
  Object.entries(constants.signals)
    .toReversed()
    .map(([name, number]) => [number, name]),
);

/** Many children may be refused at the same moment, by the same limit: it is looked up once. */
const knownMs = 1_000;

export class Ends {
  readonly #now: () => number;
  readonly #wants = new Map<Want, { readonly atMs: number; readonly words: string }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  describe({ code, signal, want, isUnborn, isUnseen, isOutOfMemory = false }: ChildEnd): Ended {
    if (want !== undefined) return { how: this.#words(want), errno: constants.errno[want] };
    if (isUnborn === true) return { how: 'was not forked, as its spawner has ended' };
    if (isUnseen === true) return { how: 'has ended, and its spawner before it said how' };
    if (signal <= 0) return { how: `exited with code ${code}` };
    const why = isOutOfMemory ? ', as the memory of its control group was used up' : '';
    return { how: `was killed by ${signalNames.get(signal) ?? `signal ${signal}`}${why}` };
  }

  #words(want: Want): string {
    const nowMs = this.#now();
    const known = this.#wants.get(want);
    if (known !== undefined && nowMs - known.atMs < knownMs) return known.words;
    const words = refusedInWords('could not be started', want);
    this.#wants.set(want, { atMs: nowMs, words });
    return words;
  }
}
