/** Point 10: whom the processes run as. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { statusWords } from '../support/processes.ts';
import { until } from '../support/until.ts';

// The users of these tests may not search a virtual environment below /root.
process.env['REEVE_TEST_PYTHON'] = '/usr/bin/python3';

const skip = process.getuid?.() !== 0 && 'needs root';
const ini = 'uid = www-data\nprocesses = 2\n';

/** A number that `id` prints, or a list of them. */
function id(...args: string[]): number[] {
  const run = spawnSync('id', args, { encoding: 'utf8' });
  return run.stdout.trim().split(/\s+/).map(Number);
}

story(
  "every process runs as uid, with that user's own groups",
  async (place) => {
    const daemon = await place.start({ app: 'describes_process', ini });
    const [uid = 0] = id('-u', 'www-data');
    const [gid = 0] = id('-g', 'www-data');
    for (const info of daemon.processes()) {
      assert.deepEqual(statusWords(info.pid, 'Uid'), Array(4).fill(String(uid)), info.title);
      assert.deepEqual(statusWords(info.pid, 'Gid'), Array(4).fill(String(gid)), info.title);
      assert.deepEqual(
        statusWords(info.pid, 'Groups').map(Number).toSorted(),
        id('-G', 'www-data').toSorted(),
        info.title,
      );
    }
  },
  { skip },
);

story(
  'uid and gid, by number, and add-gid',
  async (place) => {
    const daemon = await place.start({
      app: 'describes_process',
      ini: 'uid = 65534\ngid = 33\nadd-gid = 4',
    });
    const description = JSON.parse((await daemon.get('/')).text);
    assert.deepEqual([description.uid, description.gid], [65534, 33]);
    assert.ok(description.groups.includes(4));
  },
  { skip },
);

story(
  'titles are complete after the drop, and pidfile and sockets are gone under vacuum',
  async (place) => {
    const daemon = await place.start({
      app: 'hello',
      ini: `${ini}procname-prefix-spaced = demo\nvacuum = true\npidfile = ${place.path('app.pid')}`,
    });
    assert.deepEqual(daemon.titles().toSorted(), [
      'demo reeve http 1',
      'demo reeve master',
      'demo reeve spawner',
      'demo reeve worker 1',
      'demo reeve worker 2',
    ]);
    await daemon.stop();
    assert.equal(place.read('app.pid'), '', 'unlinked, or emptied where that is not allowed');
  },
  { skip },
);

story(
  'a reload works after the drop',
  async (place) => {
    place.writeAnswering('one');
    const daemon = await place.start({ ini: `${ini}module = app` });
    place.writeAnswering('two');
    assert.equal(await daemon.reload(), 'reloaded');
    assert.equal((await daemon.get('/')).text, 'two');
  },
  { skip },
);

story(
  'after the drop a reload that needs root for a new port is refused',
  async (place) => {
    place.writeAnswering('one');
    const daemon = await place.start({ ini: `${ini}module = app` });
    daemon.writeIni(`${ini}module = app\nhttp = 127.0.0.1:83`);
    place.writeAnswering('two');
    const from = daemon.mark();
    assert.equal(await daemon.reload(), 'failed');
    assert.match(daemon.log(from), /83/);
    assert.equal((await daemon.get('/')).text, 'one');
  },
  { skip },
);

story(
  'uid by one who is not root is a warning',
  async (place) => {
    fs.chmodSync(place.directory, 0o777);
    const daemon = await place.start({
      app: 'describes_process',
      ini: 'uid = root',
      wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    });
    assert.match(daemon.log(), /uid/);
    assert.equal(JSON.parse((await daemon.get('/')).text).uid, 65534);
  },
  { skip },
);

story("umask is the application's", async (place) => {
  const daemon = await place.start({ app: 'describes_process', ini: 'umask = 027' });
  assert.equal(JSON.parse((await daemon.get('/')).text).umask, 0o027);
});

story(
  'kill -9 of the master ends its children after the drop as well',
  async (place) => {
    const daemon = await place.start({ app: 'hello', ini });
    const pids = daemon.processes().map((info) => info.pid);
    process.kill(daemon.masterPid, 'SIGKILL');
    await daemon.exit;
    await Daemon.gone(pids);
  },
  { skip },
);

story(
  'logto is reopened after the drop',
  async (place) => {
    const daemon = await place.start({
      app: 'hello',
      ini: `${ini}logto = ${place.path('app.log')}`,
      wait: 'nothing',
    });
    await daemon.answers('it serves', (answer) => answer.text === 'hello');
    assert.notEqual(place.read('app.log'), '');
  },
  { skip },
);

story(
  'the log of daemonize is reopened after the drop, and the command names the log that is used',
  async (place) => {
    fs.chmodSync(place.directory, 0o777);
    place.copyApplication('hello');
    const pidfile = place.path('app.pid');
    const start = (...more: string[]): ReturnType<typeof place.run> =>
      place.run([
        ...[Daemon.binary, ...Daemon.words(place), '--module', 'hello', '--uid', 'www-data'],
        ...['--pidfile', pidfile, '--daemonize', place.path('daemon.log'), ...more],
      ]);
    const stop = async (): Promise<void> => {
      const pid = Number(place.read('app.pid'));
      assert.equal((await place.run([Daemon.binary, '--stop', pidfile])).code, 0);
      await Daemon.gone([pid]);
    };
    assert.equal((await start()).code, 0);
    process.kill(Number(place.read('app.pid')), 'SIGHUP');
    await until('it has reloaded', () => /generation 2 serves/.test(place.read('daemon.log')));
    assert.doesNotMatch(place.read('daemon.log'), /cannot reopen|opened anew/);
    await stop();
    const { output } = await start('--logto', place.path('other.log'));
    assert.match(output, /its log is .*other\.log$/m);
    await stop();
  },
  { skip },
);

story(
  'with a logger the stop is clean, and its file belongs to the user',
  async (place) => {
    fs.chmodSync(place.directory, 0o777);
    const log = place.path('app.log');
    const lines = `${ini}logger = file:${log}\nreq-logger = file:${place.path('req.log')}\n`;
    const daemon = await place.start({ app: 'hello', ini: lines, wait: 'nothing' });
    await daemon.answers('it serves', ({ status }) => status === 200, { target: '/' });
    assert.equal((await daemon.stop()).code, 0);
    assert.match(fs.readFileSync(log, 'utf8'), /daemon\.stopped/);
    assert.equal(fs.statSync(log).uid, id('-u', 'www-data')[0]);
  },
  { skip },
);
