/** Messages and signals to mules, farms and spoolers, and signals that options raise. */

import { utimesSync } from 'node:fs';

import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

/** What is asked for, one after the other, and how often somebody notes something of it. */
const asked: readonly (readonly [query: string, times: number])[] = [
  ['text', 1],
  ['empty', 1],
  ['fails', 1],
  ['zero', 1],
  ['any', 1],
  ['true', 1],
  ['farm', 1],
  ['farm_msg', 1],
  ['large', 1],
  ['larger', 1],
  // Of a program it is two notes: the handler's, and that of the call that returns.
  ['22', 2],
  ['23', 4],
  ['24', 1],
  ['25', 1],
  ['28', 1],
];
/** Any mule may have these: who it was is left out. */
const forAny = new Set(['zero', 'any', '24', '28']);
const unheard = ['26', '27', '29'];

export async function muleObservations(name: ServerName, place: Place): Promise<Observations> {
  place.write('notes', '');
  place.write('touched', '');
  place.write('watched', '');
  const ini = [
    MASTER,
    'processes = 1',
    'mules = 2',
    'mule = talks_to_mules.py',
    'farm = a:1,2',
    'farm = b:3',
    `spooler = ${place.path('.')}/tasks`,
    'timer = 30 1',
    'rbtimer = 31 1',
    `touch-signal = ${place.path('touched')} 32`,
    `fs-signal = ${place.path('watched')} 33`,
  ].join('\n');
  place.write('tasks/.keep', '');
  const notes = (): string[] => place.read('notes').split('\n').slice(0, -1);
  /** Those of mules and spoolers, without the timers. */
  const heard = (from: number): string[] =>
    notes()
      .slice(from)
      .filter((note) => /^(mule|spooler)/.test(note) && !/handles 3[01]$/.test(note));
  return whileServing(name, place, { app: 'talks_to_mules', ini }, async (daemon) => {
    await until('the program waits', () => notes().includes('program waits'));
    const seen: Record<string, string> = {};
    for (const [query, times] of asked) {
      const from = notes().length;
      await daemon.get(`/?${query}`);
      await until(`${query} is handled`, () => heard(from).length >= times);
      const said = heard(from).toSorted().join('\n');
      seen[`${query}: handled`] = forAny.has(query) ? said.replaceAll(/mule \d/g, 'a mule') : said;
    }
    await daemon.get('/?refused');
    for (const query of unheard) await daemon.get(`/?${query}`);
    const from = notes().length;
    await daemon.get('/?program');
    await until('it waits', () => heard(from).includes("mule 3 has b'program' of 7"));
    for (const word of ['wait for a signal', 'wait for one']) {
      const has = (): boolean => notes().some((note) => note.startsWith(`call ${word}:`));
      await daemon.get('/?22');
      await until(word, has);
    }
    for (const number of [30, 31]) {
      await until(`timer ${number}`, () => notes().includes(`mule 1 handles ${number}`));
    }
    const later = Date.now() / 1000 + 10;
    utimesSync(place.path('touched'), later, later);
    place.write('watched', 'changed');
    for (const number of [32, 33]) {
      await until(`file ${number}`, () => notes().includes(`mule 1 handles ${number}`));
    }
    return { ...seen, ...callsIn(notes()), ...programIn(notes()) };
  });
}

function callsIn(notes: readonly string[]): Observations {
  const calls = notes.map((note) => /^call (.+): (.+)$/.exec(note)).filter((call) => call !== null);
  return Object.fromEntries(calls.map(([, what = '', result = '']) => [what, result]));
}

function programIn(notes: readonly string[]): Observations {
  return {
    'farms of the program': notes.find((note) => note.startsWith('program in farms')) ?? '',
  };
}
