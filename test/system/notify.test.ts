/** What systemd hears from a whole life: that it is ready when it is, why not, and how it ends. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { NotifySocket, type NotifyMessage } from '../support/notify-socket.ts';
import { story, tellAtOnce } from '../support/place.ts';
import { processInfo } from '../support/processes.ts';
import { throughout, until } from '../support/until.ts';

tellAtOnce(4);

/** Whether the line of status matches. */
function status(pattern: RegExp): (message: NotifyMessage) => boolean {
  return (message) => pattern.test(message['STATUS'] ?? '');
}

function isReady(message: NotifyMessage): boolean {
  return message['READY'] === '1';
}

function extensions(notify: NotifySocket): number {
  return notify.heard.filter((message) => 'EXTEND_TIMEOUT_USEC' in message).length;
}

for (const kind of ['path', 'abstract'] as const) {
  story(`ready is one message with pid and status, when it answers (${kind})`, async (place) => {
    const notify = await NotifySocket.open(place, kind);
    const daemon = await place.start({
      app: 'imports_slowly',
      ini: 'processes = 2',
      env: { NOTIFY_SOCKET: notify.path },
      wait: 'nothing',
    });
    const ready = await notify.hears(isReady);
    assert.equal((await daemon.get('/')).status, 200);
    assert.equal(ready['MAINPID'], String(daemon.masterPid));
    assert.match(ready['STATUS'] ?? '', /^serving: 2 workers, 0 busy, queue 0, \d+ req\/s$/);
    const before = notify.heard.slice(0, notify.heard.indexOf(ready));
    assert.ok(before.some(status(/^loading imports_slowly \(0 of 2 workers\)$/)), 'it was loading');
    assert.ok(
      before.some((message) => Number(message['EXTEND_TIMEOUT_USEC']) > 0),
      'more time',
    );
    await daemon.stop();
    await notify.close();
  });
}

story('a reload that fails is over too: ready again, with who serves and why', async (place) => {
  const notify = await NotifySocket.open(place);
  place.writeAnswering('one');
  const env = { NOTIFY_SOCKET: notify.path };
  const daemon = await place.start({ ini: 'module = app', env });
  place.write('app.py', 'raise ValueError("broken by the reload")\n');
  assert.equal(await daemon.reload(), 'failed');
  const failed = await notify.hears(
    (message) => isReady(message) && /reload failed/.test(message['STATUS'] ?? ''),
  );
  assert.match(failed['STATUS'] ?? '', /generation 1 serves.*ValueError: broken by the reload/);
  assert.equal((await daemon.get('/')).text, 'one');

  daemon.writeIni('module = app\nprocesses = many');
  assert.equal(await daemon.reload(), 'failed');
  await notify.hears((message) => isReady(message) && /many/.test(message['STATUS'] ?? ''));

  place.writeAnswering('two');
  daemon.writeIni('module = app');
  const heard = notify.heard.length;
  assert.equal(await daemon.reload(), 'reloaded');
  const ready = await until('ready', () => notify.heard.slice(heard).find(isReady));
  assert.doesNotMatch(ready['STATUS'] ?? '', /failed/);
  await daemon.stop();
  await notify.close();
});

story('a stop says so first, then what it waits for, and asks for time', async (place) => {
  const notify = await NotifySocket.open(place);
  const daemon = await place.start({
    app: 'sleeps',
    ini: 'worker-reload-mercy = 30',
    env: { NOTIFY_SOCKET: notify.path },
  });
  const slow = daemon.get('/?8', { timeoutMs: 90_000 });
  await notify.hears(status(/1 busy/));
  const before = notify.heard.length;
  process.kill(daemon.masterPid, 'SIGTERM');
  await notify.hears(status(/^draining: 1 request, \d+ s left$/));
  assert.equal(await daemon.exitCode(), 0);
  assert.equal((await slow).status, 200);
  const after = notify.heard.slice(before);
  const stopping = after.findIndex((message) => message['STOPPING'] === '1');
  assert.ok(stopping >= 0, 'it says that it stops');
  assert.ok(Number(after[stopping]?.['EXTEND_TIMEOUT_USEC']) > 0);
  const draining = after.findIndex(status(/^draining/));
  assert.ok(stopping < draining, 'that comes first');
  await notify.close();
});

story('a start that fails says what the system said, and why', async (place) => {
  const notify = await NotifySocket.open(place);
  const env = { NOTIFY_SOCKET: notify.path };
  const first = await place.start({ app: 'hello' });
  const second = await place.start({ app: 'hello', env, wait: 'exit' });
  assert.equal(await second.exitCode(), 69);
  const inUse = await notify.hears((message) => message['ERRNO'] === '98');
  assert.match(inUse['STATUS'] ?? '', /in use/);
  await first.stop();

  const refused = await place.start({ app: 'hello', ini: 'threads = none', env, wait: 'exit' });
  assert.equal(await refused.exitCode(), 78);
  await notify.hears(
    (message) => message['ERRNO'] === '22' && /threads/.test(message['STATUS'] ?? ''),
  );

  place.write('broken.py', 'raise ValueError("not this one")\n');
  const broken = await place.start({ ini: 'module = broken', env, wait: 'exit' });
  assert.equal(await broken.exitCode(), 22);
  const raised = await notify.hears(({ STATUS = '' }) => STATUS.includes('not this one'));
  assert.equal(raised['ERRNO'], undefined, 'no error of the system is like it');

  place.write('hangs.py', 'import time\ntime.sleep(1000)\n');
  const lines = 'module = hangs\nstart-timeout = 1';
  const hung = await place.start({ ini: lines, env, wait: 'exit' });
  assert.equal(await hung.exitCode(), 22);
  const timedOut = await notify.hears((message) => message['ERRNO'] === '110');
  assert.match(timedOut['STATUS'] ?? '', /start-timeout/);
  assert.ok(!notify.heard.some(isReady), 'none was ever ready');
  await notify.close();
});

story('an import that was stopped gets no more time', async (place) => {
  const notify = await NotifySocket.open(place);
  place.write('hangs.py', 'import time\ntime.sleep(1000)\n');
  const daemon = await place.start({
    ini: 'module = hangs',
    env: { NOTIFY_SOCKET: notify.path },
    wait: 'nothing',
  });
  await until('it gets time', () => extensions(notify) >= 2);
  const pid = await daemon.signal('spawner', 'SIGSTOP');
  await until('it is stopped', () => processInfo(pid)?.state === 'T');
  // One may have been on its way when the process was stopped.
  const before = extensions(notify) + 1;
  await throughout('no more time', 4_000, () => extensions(notify) <= before);
  process.kill(pid, 'SIGCONT');
  await until('it gets time again', () => extensions(notify) > before);
  await daemon.stop();
  await notify.close();
});

story('the watchdog hears of it from the start on, also over a reload', async (place) => {
  const notify = await NotifySocket.open(place);
  const daemon = await place.start({
    app: 'hello',
    env: { NOTIFY_SOCKET: notify.path, WATCHDOG_USEC: '4000000' },
  });
  const pings = (): number => notify.heard.filter((message) => 'WATCHDOG' in message).length;
  const ready = await notify.hears(isReady);
  assert.equal(ready['WATCHDOG'], '1');
  await until('it is pinged', () => pings() >= 3, { timeoutMs: 60_000 });
  assert.equal(await daemon.reload(), 'reloaded');
  const before = pings();
  await until('it is pinged still', () => pings() >= before + 2, { timeoutMs: 60_000 });
  assert.ok(!notify.heard.some((message) => message['WATCHDOG'] === 'trigger'));
  await daemon.stop();
  await notify.close();
});

story("another process's watchdog is none of ours", async (place) => {
  const notify = await NotifySocket.open(place);
  const env = { NOTIFY_SOCKET: notify.path, WATCHDOG_USEC: '200000', WATCHDOG_PID: '1' };
  const daemon = await place.start({ app: 'hello', env });
  await notify.hears(isReady);
  const pings = (): number => notify.heard.filter((each) => each['WATCHDOG'] === '1').length;
  await throughout('no ping but the first', 1_000, () => pings() <= 1);
  await daemon.stop();
  await notify.close();
});

story(
  'a gateway that is stopped is replaced, under the watchdog of systemd',
  async (place) => {
    const notify = await NotifySocket.open(place);
    const env = { NOTIFY_SOCKET: notify.path, WATCHDOG_USEC: '8000000' };
    const watched = await place.start({ app: 'hello', env });
    const deaf = await watched.signal('http 1', 'SIGSTOP');
    await watched.says(/gateway\.deaf/, { timeoutMs: 90_000 });
    await Daemon.gone([deaf]);
    await watched.answers('it answers again', (answer) => answer.status === 200, {
      timeoutMs: 60_000,
    });
    assert.ok(!notify.heard.some((message) => message['WATCHDOG'] === 'trigger'));
    await watched.stop();
    await notify.close();
  },
  { timeoutMs: 120_000 },
);

story(
  'a gateway that is stopped is replaced without systemd',
  async (place) => {
    const alone = await place.start({ app: 'hello' });
    const before = alone.workerPids();
    await alone.signal('http 1', 'SIGSTOP');
    await alone.says(/gateway\.deaf/, { timeoutMs: 90_000 });
    await alone.answers('it answers again', (answer) => answer.status === 200, {
      timeoutMs: 60_000,
    });
    assert.deepEqual(alone.workerPids(), before, 'no worker was lost');
    await alone.stop();
  },
  { timeoutMs: 120_000 },
);

story('daemonize is said and ignored where systemd waits for readiness', async (place) => {
  const notify = await NotifySocket.open(place);
  const daemon = await place.start({
    app: 'hello',
    ini: `daemonize = ${place.path('daemon.log')}`,
    env: { NOTIFY_SOCKET: notify.path },
  });
  const ready = await notify.hears(isReady);
  assert.equal(ready['MAINPID'], String(daemon.masterPid), 'it stays the process that was started');
  assert.match(daemon.log(), /daemonize\.ignored.*logto = /);
  const about = daemon.log().split('\n');
  assert.equal(about.filter((line) => line.includes('daemonize.ignored')).length, 1);
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal(place.exists('daemon.log'), false);
  await daemon.stop();
  await notify.close();
});

story('$PIDFILE of a unit is written, and removed at the end', async (place) => {
  const env = { PIDFILE: place.path('unit.pid'), INVOCATION_ID: 'a'.repeat(32) };
  const daemon = await place.start({ app: 'hello', env });
  assert.equal(place.read('unit.pid'), `${daemon.masterPid}\n`);
  await daemon.stop();
  assert.equal(place.exists('unit.pid'), false);
  const stray = await place.start({ app: 'hello', env: { PIDFILE: env.PIDFILE } });
  assert.equal(place.exists('unit.pid'), false, 'without a unit the variable is not ours');
  await stray.stop();
});
