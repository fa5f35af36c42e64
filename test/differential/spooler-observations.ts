/** The spooler: what each answer of a task does, in which order tasks run, and files both ways. */

import fs from 'node:fs';
import path from 'node:path';

import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

interface Note {
  readonly kind: string;
  readonly number: string;
}

const answers = ['ok', 'retry', 'ignore', 'none', 'true', 'seven', 'text', 'raise'];
/** So much is behind the first ones, by priority and else by age. */
const queue = [
  'ok?number=1',
  'ok?number=2&priority=9',
  'ok?number=3&priority=2',
  'ok?number=4',
  'ok?number=5&priority=2',
  'ok?number=6&priority=10',
];

const ordered = ['spooler-frequency = 1', 'spooler-ordered = true'];

class Spool {
  readonly place: Place;
  readonly directory: string;

  constructor(place: Place, name: string) {
    this.place = place;
    this.directory = place.path(name);
    fs.mkdirSync(this.directory, { recursive: true });
    for (const file of ['notes', 'go']) fs.rmSync(place.path(file), { force: true });
  }

  notes(): Note[] {
    if (!fs.existsSync(this.place.path('notes'))) return [];
    const lines = this.place.read('notes').split('\n').slice(0, -1);
    return lines.map((line): Note => JSON.parse(line));
  }

  timesOf(kind: string): number {
    return this.notes().filter((note) => note.kind === kind).length;
  }

  files(): string[] {
    return fs
      .readdirSync(this.directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => /^(\d+\/)?uwsgi_spoolfile[^/]*$/.test(name));
  }

  /** Whether a task of this kind waits in a file. */
  isThere(kind: string): boolean {
    return this.files().some((file) =>
      fs.readFileSync(path.join(this.directory, file), 'latin1').includes(kindIn(kind)),
    );
  }

  async whileRunning<T>(
    name: ServerName,
    lines: readonly string[],
    look: (queueing: (target: string) => Promise<string>) => Promise<T>,
  ): Promise<T> {
    const ini = [MASTER, `spooler = ${this.directory}`, ...lines].join('\n');
    const env = { NOTES: this.place.path('notes'), GO: this.place.path('go') };
    const options = { app: 'notes_tasks', ini, env };
    return whileServing(name, this.place, options, (daemon) =>
      look(async (target) => (await daemon.get(`/${target}`)).text),
    );
  }
}

/** The variable in a file: name and value, each behind its length. */
function kindIn(kind: string): string {
  return `\u0004\0kind${String.fromCharCode(kind.length)}\0${kind}`;
}

export async function spoolerObservations(name: ServerName, place: Place): Promise<Observations> {
  return {
    ...(await answerObservations(name, place)),
    ...(await orderObservations(name, place)),
    ...(await foreignObservations(name, place)),
  };
}

/** Whether its file goes, or it is run again. */
async function answerObservations(name: ServerName, place: Place): Promise<Observations> {
  const spool = new Spool(place, `${name}-answers`);
  return spool.whileRunning(name, ['spooler-frequency = 1'], async (queueing) => {
    const seen: Record<string, string> = {};
    for (const kind of answers) {
      const answer = await queueing(`${kind}?number=0&empty=&size=${kind === 'ok' ? 70_000 : 0}`);
      seen[`answer ${kind}, spool()`] = answer.replace(spool.directory, 'DIRECTORY');
    }
    await queueing('priority?number=0&priority=3');
    const others = answers.filter((kind) => kind !== 'ok');
    await until('all but one have run twice', () =>
      others.every((kind) => spool.timesOf(kind) >= 2),
    );
    await until('the one is gone', () => spool.timesOf('ok') === 1 && !spool.isThere('ok'));
    seen['task with priority, without spooler-ordered'] = `run ${spool.timesOf('priority')} times`;
    for (const kind of answers) seen[`answer ${kind}`] = spool.timesOf(kind) > 1 ? 'again' : 'done';
    const [first] = spool.notes().filter(({ kind }) => kind === 'ok');
    seen['what a task is given'] = JSON.stringify(first).replace(`${name}-`, '');
    return seen;
  });
}

/** Those that have come while one ran, and one whose time has not come. */
async function orderObservations(name: ServerName, place: Place): Promise<Observations> {
  const spool = new Spool(place, `${name}-order`);
  return spool.whileRunning(name, ordered, async (queueing) => {
    await queueing('hold');
    await until('it runs', () => spool.timesOf('hold') === 1);
    for (const target of queue) await queueing(target);
    const soon = Math.floor(Date.now() / 1000) + 2;
    await queueing(`ok?number=soon&at=${soon}`);
    await queueing(`ok?number=later&at=${soon + 3_600}`);
    place.write('go', '');
    const numbers = (): string[] =>
      spool.notes().flatMap(({ number }) => (number === '' ? [] : [number]));
    await until('that with a moment has run', () => numbers().includes('soon'), {
      timeoutMs: 60_000,
    });
    return { 'order, with spooler-ordered': numbers().join(' ') };
  });
}

/** Files that the other server has made: it stops while they wait for their time. */
async function foreignObservations(name: ServerName, place: Place): Promise<Observations> {
  const other = name === 'uwsgi' ? 'reeve' : 'uwsgi';
  const spool = new Spool(place, `${name}-foreign`);
  const at = Math.floor(Date.now() / 1000) + 1_000;
  await spool.whileRunning(other, [], async (queueing) => {
    await queueing(`ok?number=foreign&at=${at}&empty=&long=${'y'.repeat(1_000)}&size=200000`);
    await queueing(`ok?number=first&at=${at}&priority=3&size=1`);
  });
  for (const file of spool.files()) {
    const now = Date.now() / 1000 - 1;
    fs.utimesSync(path.join(spool.directory, file), now, now);
  }
  return spool.whileRunning(name, ordered, async () => {
    await until('both have run', () => spool.files().length === 0, { timeoutMs: 60_000 });
    const given = spool.notes().map((note) => JSON.stringify(note));
    return { 'files of the other server': given.toSorted().join('\n').replaceAll(`${name}-`, '') };
  });
}
