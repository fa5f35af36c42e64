/**
 * Many times kill -9 while requests run, wait, and lie ahead in the workers' channels: each is
 * run once, or was lost with its worker, which is answered and said. What had not begun is not
 * lost.
 */

import assert from 'node:assert/strict';

import type { Daemon } from '../support/daemon.ts';
import { numberedClientsDuring } from '../support/numbered-clients.ts';
import type { Fate } from '../support/numbered-clients.ts';
import type { Place } from '../support/place.ts';
import { story } from '../support/place.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

const kills = { kept: 20, short: 10 };
/** So many more are tried until one has met requests that lay ahead. */
const killsMax = 200;
const clients = 16;
/** One that lived longer than a second is started again at once, and its death is forgiven. */
const steadyMs = 1_050;

async function start(place: Place, processes: number): Promise<Daemon> {
  const ini = `processes = ${processes}\ndisable-logging = true`;
  return place.start({ app: 'notes_runs', ini });
}

/** How often each request was run. */
function runsIn(place: Place): ReadonlyMap<string, number> {
  const runs = new Map<string, number>();
  for (const number of place.read('runs').split('\n')) {
    if (number !== '') runs.set(number, (runs.get(number) ?? 0) + 1);
  }
  return runs;
}

/** Holds for every kind of death; returns how many requests had each fate. */
function checkFates(place: Place, daemon: Daemon, fates: ReadonlyMap<string, Fate>, times: number) {
  const runs = runsIn(place);
  const counts = new Map<Fate, number>();
  const lost = new Set(daemon.log().match(/(?<=request\.lost .*uri=\/\?)\d+/g));
  for (const [number, fate] of fates) {
    counts.set(fate, (counts.get(fate) ?? 0) + 1);
    const ran = runs.get(number) ?? 0;
    assert.ok(ran <= 1, `request ${number} was run ${ran} times`);
    if (fate === 200) assert.equal(ran, 1, `request ${number} was answered and never run`);
    if (fate === 502) assert.ok(lost.has(number), `request ${number} has no line`);
  }
  assert.equal(daemon.timesSaid(said.requestLost), counts.get(502) ?? 0);
  assert.ok((counts.get(200) ?? 0) > 20 * times);
  return counts;
}

/** When each process was seen first. */
const bornAtMs = new Map<number, number>();

function isSteady(pid: number): boolean {
  if (!bornAtMs.has(pid)) bornAtMs.set(pid, performance.now());
  return performance.now() - (bornAtMs.get(pid) ?? 0) > steadyMs;
}

/** Waits for the moment to kill it: every other time soon, else when it is steady. */
async function mayDie(
  daemon: Daemon,
  role: string,
  time: number,
  fates: ReadonlyMap<string, Fate>,
): Promise<void> {
  const before = fates.size;
  await until('clients are answered', () => fates.size > before + 10 * clients);
  if (time % 2 === 1) return;
  await until(`the ${role} is steady`, () =>
    daemon.withRole(role).some(({ pid }) => isSteady(pid)),
  );
}

for (const connections of ['kept', 'short'] as const) {
  story(
    `a killed worker costs its running request, and none that was sent ahead (${connections})`,
    async (place) => {
      const daemon = await start(place, 3);
      let killed = 0;
      const haveReturned = (): boolean => daemon.timesSaid(/request\.returned/) > 0;
      const fates = await numberedClientsDuring(
        place.port,
        clients,
        async () => {
          // Requests go ahead only where they are short, which on a busy machine they may not be.
          for (
            ;
            killed < kills[connections] || (!haveReturned() && killed < killsMax);
            killed += 1
          ) {
            const victim = await until('a worker is steady', () => {
              const pids = daemon.workerPids();
              const steady = pids.filter(isSteady);
              return pids.length === 3 && steady[0];
            });
            process.kill(victim, 'SIGKILL');
            await until('it is gone', () => !daemon.workerPids().includes(victim));
          }
        },
        connections,
      );
      const counts = checkFates(place, daemon, fates, kills[connections]);
      assert.equal(counts.get('cut') ?? 0, 0);
      assert.ok((counts.get(502) ?? 0) <= killed, `${counts.get(502)} were answered 502`);
      assert.deepEqual(
        [...counts.keys()].filter((fate) => fate !== 200 && fate !== 502),
        [],
      );
      assert.ok(haveReturned(), `none of ${killed} killed workers had been sent requests ahead`);
    },
    { timeoutMs: 240_000 },
  );

  story(
    `a killed gateway costs its connections, and no request is run twice (${connections})`,
    async (place) => {
      const daemon = await start(place, 2);
      const workers = daemon.workerPids();
      const fates = await numberedClientsDuring(
        place.port,
        clients,
        async (soFar) => {
          for (let time = 0; time < kills[connections]; time += 1) {
            await mayDie(daemon, 'http 1', time, soFar);
            const killed = await daemon.signal('http 1', 'SIGKILL');
            await until('there is another', () => {
              const [now] = daemon.withRole('http 1');
              return now !== undefined && now.pid !== killed;
            });
          }
          await daemon.answers('it serves', (answer) => answer.status === 200, {
            target: '/?last',
          });
        },
        connections,
      );
      const counts = checkFates(place, daemon, fates, kills[connections]);
      assert.deepEqual(
        [...counts.keys()].filter((fate) => fate !== 200 && fate !== 'cut'),
        [],
      );
      assert.deepEqual(daemon.workerPids(), workers, 'workers outlive the gateway');
    },
  );
}

story('a killed spawner costs nothing', async (place) => {
  const daemon = await start(place, 2);
  const fates = await numberedClientsDuring(place.port, clients, async (soFar) => {
    for (let time = 0; time < kills.kept; time += 1) {
      await mayDie(daemon, 'spawner', time, soFar);
      const before = daemon.workerPids();
      const killed = await daemon.signal('spawner', 'SIGKILL');
      await until('there are another and its workers', () => {
        const [now] = daemon.withRole('spawner');
        const pids = daemon.workerPids();
        const areNew = pids.length === 2 && pids.every((pid) => !before.includes(pid));
        return now !== undefined && now.pid !== killed && areNew;
      });
    }
  });
  assert.deepEqual([...checkFates(place, daemon, fates, kills.kept).keys()], [200]);
});
