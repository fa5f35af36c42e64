/** Point 8: who may own a pidfile, and whom --stop and --reload signal. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';

for (const option of ['pidfile', 'pidfile2', 'safe-pidfile', 'safe-pidfile2']) {
  story(`${option} holds the master's pid and is gone under vacuum`, async (place) => {
    const file = place.path('app.pid');
    const daemon = await place.start({ app: 'hello', ini: `${option} = ${file}\nvacuum = true` });
    assert.equal(fs.readFileSync(file, 'utf8'), `${daemon.masterPid}\n`);
    assert.equal(fs.statSync(file).mode & 0o777, 0o644);
    await daemon.stop();
    assert.equal(fs.existsSync(file), false);
  });
}

story('a live owner is refused with a sentence that names its pid', async (place) => {
  const ini = `pidfile = ${place.path('app.pid')}\nvacuum = true`;
  const owner = await place.start({ app: 'hello', ini });
  const port = await place.anotherPort();
  const second = await place.start({
    app: 'hello',
    bare: true,
    ini: `http = 127.0.0.1:${port}\nmodule = hello\nchdir = ${place.directory}\n${ini}`,
    wait: 'exit',
  });
  assert.ok([69, 73].includes(await second.exitCode()));
  assert.match(second.log(), new RegExp(`\\b${owner.masterPid}\\b`));
  assert.equal(place.read('app.pid'), `${owner.masterPid}\n`);
  assert.equal((await owner.get('/')).text, 'hello');
});

story('of five starters at once exactly one wins', async (place) => {
  place.copyApplication('hello');
  const start = async (): Promise<Daemon> =>
    place.start({
      bare: true,
      ini: `http = 127.0.0.1:${await place.anotherPort()}\nmodule = hello\npidfile = ${place.path('app.pid')}\nvacuum = true`,
      wait: 'nothing',
    });
  const starters = await Promise.all([1, 2, 3, 4, 5].map(start));
  await until('four have given up', () => starters.filter((each) => each.hasExited).length === 4, {
    timeoutMs: 60_000,
  });
  const [winner] = starters.filter((each) => !each.hasExited);
  await winner?.settled();
  await winner?.says(/ready/);
  assert.equal(place.read('app.pid'), `${winner?.masterPid}\n`);
});

for (const [what, text] of [
  ['a stale pid', '99999999\n'],
  ['text', 'not a pid\n'],
  ['nothing', ''],
  ['our own pid', `${process.pid}\n`],
] as const) {
  story(`a pidfile with ${what} that nobody holds is taken over`, async (place) => {
    place.write('app.pid', text);
    const daemon = await place.start({
      app: 'hello',
      ini: `pidfile = ${place.path('app.pid')}\nvacuum = true`,
    });
    assert.equal(place.read('app.pid'), `${daemon.masterPid}\n`);
  });

  for (const command of ['--stop', '--reload']) {
    story(`${command} on a pidfile with ${what} exits 1 and signals nobody`, async (place) => {
      place.write('app.pid', text);
      const run = await place.run([Daemon.binary, command, place.path('app.pid')]);
      assert.equal(run.code, 1, run.output);
      assert.match(run.output, /app\.pid/);
      assert.ok(isAlive(process.pid));
    });
  }
}

story(
  '--stop on a pidfile that names another program says which, and signals nobody',
  async (place) => {
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      place.write('app.pid', `${other.pid}\n`);
      const run = await place.run([Daemon.binary, '--stop', place.path('app.pid')]);
      assert.equal(run.code, 1, run.output);
      assert.match(run.output, new RegExp(`names pid ${other.pid}, which is sleep and not reeve`));
      assert.ok(isAlive(other.pid ?? 0));
    } finally {
      other.kill('SIGKILL');
    }
  },
);

story('--stop on a file that is not there exits 1', async (place) => {
  const run = await place.run([Daemon.binary, '--stop', place.path('not-there.pid')]);
  assert.equal(run.code, 1);
});

story('after kill -9 of the master its pidfile is taken over', async (place) => {
  const ini = `pidfile = ${place.path('app.pid')}\nvacuum = true`;
  const first = await place.start({ app: 'hello', ini });
  process.kill(first.masterPid, 'SIGKILL');
  await until('it has ended', () => first.hasExited);
  const second = await place.start({ app: 'hello', ini });
  assert.equal(place.read('app.pid'), `${second.masterPid}\n`);
});

story('--suspend and --resume', async (place) => {
  const pidfile = place.path('app.pid');
  const daemon = await place.start({ app: 'hello', ini: `pidfile = ${pidfile}\nvacuum = true` });
  assert.equal((await place.run([Daemon.binary, '--suspend', pidfile])).code, 0);
  await daemon.says(/suspend|paus/i);
  const waiting = daemon.get('/');
  assert.equal((await place.run([Daemon.binary, '--resume', pidfile])).code, 0);
  assert.equal((await waiting).status, 200);
});

story('--stop stops a daemon with die-on-term = false too', async (place) => {
  const pidfile = place.path('app.pid');
  const daemon = await place.start({
    app: 'hello',
    ini: `pidfile = ${pidfile}\ndie-on-term = false`,
  });
  assert.equal((await place.run([Daemon.binary, '--stop', pidfile])).code, 0);
  assert.equal(await daemon.exitCode(), 0);
});
