/** Root uses paths of the configuration in a directory that belongs to the application's user. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

// The users of these tests may not search a virtual environment below /root.
process.env['REEVE_TEST_PYTHON'] = '/usr/bin/python3';

const skip = process.getuid?.() !== 0 && 'needs root';
const uid = skip === false ? Number(spawnSync('id', ['-u', 'www-data']).stdout) : 0;

/** The user's directory `users`; in it `name` is a link of the user's to a file of root's. */
function userWithLink(place: Place, name: string, target: string): void {
  fs.mkdirSync(place.path('users'), { recursive: true });
  fs.mkdirSync(place.path('roots'), { recursive: true, mode: 0o755 });
  fs.chownSync(place.path('users'), uid, uid);
  fs.symlinkSync(place.path(target), place.path(`users/${name}`));
  fs.lchownSync(place.path(`users/${name}`), uid, uid);
}

/** Starts Reeve with these options, which it refuses. */
async function refused(place: Place, lines: readonly string[]) {
  place.writeAnswering('one');
  const all = [`http = 127.0.0.1:${place.port}`, 'module = app', 'uid = www-data', ...lines];
  place.write('app.ini', `[uwsgi]\npython = /usr/bin/python3\n${all.join('\n')}\n`);
  return await place.run([Daemon.binary, 'app.ini']);
}

const options = [
  ['logto', 'the log'],
  ['logto2', 'the log'],
  ['daemonize', 'the log'],
  ['daemonize2', 'the log'],
  ['pidfile', 'the pidfile'],
  ['safe-pidfile', 'the pidfile'],
  ['socket', 'socket'],
  ['control-socket', ''],
] as const;
for (const [option, thing] of options) {
  story(
    `${option}: root follows no link of the application's user, and makes no file behind one`,
    async (place) => {
      userWithLink(place, 'x', 'roots/made');
      userWithLink(place, 'there', 'roots/secret');
      userWithLink(place, 'directory', 'roots');
      fs.writeFileSync(place.path('roots/secret'), 'secret\n', { mode: 0o600 });
      for (const path of ['x', 'there', 'directory/made', 'directory/secret']) {
        const run = await refused(place, [`${option} = ${place.path(`users/${path}`)}`]);
        assert.ok([73, 77].includes(run.code), `${path}: ${run.code} ${run.output}`);
        assert.match(run.output, /link|not a socket/);
        assert.ok(run.output.includes(thing), run.output);
      }
      assert.deepEqual(fs.readdirSync(place.path('roots')), ['secret']);
      assert.equal(place.read('roots/secret'), 'secret\n');
    },
    { skip },
  );
}

story(
  'a log, pidfile and socket over the link of a release, as deployment tools make it',
  async (place) => {
    userWithLink(place, 'current', 'users/release');
    fs.mkdirSync(place.path('users/release'));
    fs.chownSync(place.path('users/release'), uid, uid);
    place.writeAnswering('one');
    const at = (name: string) => place.path(`users/current/${name}`);
    const ini = [
      'uid = www-data',
      'vacuum = true',
      'module = app',
      `logto = ${at('x.log')}`,
      `pidfile = ${at('x.pid')}`,
      `socket = ${at('x.sock')}`,
    ];
    const daemon = await place.start({ ini: ini.join('\n'), wait: 'nothing' });
    await daemon.answers('it answers', (answer) => answer.text === 'one');
    for (const name of ['x.log', 'x.pid', 'x.sock']) {
      assert.equal(fs.statSync(at(name)).uid, uid, name);
    }
    await daemon.stop();
    assert.deepEqual(fs.readdirSync(place.path('users/release')), ['x.log']);
  },
  { skip },
);

story(
  "a worker that stays root follows no link of another user's when it opens the log again",
  async (place) => {
    userWithLink(place, 'unused', 'roots/made');
    place.writeAnswering('one');
    const log = place.path('users/x.log');
    const daemon = await place.start({ ini: `module = app\nlogto = ${log}`, wait: 'nothing' });
    await daemon.answers('it answers', (answer) => answer.text === 'one');
    fs.renameSync(log, `${log}.1`);
    fs.symlinkSync(place.path('roots/made'), log);
    fs.lchownSync(log, uid, uid);
    process.kill(daemon.masterPid, 'SIGHUP');
    const isSaid = (text: RegExp) => text.test(place.read('users/x.log.1'));
    await until('the master reports it', () => isSaid(/users\/x\.log is a symbolic link/));
    await until('the workers report it', () => isSaid(/x\.log is a symbolic link that root has/));
    assert.equal(place.exists('roots/made'), false);
  },
  { skip },
);
