/** Requests that kill their workers run alone; what only ran beside them does not. */

import assert from 'node:assert/strict';

import { clientsDuring } from '../support/clients.ts';
import { Daemon } from '../support/daemon.ts';
import type { Place } from '../support/place.ts';
import { story } from '../support/place.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

const quarantined = /^.* warn request\.quarantined .*$/m;

async function start(place: Place, ini: string): Promise<Daemon> {
  const socket = `control-socket = ${place.path('control.sock')}`;
  return place.start({ app: 'deadly', ini: `${socket}\ndisable-logging = true\n${ini}` });
}

async function status(place: Place, ...flags: readonly string[]): Promise<string> {
  const words = [Daemon.binary, 'status', ...flags, place.path('control.sock')];
  const { code, output } = await place.run(words);
  assert.equal(code, 0, output);
  return output;
}

/** Sends requests that kill their workers, one after the other. */
async function kill(daemon: Daemon, ...targets: readonly string[]): Promise<void> {
  for (const target of targets) assert.equal((await daemon.get(target)).status, 502, target);
}

story(
  'a path that kills workers runs alone, however it is written, until it ends well',
  async (place) => {
    const daemon = await start(place, 'processes = 2');
    const file = place.path('mended');
    await kill(daemon, `/exit?${file}`, `//exit?${file}`);
    assert.equal(daemon.timesSaid(quarantined), 0);
    await kill(daemon, `/a/../exit?${file}`);
    const [line] = await daemon.says(quarantined);
    assert.match(line, /method=GET uri=\/exit:/);
    await kill(daemon, `/%65xit?${file}`, `/exit?${file}`, `http://x//exit?${file}`);
    assert.match(await status(place), /^ {2}in quarantine for \d+ s: GET \/exit, 0 waiting$/m);
    const { gateways } = JSON.parse(await status(place, '--json'));
    const [{ seconds, ...view }] = gateways[0].quarantine;
    assert.deepEqual(view, { method: 'GET', path: '/exit', waiting: 0 });
    assert.equal(typeof seconds, 'number');
    place.write('mended', '');
    assert.equal((await daemon.get(`/exit?${file}`)).status, 200);
    await daemon.says(/ info request\.released .*uri=\/exit:/);
    assert.doesNotMatch(await status(place), /quarantine/);
    assert.equal(daemon.timesSaid(quarantined), 1);
    // A segfault counts like an exit, and each path for itself.
    await kill(daemon, '/segfault', '/segfault', '/segfault');
    await daemon.says(/request\.quarantined .*uri=\/segfault:/);
  },
);

for (const threads of [1, 4]) {
  story(
    `with ${threads} threads a worker, others are served beside requests that kill theirs`,
    async (place) => {
      const daemon = await start(place, `processes = 4\nthreads = ${threads}`);
      const load = await clientsDuring(place.port, 8, '/', async () => {
        const deaths = (): number => daemon.timesSaid(said.requestLost);
        await until('they are in quarantine', async () => {
          await daemon.get('/exit');
          return daemon.timesSaid(quarantined) > 0;
        });
        const from = deaths();
        await Promise.all(Array.from({ length: 8 }, () => kill(daemon, '/exit', '/exit')));
        assert.equal(deaths() - from, 16, 'no other request is lost with them');
      });
      // Before the third death other threads of the same worker lose their requests.
      if (threads === 1) assert.deepEqual(load.failures(), []);
      assert.ok(load.answered > 50, `answered ${load.answered}`);
      assert.equal(daemon.timesSaid(quarantined), 1, '/ is not in quarantine');
      assert.match(daemon.log(), /request\.quarantined .*uri=\/exit:/);
    },
  );
}

story('the only worker serves others between requests that kill it', async (place) => {
  const daemon = await start(place, 'processes = 1\nthreads = 2');
  await kill(daemon, '/exit', '/exit', '/exit');
  await daemon.says(quarantined);
  const deadly = [1, 2, 3].map(() => daemon.get('/exit'));
  const load = await clientsDuring(place.port, 4, '/', async () => {
    for (const each of deadly) assert.equal((await each).status, 502);
  });
  assert.deepEqual(load.failures(), []);
  assert.ok(load.answered > 50, `answered ${load.answered}`);
});

story('clients that give up, and a stop, find those that wait to run alone', async (place) => {
  const daemon = await start(place, 'processes = 1\nworker-reload-mercy = 30');
  await kill(daemon, '/exit', '/exit', '/exit');
  await daemon.says(quarantined);
  // Each of them begins a second after the worker has come.
  await assert.rejects(daemon.get('/exit', { timeoutMs: 100 }));
  const last = daemon.get('/exit');
  await until('it waits, and the other one does not', async () => {
    return /GET \/exit, 1 waiting/.test(await status(place));
  });
  const exit = daemon.signal('master', 'SIGHUP').then(() => daemon.says(said.reloaded));
  assert.equal((await last).status, 502);
  await exit;
  const waits = daemon.get('/exit');
  await until('it waits', async () => /GET \/exit, 1 waiting/.test(await status(place)));
  await daemon.stop();
  assert.equal((await waits).status, 502);
});

story('a worker that is killed from outside, or by harakiri, blames no request', async (place) => {
  const daemon = await start(place, 'processes = 2\nharakiri = 1');
  for (let time = 0; time < 4; time += 1) {
    const lost = daemon.get('/slow?30');
    const worker = await until('it runs', async () => {
      const { generations } = JSON.parse(await status(place, '--json'));
      const workers = generations[0].workers as { pid: number; now: object[] }[];
      return workers.find(({ now }) => now.length > 0);
    });
    if (time < 3) process.kill(worker.pid, 'SIGKILL');
    assert.ok([502, 504].includes((await lost).status));
  }
  for (let time = 0; time < 3; time += 1) assert.equal((await daemon.get('/hang')).status, 504);
  await until('their workers are gone', () => daemon.timesSaid(/worker\.exited/) >= 7);
  assert.doesNotMatch(await status(place), /quarantine/);
  assert.equal(daemon.timesSaid(quarantined), 0);
});
