/**
 * Processes that are stopped (SIGSTOP): the daemon serves on, or replaces them, or says what it
 * waited for; and a stop always ends. A stop of all of them at once, as when a machine is suspended
 * or a container frozen, costs nothing.
 */

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import type { Daemon } from '../support/daemon.ts';
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
  const running = daemon.get(`/running?${place.path('go')}`, { timeoutMs: 40_000 });
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
  const running = daemon.get(`/running?${place.path('go')}`, { timeoutMs: 40_000 });
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
