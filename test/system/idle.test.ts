/** `idle` with `die-on-idle`: Reeve stops when nobody asks, and the next request starts it. */

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { connect, request } from '../support/http.ts';
import { story } from '../support/place.ts';
import { isAlive } from '../support/processes.ts';
import { ServiceManager } from '../support/service-manager.ts';
import { throughout, until } from '../support/until.ts';

const dies = 'idle = 1\ndie-on-idle = true\n';

story('an idle daemon exits 0, and who comes then is answered by the next', async (place) => {
  const manager = await ServiceManager.open(place, [`http=tcp4:${place.port}`]);
  const start = () => place.start({ app: 'hello', ini: dies, wrapper: manager.starting() });
  const first = await start();
  assert.equal((await first.get('/')).status, 200);
  assert.equal(await first.exitCode(), 0);
  await first.says(/stopping: no request for 1 s \(die-on-idle\)/);
  const waiting = first.get('/');
  const second = await start();
  assert.equal((await waiting).status, 200);
  await second.stop();
  await manager.close();
});

story('no request is lost that comes at the moment of the exit', async (place) => {
  const manager = await ServiceManager.open(place, [`http=tcp4:${place.port}`]);
  let isOver = false;
  let starts = 0;
  const runs = async (): Promise<void> => {
    while (!isOver) {
      const wrapper = manager.starting();
      const daemon = await place.start({ app: 'hello', ini: dies, wrapper, wait: 'nothing' });
      starts += 1;
      await until('it exits, or all is over', () => daemon.hasExited || isOver, {
        timeoutMs: 90_000,
      });
    }
  };
  const running = runs();
  // Aimed at the moment at which a second has passed since the last request. How well they hit
  // decides nothing; the rounds go on until a daemon has exited between two requests.
  const gapsMs = [0, 1000, 1020, 1040, 1060, 1080, 1100, 1150, 1200, 1500, 2000, 4000, 8000];
  for (const [round, gapMs] of gapsMs.entries()) {
    if (round > 8 && starts > 1) break;
    await pause(gapMs);
    assert.equal((await request({ port: place.port }, '/')).status, 200);
  }
  isOver = true;
  await running;
  assert.ok(starts > 1, `${starts} starts`);
  await manager.close();
});

story('a request that runs keeps it up, a connection that rests does not', async (place) => {
  const manager = await ServiceManager.open(place, [`http=tcp4:${place.port}`]);
  const wrapper = manager.starting();
  const daemon = await place.start({ app: 'sleeps', ini: dies, wrapper });
  const resting = connect({ port: place.port });
  const { status } = await daemon.get('/?3');
  assert.equal(status, 200);
  assert.equal(await daemon.exitCode(), 0);
  resting.destroy();
  await manager.close();
});

story('`idle` alone stops its workers and never itself', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'idle = 1' });
  await daemon.says(/no request for 1 s \(idle\): no worker runs/);
  await until('the worker has gone', () => daemon.workerPids().length === 0);
  await throughout('it runs', 2_500, () => isAlive(daemon.masterPid));
  assert.equal((await daemon.get('/')).status, 200);
});

story('without a socket unit it is said that nothing starts it again', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: dies });
  await daemon.says(/die-on-idle will end Reeve, and no request will start it again/);
  assert.equal(await daemon.exitCode(), 0);
});
