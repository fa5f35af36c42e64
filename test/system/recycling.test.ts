/** Workers that are replaced for their memory or an exception, and limits on their memory. */

import assert from 'node:assert/strict';

import { clientsDuring } from '../support/clients.ts';
import type { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

const replaced = /worker\.retired|worker \d+ \(pid \d+\) is replaced: /;

/** The pids of workers that were ever seen while `happening` went on, and the most at one time. */
async function workersDuring(
  daemon: Daemon,
  happening: () => Promise<void>,
): Promise<{ readonly seen: ReadonlySet<number>; readonly most: number }> {
  const seen = new Set<number>();
  let [most, isOver] = [0, false];
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const pids = daemon.workerPids();
      for (const pid of pids) seen.add(pid);
      most = Math.max(most, pids.length);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const watching = watch();
  try {
    await happening();
  } finally {
    isOver = true;
    await watching;
  }
  return { seen, most };
}

story(
  'a leaking application at full load is replaced again and again, and nothing fails',
  async (place) => {
    const daemon = await place.start({
      app: 'grows',
      ini: 'processes = 2\nreload-on-rss = 80\nmin-worker-lifetime = 0',
    });
    let watched = { seen: new Set<number>() as ReadonlySet<number>, most: 0 };
    const load = await clientsDuring(place.port, 6, '/grow?mb=2', async () => {
      watched = await workersDuring(daemon, async () => {
        const areEight = (): boolean => daemon.timesSaid(new RegExp(replaced, 'g')) >= 8;
        await until('eight were replaced', areEight, { timeoutMs: 60_000 });
      });
    });
    assert.deepEqual(load.failures(), []);
    assert.ok(watched.most <= 3, `${watched.most} workers at a time`);
    assert.match(daemon.log(), /its resident memory is \d+ MiB \(reload-on-rss = 80\)/);
  },
  { timeoutMs: 120_000 },
);

story('one worker alone is replaced by one that serves before it leaves', async (place) => {
  const daemon = await place.start({
    app: 'grows',
    ini: 'lazy-apps = true\nreload-on-rss = 80\nmin-worker-lifetime = 0',
  });
  const [first] = daemon.workerPids();
  const load = await clientsDuring(place.port, 2, '/grow?mb=2', async () => {
    await until('it is another', () => {
      const pids = daemon.workerPids();
      return pids.length === 1 && pids[0] !== first;
    });
  });
  assert.deepEqual(load.failures(), []);
});

story(
  'what workers share does not count for reload-on-uss, and does for reload-on-rss',
  async (place) => {
    const daemon = await place.start({
      app: 'holds_memory',
      ini: 'reload-on-uss = 150\nmin-worker-lifetime = 0',
    });
    const before = daemon.workerPids();
    for (let times = 0; times < 20; times += 1) assert.equal((await daemon.get('/')).status, 200);
    assert.deepEqual(daemon.workerPids(), before);
    daemon.writeIni('reload-on-rss = 150\nmin-worker-lifetime = 0');
    assert.equal(await daemon.reload(), 'reloaded');
    assert.equal((await daemon.get('/')).status, 200);
    await daemon.says(/reload-on-rss = 150/);
  },
);

story('evil-reload-on-rss kills a worker in the middle of a request', async (place) => {
  const daemon = await place.start({
    app: 'grows',
    ini: 'processes = 2\nevil-reload-on-rss = 150\nmem-collector-freq = 1',
  });
  const before = daemon.workerPids();
  const answer = await daemon.get('/hold?mb=200');
  assert.equal(answer.status, 502);
  await daemon.says(/is killed: its resident memory is \d+ MiB \(evil-reload-on-rss = 150\)/);
  assert.equal((await daemon.get('/')).status, 200);
  await until('there are two again', () => daemon.workerPids().length === 2);
  assert.equal(daemon.workerPids().filter((pid) => before.includes(pid)).length, 1);
});

story('limit-as makes an allocation fail, and no more than its request', async (place) => {
  const daemon = await place.start({ app: 'grows', ini: 'limit-as = 400' });
  const before = daemon.workerPids();
  assert.equal((await daemon.get('/grow?mb=600')).status, 500);
  assert.match(daemon.log(), /MemoryError/);
  assert.equal((await daemon.get('/grow?mb=10')).status, 200);
  assert.deepEqual(daemon.workerPids(), before);
});

story('limit-as without room for the threads of a worker ends the start with 71', async (place) => {
  const ini = 'limit-as = 200\nthreads = 100';
  const daemon = await place.start({ app: 'grows', ini, wait: 'nothing' });
  assert.equal((await daemon.exit).code, 71);
  assert.match(
    daemon.log(),
    /could not be started \(ENOMEM\): there is not enough memory \(limit-as/,
  );
});

story('reload-on-exception-type replaces a worker for that class alone', async (place) => {
  const daemon = await place.start({ app: 'grows', ini: 'reload-on-exception-type = KeyError' });
  const before = daemon.workerPids();
  assert.equal((await daemon.get('/raise?class=ValueError')).status, 500);
  assert.equal((await daemon.get('/')).status, 200);
  assert.deepEqual(daemon.workerPids(), before);
  assert.equal((await daemon.get('/raise?class=KeyError')).status, 500);
  await daemon.says(/is replaced: the application has raised KeyError \(reload-on-exception-type/);
  await until('it is another', () => {
    const pids = daemon.workerPids();
    return pids.length === 1 && pids[0] !== before[0];
  });
});
