/**
 * A healthy client is served while others mean no good, and memory comes back. A tenth of the full
 * size, without a limit of time that a busy machine could miss; `test/bench/hostility.ts` measures.
 */

import assert from 'node:assert/strict';

import { Crowd } from '../support/hostile-crowd.ts';
import { hostilities } from '../support/hostility.ts';
import { story } from '../support/place.ts';
import { openSockets, sharedMemoryKiB } from '../support/processes.ts';
import { until } from '../support/until.ts';

const SCALE = 0.1;
const PROBES = 10;
const PROBE_MAX_MS = 5000;
const GROWN_MAX_KIB = 150_000;

for (const { what, begin } of hostilities) {
  story(`served while there are: ${what} (a tenth of them)`, async (place) => {
    const daemon = await place.start({
      app: 'answers_probes',
      ini: 'processes = 2\nqueue-max = 10\nlisten = 128\ndisable-logging = true',
    });
    const gateway = await daemon.pid('http 1');
    const before = sharedMemoryKiB(gateway);
    {
      using crowd = new Crowd(place.port);
      await begin(crowd, SCALE);
      for (let count = 0; count < PROBES; count += 1) {
        const answer = await daemon.answers('a probe is answered', ({ status }) => status === 200, {
          timeoutMs: PROBE_MAX_MS,
        });
        assert.equal(answer.text, 'well');
      }
      assert.ok(sharedMemoryKiB(gateway) - before < GROWN_MAX_KIB);
    }
    assert.equal(await daemon.pid('http 1'), gateway);
    await until('all connections are given back', () => openSockets(gateway) < 20);
    assert.equal((await daemon.get('/')).text, 'well');
  });
}

story('a limit of connections holds the rest off, and is over by itself', async (place) => {
  const daemon = await place.start({
    app: 'answers_probes',
    ini: 'max-connections = 50\nheader-timeout = 1',
  });
  using crowd = new Crowd(place.port);
  await crowd.open(100, (socket) => socket.write('GET / HTTP/1.1\r\nX: '));
  await daemon.says(/max-connections = 50 allows/);
  await daemon.answers('a probe is answered', ({ status }) => status === 200);
});
