/** The number of workers follows the load, and no request fails or is cut for it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { clientsDuring } from '../support/clients.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

const spawned = /spawned Reeve worker/g;

story('a load that comes and goes every second starts no worker again and again', async (place) => {
  const daemon = await place.start({
    app: 'sleeps',
    ini: 'processes = 5\ncheaper = 1\ncheaper-overload = 1',
  });
  assert.equal(daemon.workerPids().length, 1);
  const failures: string[] = [];
  // Twelve swings of a second each; the pauses are the load, and nothing waits for them.
  for (let swing = 0; swing < 12; swing += 1) {
    const over = performance.now() + 1_000;
    const load = await clientsDuring(place.port, swing % 2 === 0 ? 8 : 0, '/?0.05', async () => {
      await until('the second is over', () => performance.now() >= over);
    });
    failures.push(...load.failures());
  }
  assert.deepEqual(failures, []);
  await daemon.says(/daemon\.scaled.*\d workers instead of \d \(cheaper\): .*(waited|busy)/);
  const starts = daemon.timesSaid(spawned);
  assert.ok(starts > 1 && starts <= 7, `${starts} starts of at most 5 workers`);
});

story(
  'workers that are too many are stopped one by one, and a long request is not cut',
  async (place) => {
    const daemon = await place.start({
      app: 'sleeps',
      ini: 'processes = 4\ncheaper = 1\ncheaper-initial = 4\nworker-reload-mercy = 1',
    });
    assert.equal(daemon.workerPids().length, 4);
    const long = daemon.get('/?18', { timeoutMs: 60_000 });
    const load = await clientsDuring(place.port, 1, '/?0', async () => {
      await until('one worker is left beside it', () => daemon.workerPids().length <= 2, {
        timeoutMs: 60_000,
      });
    });
    assert.deepEqual(load.failures(), []);
    assert.equal((await long).status, 200);
  },
);

story('cheap starts workers with the first request, and idle stops them again', async (place) => {
  const fifo = place.path('fifo');
  const daemon = await place.start({
    app: 'sleeps',
    ini: `processes = 2\ncheap = true\nidle = 1\nmaster-fifo = ${fifo}`,
  });
  assert.deepEqual(daemon.workerPids(), []);
  const first = await Promise.all(Array.from({ length: 6 }, () => daemon.get('/?0.1')));
  assert.deepEqual(
    first.map(({ status }) => status),
    Array.from({ length: 6 }, () => 200),
  );
  await until('they are stopped', () => daemon.workerPids().length === 0);
  await daemon.says(/no request for 1 s \(idle\): no worker runs until the next request/);
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/?0')).status, 200);
  fs.writeFileSync(fifo, '+');
  await until('there is one more', () => daemon.workerPids().length === 3);
  const mark = daemon.mark();
  const running = daemon.get('/?1.5');
  await until('it runs', async () => (await daemon.get('/?0')).status === 200);
  fs.writeFileSync(fifo, 'C');
  await daemon.says(/command C of the master-fifo: no worker/, { from: mark });
  assert.equal((await running).status, 200);
  assert.equal((await daemon.get('/?0')).status, 200);
});
