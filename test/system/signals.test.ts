/**
 * Point 3: the signals that do not stop it, and those whose meaning an option or systemd changes.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

story('die-on-term = false: SIGTERM reloads', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'die-on-term = false' });
  const before = daemon.workerPids();
  const from = daemon.mark();
  process.kill(daemon.masterPid, 'SIGTERM');
  assert.equal(await daemon.reloadOutcome(from), 'reloaded');
  await Daemon.gone(before);
  assert.equal((await daemon.get('/')).text, 'hello');
});

story('die-on-term = false under NOTIFY_SOCKET: said and ignored, SIGTERM stops', async (place) => {
  const notify = await NotifySocket.open(place);
  const daemon = await place.start({
    app: 'hello',
    ini: 'die-on-term = false',
    env: { NOTIFY_SOCKET: notify.path },
  });
  assert.match(daemon.log(), /die-on-term/);
  process.kill(daemon.masterPid, 'SIGTERM');
  assert.equal(await daemon.exitCode(), 0);
  await notify.close();
});

story('systemd is told ready, reloading with a time, ready again, and stopping', async (place) => {
  const notify = await NotifySocket.open(place);
  const daemon = await place.start({ app: 'hello', env: { NOTIFY_SOCKET: notify.path } });
  await notify.hears((message) => message['READY'] === '1');
  assert.equal(await daemon.reload(), 'reloaded');
  await notify.hears(
    (message) => message['RELOADING'] === '1' && Number(message['MONOTONIC_USEC']) > 0,
  );
  await until(
    'it is ready again',
    () => notify.heard.filter((each) => each['READY'] === '1').length >= 2,
  );
  const answer = await daemon.get('/');
  assert.equal(answer.status, 200);
  process.kill(daemon.masterPid, 'SIGTERM');
  assert.equal(await daemon.exitCode(), 0);
  await notify.hears((message) => message['STOPPING'] === '1');
  await notify.close();
});

story(
  'the notify socket and watchdog of systemd are not passed on to applications',
  async (place) => {
    const notify = await NotifySocket.open(place);
    const env = { NOTIFY_SOCKET: notify.path, WATCHDOG_USEC: '60000000', SHELL_WORD: 'kept' };
    const daemon = await place.start({ app: 'describes_process', env });
    const description = JSON.parse((await daemon.get('/')).text);
    assert.equal(description.env.NOTIFY_SOCKET, undefined);
    assert.equal(description.env.WATCHDOG_USEC, undefined);
    assert.equal(description.env.SHELL_WORD, 'kept');
    await daemon.stop();
    await notify.close();
  },
);

story('SIGUSR1 logs the status and opens no debugger', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'processes = 2' });
  const from = daemon.mark();
  process.kill(daemon.masterPid, 'SIGUSR1');
  await daemon.says(/worker 1|slot=1/, { from });
  await daemon.says(/worker 2|slot=2/, { from });
  assert.doesNotMatch(daemon.log(), /Debugger listening/);
});

story('USR1 to any other process of Reeve opens no debugger and kills nothing', async (place) => {
  const daemon = await place.start({ app: 'hello' });
  const before = daemon.processes().map((info) => info.pid);
  for (const role of ['http 1', 'spawner']) await daemon.signal(role, 'SIGUSR1');
  for (let time = 0; time < 5; time += 1) assert.equal((await daemon.get('/')).status, 200);
  assert.doesNotMatch(daemon.log(), /Debugger listening/);
  assert.deepEqual(
    daemon.processes().map((info) => info.pid),
    before,
  );
});

for (const signal of ['SIGUSR2', 'SIGALRM', 'SIGWINCH', 'SIGPIPE'] as const) {
  story(`${signal} harms nothing`, async (place) => {
    const daemon = await place.start({ app: 'hello' });
    const before = daemon.processes().map((info) => info.pid);
    process.kill(daemon.masterPid, signal);
    for (let time = 0; time < 5; time += 1) assert.equal((await daemon.get('/')).status, 200);
    assert.deepEqual(
      daemon.processes().map((info) => info.pid),
      before,
    );
  });
}

story('SIGTSTP pauses, SIGCONT continues, and SIGCONT alone never pauses', async (place) => {
  const daemon = await place.start({ app: 'hello' });
  process.kill(daemon.masterPid, 'SIGCONT');
  assert.equal((await daemon.get('/')).status, 200);
  const from = daemon.mark();
  process.kill(daemon.masterPid, 'SIGTSTP');
  await daemon.says(/suspend|paus/i, { from });
  let isAnswered = false;
  const waiting = daemon.get('/').then((answer) => {
    isAnswered = true;
    return answer;
  });
  await assert.rejects(daemon.get('/', { timeoutMs: 500 }), /no complete answer/);
  assert.equal(isAnswered, false);
  process.kill(daemon.masterPid, 'SIGCONT');
  assert.equal((await waiting).status, 200);
});

story('a suspended daemon serves what waits when it stops, and stops at once', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'worker-reload-mercy = 40' });
  const from = daemon.mark();
  process.kill(daemon.masterPid, 'SIGTSTP');
  await daemon.says(/suspend|paus/i, { from });
  const waiting = daemon.get('/');
  await until('the request waits', async () => {
    const mark = daemon.mark();
    process.kill(daemon.masterPid, 'SIGUSR1');
    await daemon.says(/1 waiting|1 queued/, { from: mark, timeoutMs: 1000 });
    return true;
  });
  process.kill(daemon.masterPid, 'SIGTERM');
  assert.equal((await waiting).text, 'hello');
  // Well before the mercy of 40 s has gone by.
  assert.equal(await daemon.exitCode(), 0);
});

for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGINT'] as const) {
  story(`${signal} again and again, until the end, is one clean stop`, async (place) => {
    const pidfile = place.path('app.pid');
    const daemon = await place.start({ app: 'hello', ini: `pidfile = ${pidfile}\nvacuum = true` });
    const ended = daemon.exitCode();
    let isOver = false;
    void ended.then(() => (isOver = true));
    await until('it has ended', () => {
      try {
        for (let times = 0; times < 20; times += 1) process.kill(daemon.masterPid, signal);
      } catch {
        // It has ended between two of them.
      }
      return isOver;
    });
    assert.equal(await ended, 0, daemon.log());
    assert.equal(fs.existsSync(pidfile), false);
  });
}
