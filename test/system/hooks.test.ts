/** hook-* and exec-*: where they run, what they do, and what a failure leaves. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

const atStart = ['asap', 'pre-jail', 'in-jail', 'as-root', 'as-user'];
const ofApplication = ['pre-app', 'post-app', 'post-fork'];
const ofWorker = ['accepting', 'accepting-once', 'accepting1', 'accepting1-once'];
const isRoot = process.getuid?.() === 0;

/** Each point notes itself in a file. */
function noting(place: Place, points: readonly string[]): string {
  return points
    .map((point) => `hook-${point} = appendn:${place.path('order')} ${point}`)
    .join('\n');
}

function noted(place: Place): string[] {
  return place.read('order').split('\n').filter(Boolean);
}

story('hooks run in the order of uWSGI, at the start, a reload and the end', async (place) => {
  const points = [...atStart, ...ofApplication, ...ofWorker, 'master-start', 'as-user-atexit'];
  const due = points.filter((point) => point !== 'as-root' || isRoot);
  const daemon = await place.start({ app: 'hello', ini: noting(place, points) });
  const started = due.filter((point) => point !== 'as-user-atexit');
  assert.deepEqual(noted(place), started);
  fs.writeFileSync(place.path('order'), '');
  assert.equal(await daemon.reload(), 'reloaded');
  assert.deepEqual(
    noted(place),
    started.filter((point) => point !== 'pre-jail'),
  );
  fs.writeFileSync(place.path('order'), '');
  await daemon.stop();
  assert.deepEqual(noted(place), ['as-user-atexit']);
});

story('a worker that dies is replaced without the hooks of once', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: noting(place, [...ofApplication, ...ofWorker]),
  });
  fs.writeFileSync(place.path('order'), '');
  await daemon.signal('worker 1', 'SIGKILL');
  await until('its hooks have run', () => noted(place).length >= 3);
  await daemon.answers('the next one answers', ({ status }) => status === 200);
  assert.deepEqual(noted(place), ['post-fork', 'accepting', 'accepting1']);
});

story(
  'lazy-apps: the worker that loads the application runs pre-app and post-app',
  async (place) => {
    const daemon = await place.start({
      app: 'hello',
      ini: `lazy-apps = true\n${noting(place, [...ofApplication, ...ofWorker])}`,
    });
    assert.deepEqual(noted(place), ['post-fork', 'pre-app', 'post-app', ...ofWorker]);
    await daemon.stop();
  },
);

const failing = [...atStart, ...ofApplication, ...ofWorker, 'master-start'];
for (const points of [failing.slice(0, 4), failing.slice(4, 8), failing.slice(8)]) {
  story(`a start fails with ${points.join(', ')}, and leaves nothing behind`, async (place) => {
    for (const point of points.filter((each) => each !== 'as-root' || isRoot)) {
      const socket = place.path('s.sock');
      const pidfile = place.path('pid');
      const daemon = await place.start({
        app: 'hello',
        ini: `socket = ${socket}\npidfile = ${pidfile}\nprocesses = 2\nhook-${point} = exec:exit 3`,
        wait: 'exit',
      });
      assert.equal(await daemon.exitCode(), 69, point);
      const sentence = new RegExp(`ini:\\d+: the hook exec:exit 3 \\(${point}\\) ended with 3`);
      assert.match(daemon.log(), sentence);
      assert.equal(fs.existsSync(socket), false, `${point}: the socket`);
      assert.equal(fs.existsSync(pidfile), false, `${point}: the pidfile`);
      assert.deepEqual(daemon.processes(), [], `${point}: processes`);
    }
  });
}

story('a reload whose hook fails keeps the old state serving', async (place) => {
  place.writeAnswering('one');
  const points = [
    'asap',
    'as-user',
    'pre-app',
    'post-app',
    'post-fork',
    'accepting',
    'master-start',
  ];
  const hooks = points.map((point) => `hook-${point} = exec:test ! -e ${place.path(point)}`);
  const daemon = await place.start({ ini: ['module = app', ...hooks].join('\n') });
  const before = daemon.workerPids();
  place.writeAnswering('two');
  for (const point of points) {
    place.write(point, '');
    assert.equal(await daemon.reload(), 'failed', point);
    fs.unlinkSync(place.path(point));
    assert.equal((await daemon.get('/')).text, 'one', point);
    await until(`the old workers are alone (${point})`, () =>
      isDeepStrictEqual(daemon.workerPids(), before),
    );
  }
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/')).text, 'two');
});

/** What the actions leave, done by the master or by a Python process. */
function actions(place: Place, folder: string): string[] {
  const at = (name: string): string => place.path(`${folder}/${name}`);
  return [
    `mkdir:${place.path(folder)}`,
    `mkdir:${place.path(folder)}`,
    `write:${at('written')} one two`,
    `writen:${at('written')} three`,
    `append:${at('written')} four`,
    `appendn:${at('written')}  five `,
    `creat:${at('empty')}`,
    `chmod:${at('empty')} 604`,
    `create:${at('gone')}`,
    `unlink:${at('gone')}`,
    `unlink:${at('gone')}`,
    `mkdir:${at('sticky')}`,
    `sticky:${at('sticky')}`,
    `mkdir:${at('there')}`,
    `cd:${at('there')}`,
    'exec:echo relative > relative',
    'safeexec:exit 7',
    'putenv:TOLD=a=b',
    `exec:echo "$TOLD" > ${at('told')}`,
    `wait_for_file:${at('written')}`,
    `wait_for_dir:${place.path(folder)}`,
    `wait_for_fs:${place.path(folder)}`,
    `writefifo:${at('written')} x`,
    `!write:${at('private')} secret words`,
    `callret:chdir ${place.directory}`,
  ];
}

function found(place: Place, folder: string): object {
  const mode = (name: string): string => {
    return (fs.statSync(place.path(`${folder}/${name}`)).mode & 0o7777).toString(8);
  };
  return {
    files: fs.readdirSync(place.path(folder)).sort(),
    written: place.read(`${folder}/written`),
    relative: place.read(`${folder}/there/relative`),
    told: place.read(`${folder}/told`),
    empty: mode('empty'),
    sticky: mode('sticky').slice(0, 1),
  };
}

story('the actions do the same in the master, the spawner and a worker', async (place) => {
  const points = ['as-user', 'pre-app', 'accepting'];
  const lines = points.flatMap((point) =>
    actions(place, point).map((action) => `hook-${point} = ${action}`),
  );
  const daemon = await place.start({ app: 'prints_environ', ini: lines.join('\n') });
  const [master, spawner, worker] = points.map((point) => found(place, point));
  assert.deepEqual(master, {
    files: ['empty', 'private', 'sticky', 'there', 'told', 'written'],
    written: 'xhree\nfour five\n',
    relative: 'relative\n',
    told: 'a=b\n',
    empty: '604',
    sticky: '1',
  });
  assert.deepEqual(spawner, master);
  assert.deepEqual(worker, master);
  assert.doesNotMatch(daemon.log(), /secret words/);
});

story('putenv before the application is loaded reaches it, wherever it stands', async (place) => {
  place.write(
    'app.py',
    [
      'import os',
      'AT_IMPORT = ",".join(sorted(name for name in os.environ if name.startswith("H_")))',
      'def application(environ, start_response):',
      '    start_response("200 OK", [])',
      '    return [AT_IMPORT.encode()]',
    ].join('\n'),
  );
  const daemon = await place.start({
    ini: [
      'module = app',
      ...['asap', 'as-user', 'pre-app'].map((point) => `hook-${point} = putenv:H_${point}=1`),
    ].join('\n'),
  });
  assert.equal((await daemon.get('/')).text, 'H_as-user,H_asap,H_pre-app');
});

story('a hook that hangs has a limit, and Reeve serves on meanwhile', async (place) => {
  for (const point of ['asap', 'pre-app', 'post-fork']) {
    const daemon = await place.start({
      app: 'hello',
      ini: `hook-timeout = 1\nhook-${point} = exec:sleep 600; true`,
      wait: 'exit',
    });
    assert.equal(await daemon.exitCode(60_000), 69, point);
    assert.match(daemon.log(), /was killed: it did not end within 1 s \(hook-timeout/);
    assert.deepEqual(daemon.processes(), [], point);
  }
  const file = place.write('go', '');
  const daemon = await place.start({
    app: 'hello',
    ini: `hook-timeout = 1\nhook-touch = ${file} exec:sleep 600`,
  });
  fs.utimesSync(file, new Date(), new Date(Date.now() + 5_000));
  await daemon.says(/running exec:sleep 600 \(touch\)/);
  assert.equal((await daemon.get('/')).status, 200);
  await daemon.says(/\(touch\) was killed/);
});

story('SIGTERM while a hook of the start runs ends both', async (place) => {
  for (const point of ['asap', 'as-user', 'pre-app', 'master-start']) {
    const pidfile = place.path('pid');
    const daemon = await place.start({
      app: 'hello',
      ini: `pidfile = ${pidfile}\nhook-${point} = exec:echo hangs; sleep 600; true`,
      wait: 'nothing',
    });
    await daemon.says(/^hangs$/m);
    process.kill(daemon.masterPid, 'SIGTERM');
    assert.equal(await daemon.exitCode(60_000), 0, point);
    await until('nothing is left', () => daemon.processes().length === 0);
  }
});

story('unix_signal gives a signal of the master another meaning', async (place) => {
  const daemon = await place.start({
    app: 'hello',
    ini: [
      'hook-master-start = unix_signal:12 uwsgi_chain_reload',
      'hook-master-start = unix_signal:1 gracefully_kill_them_all',
    ].join('\n'),
  });
  const from = daemon.mark();
  process.kill(daemon.masterPid, 'SIGUSR2');
  assert.equal(await daemon.reloadOutcome(from), 'reloaded');
  process.kill(daemon.masterPid, 'SIGHUP');
  assert.equal(await daemon.exitCode(), 0);
});

story('hooks make the directories of pidfile and sockets, and check knows', async (place) => {
  const folder = place.path('made');
  const ini = [
    'module = hello',
    `exec-asap = mkdir -p ${folder}`,
    `pidfile = ${folder}/pid`,
    `socket = ${folder}/s.sock`,
  ].join('\n');
  place.copyApplication('hello');
  place.write('app.ini', `[uwsgi]\n${ini}\n`);
  const checked = await place.run([Daemon.binary, 'check', place.path('app.ini')]);
  assert.equal(checked.code, 0, checked.output);
  assert.match(checked.output, /a hook runs before/);
  await place.start({ ini });
  assert.equal(fs.existsSync(`${folder}/s.sock`), true);
});
