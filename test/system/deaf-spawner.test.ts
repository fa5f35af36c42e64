/**
 * Spawners that do not answer: stopped, without the lock of their interpreter, stuck in a fork.
 * Workers serve on and are replaced, a reload and a stop end, and the log says what is true.
 */

import assert from 'node:assert/strict';

import type { Daemon } from '../support/daemon.ts';
import { Daemon as Daemons } from '../support/daemon.ts';
import { clientsDuring } from '../support/clients.ts';
import { story, tellAtOnce } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { processInfo } from '../support/processes.ts';
import { until } from '../support/until.ts';

tellAtOnce(4);

const patient = { timeoutMs: 60_000 };
const ini = 'processes = 2\nworker-reload-mercy = 2\nstart-timeout = 20';
const broken = /starting another at once|is still busy|internal error/;

/** The ways to hold up a spawner; each returns when it is held up. */
const ways = {
  'that is stopped': (daemon: Daemon) => daemon.signal('spawner', 'SIGSTOP'),
  'without the lock of its interpreter': async (daemon: Daemon, place: Place) => {
    const from = daemon.mark();
    place.write('hold-lock', '');
    await daemon.says(/holds up the spawner: hold-lock/, { from });
  },
};

/** A spawner that is none of these, with two workers of its own. */
async function replaced(daemon: Daemon, before: readonly number[]): Promise<void> {
  await until(
    'a new spawner and its workers are there',
    () => {
      const [spawner, ...others] = daemon.withRole('spawner');
      const workers = daemon.workerPids();
      return (
        spawner !== undefined &&
        others.length === 0 &&
        !before.includes(spawner.pid) &&
        workers.length === 2 &&
        workers.every((pid) => processInfo(pid)?.parent === spawner.pid)
      );
    },
    patient,
  );
}

function pidsOf(daemon: Daemon): number[] {
  return ['spawner', 'worker'].flatMap((role) => daemon.withRole(role).map(({ pid }) => pid));
}

for (const [what, holdUp] of Object.entries(ways)) {
  story(
    `a spawner ${what} is replaced while its workers serve, and holds up no reload and no stop`,
    async (place) => {
      const daemon = await place.start({ app: 'holds_up_its_spawner', ini });
      let before = pidsOf(daemon);
      const [victim = 0] = daemon.workerPids();
      const load = await clientsDuring(place.port, 2, '/', async () => {
        await holdUp(daemon, place);
        process.kill(victim, 'SIGKILL');
        await daemon.says(/spawner\.deaf .*has not answered for 10 s/, patient);
        await replaced(daemon, before);
      });
      const lost = load.statuses.get(502) ?? 0;
      assert.ok(lost <= 1 && load.failures().length <= 1, `failures: ${load.failures().join()}`);
      await Daemons.gone(before);
      assert.doesNotMatch(daemon.log(), broken);

      before = pidsOf(daemon);
      await holdUp(daemon, place);
      assert.equal(await daemon.reload(), 'reloaded');
      await replaced(daemon, before);
      await Daemons.gone(before);

      before = pidsOf(daemon);
      await holdUp(daemon, place);
      process.kill(daemon.masterPid, 'SIGQUIT');
      assert.equal(await daemon.exitCode(), 0);
      await Daemons.gone(before);
      assert.doesNotMatch(daemon.log(), broken);
    },
    { timeoutMs: 180_000 },
  );
}

story(
  'a spawner that is stuck in a fork is replaced; a reload with it fails, and a stop ends',
  async (place) => {
    const daemon = await place.start({ app: 'holds_up_its_spawner', ini });
    const before = pidsOf(daemon);
    place.write('hold-fork', '');
    process.kill(daemon.workerPids()[0] ?? 0, 'SIGKILL');
    await daemon.says(/holds up the spawner: hold-fork/);
    await until('a status tells it', async () => {
      const from = daemon.mark();
      await daemon.signal('master', 'SIGUSR1');
      await daemon.says(/status: .*no worker can be replaced: the spawner has not answered/, {
        from,
        timeoutMs: 1_000,
      });
      return true;
    });
    await replaced(daemon, before);
    await Daemons.gone(before);

    const serving = pidsOf(daemon);
    place.write('hold-fork', '');
    const from = daemon.mark();
    await daemon.signal('master', 'SIGHUP');
    const failed = await daemon.says(/reload\.failed .*/, { from, ...patient });
    assert.match(failed[0], /has not answered for 10 s.*the old generation keeps serving/);
    await until('only the old ones are left', () => pidsOf(daemon).length === 3);
    assert.deepEqual(pidsOf(daemon), serving);

    place.write('hold-fork', '');
    const marked = daemon.mark();
    process.kill(daemon.workerPids()[0] ?? 0, 'SIGKILL');
    await daemon.says(/holds up the spawner/, { from: marked });
    process.kill(daemon.masterPid, 'SIGTERM');
    assert.equal(await daemon.exitCode(), 0);
    await Daemons.gone(serving);
  },
  { timeoutMs: 180_000 },
);

story(
  'a spawner that is stopped while it imports is given up after start-timeout',
  async (place) => {
    const daemon = await place.start({
      app: 'imports_slowly',
      ini: 'start-timeout = 3\nlazy-apps = false',
      wait: 'nothing',
    });
    await daemon.signal('spawner', 'SIGSTOP');
    assert.equal(await daemon.exitCode(30_000), 22);
    await daemon.says(/did not load within 3 s \(start-timeout\)/);
  },
);

story('with lazy-apps a deaf spawner is replaced too, and both generations end', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: `${ini}\nlazy-apps = true` });
  const before = pidsOf(daemon);
  await daemon.signal('spawner', 'SIGSTOP');
  const [victim = 0] = daemon.workerPids();
  process.kill(victim, 'SIGKILL');
  await replaced(daemon, before);
  await Daemons.gone(before);
  // Two generations at once, the spawners of both stopped.
  await daemon.signal('spawner', 'SIGSTOP');
  const from = daemon.mark();
  process.kill(daemon.masterPid, 'SIGHUP');
  await daemon.says(/application.*|worker\.spawned/, { from });
  // A worker that has just been forked still has the title of its spawner.
  const spawners = daemon.withRole('spawner').filter(({ parent }) => parent === daemon.masterPid);
  for (const { pid } of spawners) process.kill(pid, 'SIGSTOP');
  process.kill(daemon.masterPid, 'SIGTERM');
  assert.equal(await daemon.exitCode(), 0);
});

for (const hook of ['after_in_child', 'after_in_parent']) {
  story(
    `a fork that ${hook} holds up is named, and not the application's import`,
    async (place) => {
      const blocks = `import os, time\nos.register_at_fork(${hook}=lambda: time.sleep(1000))\n`;
      place.writeAnswering('never', 'app.py', blocks);
      const daemon = await place.start({
        ini: 'module = app\nprocesses = 1\nstart-timeout = 9',
        wait: 'nothing',
      });
      assert.equal(await daemon.exitCode(60_000), 22);
      const said = /worker 1( \(pid \d+\))? (did not begin to work|was not forked) within 9 s/;
      await daemon.says(new RegExp(`start\\.refused .*${said.source}.*os\\.register_at_fork`));
      assert.doesNotMatch(daemon.log(), /the application (did not load|has not loaded)/);
    },
  );
}
