/** Signals of the application: what the calls answer, and which workers run the handlers. */

import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

/** Raised one after the other, and what is noted before the next. */
const raised: readonly (readonly [query: string, notes: readonly RegExp[]])[] = [
  ['1', [/^any 1 in worker/]],
  ['2', [/^worker 2 in worker/]],
  ['3', [/^workers 3 in worker 1/, /^workers 3 in worker 2/]],
  ['4', [/^worker2 4 in worker 2/]],
  ['5', [/^active 5 in worker 1/, /^active 5 in worker 2/]],
  ['8', [/^fails 8/]],
  ['9', [/^byte 9 in worker/]],
  ['250', [/^negative 250 in worker/]],
  ['257', [/^any 1 in worker/]],
  // The handler is known to one worker only, and uWSGI may give the signal to the other one.
  ['register', []],
];
const lost = ['6', '7', '99'];
const byThemselves = [/^timer 10/, /^rbtimer 11/, /^cron 12/];

export async function raisedSignalObservations(
  name: ServerName,
  place: Place,
): Promise<Observations> {
  place.write('watched', '');
  place.write('notes', '');
  const notes = (): string[] => place.read('notes').split('\n').slice(0, -1);
  const has = (pattern: RegExp, from = 0): boolean =>
    notes()
      .slice(from)
      .some((note) => pattern.test(note));
  const ini = [MASTER, 'processes = 2', 'lazy-apps = false'].join('\n');
  return whileServing(name, place, { app: 'raises_signals', ini }, async (daemon) => {
    for (const pattern of byThemselves) await until(`${pattern}`, () => has(pattern));
    const atImport = has(/^any 1/) ? 'handled' : 'lost';
    for (const query of lost) await daemon.get(`/?${query}`);
    for (const [query, patterns] of raised) {
      const from = notes().length;
      await daemon.get(`/?${query}`);
      for (const pattern of patterns) await until(`${pattern}`, () => has(pattern, from));
    }
    place.write('watched', 'changed');
    await until('the file has been seen', () => has(/^file 13/));
    await until('the timer of two turns has ended', () => count(notes(), /^timer 10/) > 3);
    return {
      'raised at the import': atImport,
      ...callsIn(notes()),
      'workers of all': kindsOf(notes(), /^(workers|active|worker2) /),
      'turns of two': String(count(notes(), /^rbtimer/)),
      'runs of unknown targets': kindsOf(notes(), /^(worker9|somebody) /),
    };
  });
}

function count(notes: readonly string[], pattern: RegExp): number {
  return notes.filter((note) => pattern.test(note)).length;
}

function kindsOf(notes: readonly string[], pattern: RegExp): string {
  return [...new Set(notes.filter((note) => pattern.test(note)))].toSorted().join('\n');
}

/** What each call has answered, by its name. */
function callsIn(notes: readonly string[]): Observations {
  const calls = notes.map((note) => /^call (.+): (.+)$/.exec(note)).filter((call) => call !== null);
  return Object.fromEntries(calls.map(([, what = '', result = '']) => [what, result]));
}

/** What a request that waits for a signal has for an answer; signal 17 is raised each second. */
export async function waitedSignalObservations(
  name: ServerName,
  place: Place,
): Promise<Observations> {
  const ini = [MASTER, 'processes = 1'].join('\n');
  const queries = ['any', '17', '273', 'text', 'two'];
  return whileServing(name, place, { app: 'waits_for_signals', ini }, async (daemon) => {
    const answers: Record<string, string> = {};
    for (const query of queries) {
      const { text } = await daemon.get(`/?wait=${query}`, { timeoutMs: 20_000 });
      answers[`wait=${query}`] = text.replace(/: .*?,/, ',');
    }
    return answers;
  });
}
