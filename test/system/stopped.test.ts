/**
 * Processes that are stopped (SIGSTOP): the daemon serves on, or replaces them, or says what it
 * waited for; and a stop always ends. A stop of all of them at once, as when a machine is suspended
 * or a container frozen, costs nothing.
 */

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { clientsDuring } from '../support/clients.ts';
import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { said } from '../support/said.ts';

/** Longer than every limit of the story, so that time that counts would be seen. */
const SUSPENDED_MS = 7_000;

/** All processes stop, and after a while go on. */
async function suspend(daemon: Daemon, ms: number): Promise<void> {
  const pids = daemon.processes().map(({ pid }) => pid);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await pause(ms);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
}

story('a suspended machine costs no request, no worker and no client', async (place) => {
  const daemon = await place.start({
    app: 'waits_for_file',
    ini: 'processes = 2\nharakiri = 5\nhttp-timeout = 5\nworker-reload-mercy = 5\nstart-timeout = 6',
  });
  const before = daemon.processes().map(({ pid }) => pid);
  const running = daemon.get(`/running?${place.path('go')}`, { timeoutMs: 90_000 });
  await daemon.says(/waits for .*go/);
  await suspend(daemon, SUSPENDED_MS);
  await daemon.says(/daemon\.slept .*did not run for \d+ s/);
  place.write('go', '');
  assert.equal((await running).status, 200);
  assert.equal((await daemon.get('/')).status, 200);
  assert.deepEqual(
    daemon.processes().map(({ pid }) => pid),
    before,
  );
  assert.equal(daemon.timesSaid(said.overran), 0);
});

story('a stop that a suspended machine has cut in two keeps its mercy', async (place) => {
  const daemon = await place.start({ app: 'waits_for_file', ini: 'processes = 1' });
  const running = daemon.get(`/running?${place.path('go')}`, { timeoutMs: 90_000 });
  await daemon.says(/waits for .*go/);
  process.kill(daemon.masterPid, 'SIGQUIT');
  await daemon.says(said.waiting);
  await suspend(daemon, SUSPENDED_MS);
  await daemon.says(/daemon\.slept/);
  place.write('go', '');
  assert.equal((await running).status, 200);
  assert.equal((await daemon.exit).code, 0);
  assert.equal(daemon.timesSaid(/killed/), 0);
});

story('a gateway and a log helper that are stopped are replaced under load', async (place) => {
  place.writeAnswering('hello', 'app.py', 'import sys\nprint("x" * 100_000, file=sys.stderr)');
  const daemon = await place.start({ ini: 'module = app\nprocesses = 2\nlog-json = true' });
  const [gateway, helper] = [await daemon.pid('http 1'), await daemon.pid('log')];
  const load = await clientsDuring(place.port, 4, '/', async () => {
    for (const pid of [gateway, helper]) process.kill(pid, 'SIGSTOP');
    await Daemon.gone([gateway, helper], 40_000);
    await daemon.says(/gateway has not answered for 10 s and is replaced/);
    await daemon.says(/log helper has not answered for 10 s and is replaced/);
    assert.notEqual(await daemon.pid('log'), helper);
    await daemon.answers('it serves', ({ status }) => status === 200);
  });
  assert.ok(load.answered > 0);
  assert.deepEqual([...load.statuses.keys()], [200]);
  assert.ok(load.errors.length <= 4 * 2, load.errors.join(', '));
  assert.equal((await daemon.stop()).code, 0);
});

story('a worker that is stopped costs at most its own requests, and a stop ends', async (place) => {
  const daemon = await place.start({
    app: 'sleeps',
    ini: 'processes = 2\nworker-reload-mercy = 3',
  });
  const [stopped = 0, other] = daemon.workerPids();
  process.kill(stopped, 'SIGSTOP');
  const first = daemon.get('/?0', { timeoutMs: 90_000 }).catch((error: Error) => error);
  const second = daemon.get('/?0', { timeoutMs: 90_000 }).catch((error: Error) => error);
  const answer = await Promise.race([first, second]);
  assert.ok(!(answer instanceof Error));
  for (let count = 0; count < 20; count += 1) {
    assert.equal((await daemon.get('/?0')).text, String(other));
  }
  assert.equal((await daemon.stop()).code, 0);
});

story(
  'a master that is stopped costs no request; commands say how long they waited',
  async (place) => {
    const daemon = await place.start({
      app: 'sleeps',
      ini: 'processes = 2\ncontrol-socket = c.sock',
    });
    const load = await clientsDuring(place.port, 2, '/?0.01', async () => {
      await daemon.signal('master', 'SIGSTOP');
      const stop = await place.run([Daemon.binary, 'stop', place.path('c.sock')]);
      await daemon.signal('master', 'SIGCONT');
      assert.equal(stop.code, 69, stop.output);
      assert.match(stop.output, /c\.sock: no answer in 5 s: its master is stopped or hangs/);
    });
    assert.deepEqual(load.failures(), []);
    assert.equal((await daemon.stop()).code, 0);
  },
);
