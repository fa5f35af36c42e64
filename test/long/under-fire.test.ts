/**
 * kill -9 of every kind of process, two hundred times, in the middle of tasks and of cache writes:
 * no task is lost, none runs again but those that were cut off, no lock is left, no item is torn.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import type { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

const long = { timeoutMs: 60_000 };
/** In each life of the master; the pauses before a next start begin anew with it. */
const salvo = [
  ...['spooler', 'worker', 'mule', 'worker', 'spooler', 'worker', 'spawner'],
  ...['worker', 'spooler', 'mule', 'worker', 'spooler', 'worker', 'worker', 'mule'],
] as const;
const killsMin = 200;

function start(place: Place): Promise<Daemon> {
  const ini = [
    `spooler = ${place.path('spool')}\nspooler-processes = 2\nspooler-retries = 0`,
    'spooler-quiet = true\ndisable-logging = true\nprocesses = 3\nlocks = 1',
    'mule = under_fire:mule',
    'cache2 = name=stored,items=50,blocksize=700,store=items.store',
    'cache2 = name=bits,items=50,blocks=400,blocksize=64,bitmap=1,lru=1',
  ].join('\n');
  return place.start({ app: 'under_fire', ini, env: { RAN: place.path('ran') } });
}

/** Sends requests until it is told to stop; returns the numbers of the tasks that were queued. */
class Clients {
  readonly queued: number[] = [];
  #next = 0;
  #isOver = false;
  readonly #runs: Promise<void>[] = [];

  begin(daemon: () => Daemon): void {
    for (const kind of ['task', 'task', 'put', 'put'] as const) {
      this.#runs.push(this.#run(daemon, kind));
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#runs);
  }

  async #run(daemon: () => Daemon, kind: 'task' | 'put'): Promise<void> {
    while (!this.#isOver) {
      const number = (this.#next += 1);
      // Its worker, or Reeve, may be killed meanwhile: then nothing was promised.
      const answer = await daemon()
        .get(`/${kind}?${number}`)
        .catch(() => undefined);
      if (answer?.text === 'queued') this.queued.push(number);
      await new Promise((resolve) => setTimeout(resolve, kind === 'task' ? 5 : 2));
    }
  }
}

/** Kills one of this kind that has not been killed; false where none comes in a while. */
async function kill(daemon: Daemon, role: string, killed: Set<number>): Promise<boolean> {
  const found = await until(
    role,
    () => daemon.withRole(role).find(({ pid }) => !killed.has(pid)) ?? true,
    long,
  ).catch(() => true as const);
  if (found === true) return false;
  killed.add(found.pid);
  process.kill(found.pid, 'SIGKILL');
  return true;
}

async function demandNothingTorn(daemon: Daemon): Promise<void> {
  const text = await until(
    'a worker can take the lock, and looks at the caches',
    async () => {
      const answer = await daemon.get('/check').catch(() => undefined);
      return answer?.status === 200 ? answer.text : undefined;
    },
    long,
  );
  assert.equal(text, '[]');
}

interface Ran {
  readonly begun: ReadonlyMap<number, number>;
  readonly ended: ReadonlyMap<number, number>;
}

/** How often each task was begun, and how often it came to its end. */
function ranIn(place: Place): Ran {
  const counts = { begin: new Map<number, number>(), end: new Map<number, number>() };
  for (const line of place.read('ran').split('\n')) {
    const [, what, number] = /^(begin|end) (\d+)$/.exec(line) ?? [];
    if (what !== 'begin' && what !== 'end') continue;
    counts[what].set(Number(number), (counts[what].get(Number(number)) ?? 0) + 1);
  }
  return { begun: counts.begin, ended: counts.end };
}

function tasksLeft(place: Place): number {
  const names = fs.readdirSync(place.path('spool'));
  return names.filter((name) => name.startsWith('uwsgi_spoolfile_on_')).length;
}

interface Kills {
  spooler: number;
  worker: number;
  mule: number;
  spawner: number;
  master: number;
}

function sumOf(kills: Kills): number {
  return Object.values(kills).reduce((total, each) => total + each, 0);
}

/** One life of the master: each kill comes when another task has begun. */
async function fire(place: Place, daemon: Daemon, kills: Kills): Promise<void> {
  const killed = new Set<number>();
  for (const role of salvo) {
    const before = place.read('ran').length;
    await until('another task has begun', () => place.read('ran').length > before, long);
    if (await kill(daemon, role, killed)) kills[role] += 1;
  }
  await demandNothingTorn(daemon);
  process.kill(daemon.masterPid, 'SIGKILL');
  kills.master += 1;
  await daemon.exit;
}

story(
  'two hundred kills lose no task, tear no item and leave no lock',
  async (place) => {
    let daemon = await start(place);
    const clients = new Clients();
    clients.begin(() => daemon);
    const kills: Kills = { spooler: 0, worker: 0, mule: 0, spawner: 0, master: 0 };
    try {
      while (sumOf(kills) < killsMin) {
        await fire(place, daemon, kills);
        daemon = await start(place);
      }
    } finally {
      await clients.end();
    }
    await demandNothingTorn(daemon);
    await until('all tasks are done', () => tasksLeft(place) === 0, long);
    const { begun, ended } = ranIn(place);
    const lost = clients.queued.filter((number) => !ended.has(number));
    assert.deepEqual(lost, [], `of ${clients.queued.length} tasks`);
    assert.ok(clients.queued.length > 100, `${clients.queued.length} tasks`);
    // Who is killed runs one task; with a spawner or a master each of two spoolers may end.
    const cut = kills.spooler + 2 * (kills.spawner + kills.master);
    const again = [...begun.values()].reduce((total, times) => total + times - 1, 0);
    assert.ok(again <= cut, `${again} tasks ran again after ${cut} that were cut off`);
    const twice = [...ended.values()].filter((times) => times > 1).length;
    assert.ok(twice <= cut, `${twice} tasks have ended twice`);
    await daemon.stop();
  },
  { timeoutMs: 300_000 },
);
