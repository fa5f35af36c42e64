/** harakiri: a request that overruns is answered 504, said once, and costs its worker alone. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

story(
  'a request longer than harakiri is answered 504 and its worker is replaced',
  async (place) => {
    const daemon = await place.start({ app: 'waits_for_file', ini: 'harakiri = 1\nprocesses = 2' });
    const before = daemon.workerPids();
    const from = daemon.mark();
    const answer = await daemon.get(`/slow?${place.path('never')}`);
    assert.equal(answer.status, 504);
    assert.ok(answer.ms >= 900 && answer.ms < 3000, `${answer.ms} ms`);
    const line = await daemon.says(new RegExp(`.*${said.overran.source}.*`), { from });
    assert.match(line[0], /\/slow/);
    await until('one worker is another', () => {
      const now = daemon.workerPids();
      return now.length === 2 && now.filter((pid) => before.includes(pid)).length === 1;
    });
    assert.equal((await daemon.get('/')).status, 200);
    assert.equal(daemon.timesSaid(said.overran, from), 1);
  },
);

story('the other threads of an overrun worker have the mercy to finish', async (place) => {
  const daemon = await place.start({ app: 'waits_for_file', ini: 'harakiri = 2\nthreads = 2' });
  const slow = daemon.get(`/slow?${place.path('never')}`);
  await daemon.says(/waits for .*never/);
  const startMs = performance.now();
  await until('half of its time is over', () => performance.now() - startMs > 1000);
  const other = daemon.get(`/other?${place.path('go')}`);
  await daemon.says(/waits for .*go/);
  assert.equal((await slow).status, 504);
  place.write('go', '');
  assert.equal((await other).status, 200);
});

story(
  'an application that is busy and ignores SIGTERM does not outlive harakiri',
  async (place) => {
    const daemon = await place.start({
      app: 'ignores_sigterm',
      ini: 'harakiri = 1\nworker-reload-mercy = 1',
    });
    const [worker = 0] = daemon.workerPids();
    assert.equal((await daemon.get('/busy')).status, 504);
    await Daemon.gone([worker], 4000);
    assert.equal((await daemon.get('/')).status, 200);
  },
);
