/** Attached daemons: what runs beside the workers, and what becomes of it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import type { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { isAlive, processesWithEnvironment } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** The processes of the story that sleep for so many seconds. */
function sleepers(marker: string, seconds: number): number[] {
  return processesWithEnvironment(marker)
    .filter(({ title }) => title === `sleep ${seconds}`)
    .map(({ pid }) => pid);
}

function one(marker: string, seconds: number): Promise<number> {
  return until(`one process sleeps ${seconds} s`, () => {
    const found = sleepers(marker, seconds);
    if (found.length === 1) return found[0];
    throw new Error(`${found.length} do`);
  });
}

/** The descriptors of a process that are sockets. */
function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return fs
    .readdirSync(folder)
    .map((fd) => fs.readlinkSync(`${folder}/${fd}`))
    .filter((target) => target.startsWith('socket:'));
}

async function killMaster(daemon: Daemon): Promise<void> {
  process.kill(daemon.masterPid, 'SIGKILL');
  await daemon.exit;
}

story(
  'a daemon goes with all that its shell has started, at a reload and at a stop',
  async (place) => {
    const ini = 'attach-daemon = echo begun; sleep 7001 & setsid sleep 7002 & sleep 7003';
    const daemon = await place.start({ app: 'hello', ini });
    await daemon.says(/daemon\.output daemon=echo: begun\n/);
    const first = await Promise.all([7001, 7002, 7003].map((each) => one(place.marker, each)));
    for (const pid of first) assert.deepEqual(socketsOf(pid), []);
    assert.equal(await daemon.reload(), 'reloaded');
    const second = await until('others run', async () => {
      const pids = await Promise.all([7001, 7002, 7003].map((each) => one(place.marker, each)));
      return pids.some((pid) => first.includes(pid)) ? undefined : pids;
    });
    await daemon.stop();
    assert.deepEqual([...first, ...second].filter(isAlive), []);
  },
);

story(
  'a daemon that ignores SIGTERM is killed, and so is one whose keeper or master is',
  async (place) => {
    const ini =
      "reload-mercy = 1\nattach-daemon = trap '' TERM; sleep 7004; sleep 7005; sleep 7006";
    const daemon = await place.start({ app: 'hello', ini });
    await one(place.marker, 7004);
    const [keeper] = daemon.withRole('daemon sleep');
    const named = daemon.processes().find(({ title }) => title.startsWith('reeve daemon'));
    process.kill((keeper ?? named)!.pid, 'SIGKILL');
    await daemon.says(/daemon\.ended .*was killed by SIGKILL; it is started again/);
    await one(place.marker, 7004);
    await killMaster(daemon);
    await until('nothing is left', () => sleepers(place.marker, 7004).length === 0);
    await until('nothing of it is left', () => processesWithEnvironment(place.marker).length === 0);
  },
);

story(
  'a daemon that ends is started again, later each time, and a failed reload leaves it alone',
  async (place) => {
    const ini =
      'attach-daemon = exit 3\nattach-daemon = no-such-program --now\nattach-daemon = sleep 7007';
    const daemon = await place.start({ app: 'hello', ini });
    await daemon.says(/daemon exit exited with code 3; it is started again in 0\.1 s/);
    await daemon.says(/daemon exit exited with code 3; it is started again in 0\.8 s/);
    await daemon.says(/daemon\.output daemon=no-such-program: .*not found/);
    const pid = await one(place.marker, 7007);
    place.write('hello.py', 'raise RuntimeError("broken")\n');
    assert.equal(await daemon.reload(), 'failed');
    assert.equal(await one(place.marker, 7007), pid);
    await daemon.stop();
  },
);

story('a daemon with a pidfile outlives a reload and a stop, and is found again', async (place) => {
  const ini = `smart-attach-daemon2 = ${place.path('s.pid')} exec sleep 7008`;
  const daemon = await place.start({ app: 'hello', ini });
  const pid = await one(place.marker, 7008);
  await until('the pidfile names it', () => place.read('s.pid').trim() === String(pid));
  assert.equal(await daemon.reload(), 'reloaded');
  await daemon.stop();
  assert.ok(isAlive(pid));
  const next = await place.start({ app: 'hello', ini });
  await next.says(new RegExp(`daemon\\.adopted daemon=sleep pid=${pid}`));
  process.kill(pid, 'SIGKILL');
  const another = await until('another runs', () => {
    const [found] = sleepers(place.marker, 7008);
    return found === undefined || found === pid ? undefined : found;
  });
  await next.stop();
  // The number of a process that is younger than the file: it has only got the number.
  fs.utimesSync(place.path('s.pid'), 1, 1);
  const last = await place.start({ app: 'hello', ini });
  const own = await until('its own runs', () =>
    sleepers(place.marker, 7008).find((found) => found !== another),
  );
  await last.stop();
  for (const each of [another, own]) process.kill(each, 'SIGKILL');
});

story(
  'attach-daemon2: control ends Reeve, touch starts it again, chdir and stdin are its own',
  async (place) => {
    fs.mkdirSync(place.path('there'));
    place.write('touched', '');
    const daemon = await place.start({
      app: 'hello',
      ini: [
        `attach-daemon2 = cmd=pwd; sleep 7009,touch=${place.path('touched')},chdir=${place.path('there')}`,
        `attach-daemon2 = cmd=while [ ! -e ${place.path('end')} ]; do sleep 0.1; done,control=1`,
      ].join('\n'),
    });
    await daemon.says(new RegExp(`daemon\\.output daemon=pwd: ${place.path('there')}\n`));
    const pid = await one(place.marker, 7009);
    place.write('touched', 'again');
    await until('another runs', () => sleepers(place.marker, 7009).some((found) => found !== pid));
    place.write('end', '');
    assert.equal(await daemon.exitCode(), 0);
    await daemon.says(/stopping: the daemon .* has ended \(control\)/);
  },
);
