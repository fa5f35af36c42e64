/** Point 6: where the application is imported, what that costs, and the threads it may leave. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';
import { sharedMemoryKiB } from '../support/processes.ts';
import { until } from '../support/until.ts';

story('without lazy-apps the application is imported once, in the spawner', async (place) => {
  const daemon = await place.start({ app: 'describes_process', ini: 'processes = 2' });
  const description = JSON.parse((await daemon.get('/')).text);
  assert.equal(description.imported_in, await daemon.pid('spawner'));
});

story('lazy-apps imports in each worker', async (place) => {
  const daemon = await place.start({
    app: 'describes_process',
    ini: 'processes = 2\nlazy-apps = true',
  });
  const description = JSON.parse((await daemon.get('/')).text);
  assert.equal(description.imported_in, description.pid);
});

story(
  'four workers of an application that holds 200 MB share them by copy-on-write',
  async (place) => {
    const daemon = await place.start({ app: 'holds_memory', ini: 'processes = 4' });
    for (let time = 0; time < 20; time += 1) await daemon.get('/');
    await until('there are four workers', () => daemon.workerPids().length === 4);
    const family = [await daemon.pid('spawner'), ...daemon.workerPids()];
    const sharedMiB = family.reduce((sum, pid) => sum + sharedMemoryKiB(pid), 0) / 1024;
    assert.ok(sharedMiB < 320, `spawner and four workers hold ${Math.round(sharedMiB)} MiB`);

    daemon.writeIni('processes = 2\nlazy-apps = true');
    assert.equal(await daemon.reload(), 'reloaded');
    await until('two lazy workers are left', () => daemon.workerPids().length === 2);
    for (const pid of daemon.workerPids()) {
      await until('it holds its own 200 MB', () => sharedMemoryKiB(pid) > 180 * 1024);
    }
  },
);

story(
  'threads that the imported application left are named in a warning that says lazy-apps',
  async (place) => {
    const daemon = await place.start({ app: 'leaves_threads' });
    const warning = await daemon.says(/.*lazy-apps.*/);
    assert.match(warning[0], /the-poller/);
  },
);

story('with lazy-apps there is no such warning', async (place) => {
  const daemon = await place.start({ app: 'leaves_threads', ini: 'lazy-apps = true' });
  assert.doesNotMatch(daemon.log(), /the-poller/);
  assert.equal((await daemon.get('/')).text, '2');
});
