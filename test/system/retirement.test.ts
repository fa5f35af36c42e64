/** max-requests: a worker that is due is replaced, and nothing is lost. */

import assert from 'node:assert/strict';

import { clientsDuring } from '../support/clients.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

story('max-requests replaces a worker after so many requests, and loses none', async (place) => {
  const daemon = await place.start({
    app: 'remembers_count',
    ini: 'max-requests = 10\nmin-worker-lifetime = 0',
  });
  const [first] = daemon.workerPids();
  const load = await clientsDuring(place.port, 4, '/', async () => {
    await until('the worker is another', () => {
      const [now] = daemon.workerPids();
      return now !== undefined && now !== first;
    });
  });
  assert.deepEqual(load.failures(), []);
  const counts = [...load.texts].map((text) => Number(text.split(' ')[1]));
  assert.ok(Math.max(...counts) <= 10, `a worker served ${Math.max(...counts)} requests`);
});

story(
  'min-worker-lifetime keeps a young worker from being replaced at each request',
  async (place) => {
    const daemon = await place.start({
      app: 'remembers_count',
      ini: 'max-requests = 2\nmin-worker-lifetime = 60',
    });
    const before = daemon.workerPids();
    for (let time = 0; time < 6; time += 1) assert.equal((await daemon.get('/')).status, 200);
    assert.deepEqual(daemon.workerPids(), before);
  },
);
