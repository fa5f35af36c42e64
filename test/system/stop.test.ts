/** Point 3: what stops it, what that finishes first, and what is gone afterwards. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { said } from '../support/said.ts';
import { isListening } from '../support/sockets.ts';
import { until } from '../support/until.ts';

story(
  'SIGTERM lets the running request finish, takes no new one, and ends with 0',
  async (place) => {
    const daemon = await place.start({ app: 'waits_for_file' });
    const running = daemon.get(`/?${place.path('go')}`);
    await daemon.says(/waits for/);
    process.kill(daemon.masterPid, 'SIGTERM');
    await until('nobody listens', () => !isListening(place.port));
    await daemon.says(/waiting for 1 request, at most 5 s/);
    place.write('go', '');
    assert.equal((await running).status, 200);
    assert.equal(await daemon.exitCode(), 0);
  },
);

story(
  'what is not finished within the mercy is killed, and the exit code is still 0',
  async (place) => {
    const daemon = await place.start({ app: 'waits_for_file', ini: 'worker-reload-mercy = 1' });
    const running = daemon.get(`/?${place.path('never')}`);
    running.catch(() => undefined); // It is cut or answered 5xx: both are an end.
    await daemon.says(/waits for/);
    const startMs = performance.now();
    process.kill(daemon.masterPid, 'SIGTERM');
    assert.equal(await daemon.exitCode(), 0);
    const ms = performance.now() - startMs;
    assert.ok(ms >= 900, `took ${Math.round(ms)} ms`);
  },
);

story('the mercy is said at start', async (place) => {
  const daemon = await place.start({ app: 'hello' });
  assert.match(daemon.log(), /your mercy for graceful operations on workers is 5 seconds/);
});

story('under vacuum the pidfile and unix sockets are gone, without it they stay', async (place) => {
  const ini = `pidfile = ${place.path('app.pid')}\nhttp-socket = ${place.path('app.sock')}\n`;
  const clean = await place.start({ app: 'hello', ini: `${ini}vacuum = true` });
  assert.equal(place.read('app.pid').trim(), String(clean.masterPid));
  await clean.stop();
  assert.deepEqual([place.exists('app.pid'), place.exists('app.sock')], [false, false]);
  const littering = await place.start({ app: 'hello', ini });
  await littering.stop();
  assert.deepEqual([place.exists('app.pid'), place.exists('app.sock')], [true, true]);
});

for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM'] as const) {
  story(`${signal} stops it with exit code 0`, async (place) => {
    const daemon = await place.start({ app: 'hello', ini: 'processes = 2' });
    process.kill(daemon.masterPid, signal);
    assert.equal(await daemon.exitCode(), 0);
  });
}

story('a second SIGINT ends it now', async (place) => {
  const daemon = await place.start({ app: 'waits_for_file', ini: 'worker-reload-mercy = 50' });
  daemon.get(`/?${place.path('never')}`).catch(() => undefined);
  await daemon.says(/waits for/);
  process.kill(daemon.masterPid, 'SIGINT');
  await daemon.says(said.waiting);
  process.kill(daemon.masterPid, 'SIGINT');
  assert.equal(await daemon.exitCode(), 0);
});

story('SIGTERM while it imports ends it at once with 0', async (place) => {
  place.write('app.py', 'import sys, time\nprint("importing", flush=True)\ntime.sleep(60)\n');
  const daemon = await place.start({ ini: 'module = app', wait: 'nothing' });
  await daemon.says(/importing/);
  process.kill(daemon.masterPid, 'SIGTERM');
  assert.equal(await daemon.exitCode(), 0);
});

story(
  'an application that ignores SIGTERM and is busy does not survive the mercy',
  async (place) => {
    const daemon = await place.start({
      app: 'ignores_sigterm',
      ini: 'worker-reload-mercy = 1\nprocesses = 2',
    });
    daemon.get('/busy').catch(() => undefined);
    await daemon.says(/is busy/);
    const workers = daemon.workerPids();
    process.kill(daemon.masterPid, 'SIGTERM');
    assert.equal(await daemon.exitCode(), 0);
    await Daemon.gone(workers);
  },
);

for (const app of ['leaves_session', 'starts_thread_per_request', 'leaves_threads']) {
  story(`an application that ${app.replaceAll('_', ' ')} ends with its master`, async (place) => {
    const daemon = await place.start({ app, ini: 'processes = 2\nworker-reload-mercy = 2' });
    for (let time = 0; time < 4; time += 1) assert.equal((await daemon.get('/')).status, 200);
    const workers = daemon.workerPids();
    process.kill(daemon.masterPid, 'SIGTERM');
    assert.equal(await daemon.exitCode(), 0);
    await Daemon.gone(workers);
  });

  story(`an application that ${app.replaceAll('_', ' ')} dies with its master`, async (place) => {
    const daemon = await place.start({ app, ini: 'processes = 2' });
    for (let time = 0; time < 4; time += 1) await daemon.get('/');
    const workers = daemon.workerPids();
    process.kill(daemon.masterPid, 'SIGKILL');
    await daemon.exit;
    await Daemon.gone(workers);
  });
}
