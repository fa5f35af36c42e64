/** Point 2: what is lost, and what is not, when a process dies. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { clientsDuring } from '../support/clients.ts';
import { story } from '../support/place.ts';
import { processInfo } from '../support/processes.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

story(
  'a killed worker is replaced at once and only its running request is answered 502',
  async (place) => {
    const daemon = await place.start({ app: 'waits_for_file', ini: 'processes = 2' });
    const lost = daemon.get(`/lost?${place.path('never')}`);
    await daemon.says(/waits for .*never/);
    const busy = await until('one worker is busy', async () => {
      const idle = (await daemon.get('/')).text;
      return daemon.workerPids().find((pid) => pid !== Number(idle));
    });
    process.kill(busy, 'SIGKILL');
    assert.equal((await lost).status, 502);
    const line = await daemon.says(/.*request\.lost.*/);
    assert.match(line[0], /\/lost/);
    assert.match(line[0], new RegExp(`${busy}`));
    assert.match(line[0], /SIGKILL|signal 9/);
    await until('there are two workers again', () => {
      const pids = daemon.workerPids();
      return pids.length === 2 && !pids.includes(busy);
    });
  },
);

story('requests that wait while a worker is killed are answered by the next one', async (place) => {
  const daemon = await place.start({ app: 'waits_for_file', ini: 'processes = 1' });
  const lost = daemon.get(`/lost?${place.path('never')}`);
  await daemon.says(/waits for .*never/);
  const waiting = [1, 2, 3].map((number) => daemon.get(`/waiting/${number}`));
  await daemon.signal('worker 1', 'SIGKILL');
  assert.equal((await lost).status, 502);
  for (const answer of await Promise.all(waiting)) assert.equal(answer.status, 200);
});

story(
  'under load, killing a worker costs at most the requests that it was running',
  async (place) => {
    const daemon = await place.start({ app: 'sleeps', ini: 'processes = 2\nthreads = 2' });
    const served = /GET \/\?0\.002 => generated .*\(HTTP\/1\.1 200\)/;
    const load = await clientsDuring(place.port, 4, '/?0.002', async () => {
      for (let time = 0; time < 3; time += 1) {
        const pid = daemon.workerPids()[0] ?? 0;
        process.kill(pid, 'SIGKILL');
        await Daemon.gone([pid]);
        await until('two workers serve', () => daemon.workerPids().length === 2);
        const before = daemon.timesSaid(served);
        await until('ten more are answered', () => daemon.timesSaid(served) >= before + 10);
      }
    });
    assert.ok(load.answered > 20, `answered ${load.answered}`);
    assert.deepEqual(load.errors, []);
    const lost = load.statuses.get(502) ?? 0;
    assert.ok(lost <= 6, `${lost} requests were answered 502`);
    assert.equal(daemon.timesSaid(said.requestLost), lost);
  },
);

story(
  'a killed spawner costs no request, and its workers are replaced from a new one',
  async (place) => {
    const daemon = await place.start({ app: 'sleeps', ini: 'processes = 2' });
    const before = daemon.workerPids();
    const load = await clientsDuring(place.port, 4, '/?0.01', async () => {
      const spawner = await daemon.signal('spawner', 'SIGKILL');
      await until('a new spawner and new workers are there', () => {
        const workers = daemon.workerPids();
        const [now] = daemon.withRole('spawner');
        return (
          now !== undefined &&
          now.pid !== spawner &&
          workers.length === 2 &&
          workers.every((pid) => !before.includes(pid) && processInfo(pid)?.parent === now.pid)
        );
      });
    });
    assert.deepEqual(load.failures(), []);
    assert.ok(load.answered > 0);
    await Daemon.gone(before);
  },
);

story(
  'a killed gateway loses its connections, but new clients wait and are not refused',
  async (place) => {
    const daemon = await place.start({ app: 'waits_for_file', ini: 'processes = 1\nthreads = 2' });
    const workers = daemon.workerPids();
    const lost = daemon.get(`/lost?${place.path('never')}`);
    lost.catch(() => undefined); // Looked at below, after its connection was cut.
    await daemon.says(/waits for .*never/);
    const gateway = await daemon.signal('http 1', 'SIGKILL');
    await assert.rejects(lost, /closed without an answer|ECONNRESET/);
    place.write('never', '');
    const next = await Promise.all([1, 2, 3, 4].map(() => daemon.get('/')));
    assert.deepEqual(
      next.map((answer) => answer.status),
      [200, 200, 200, 200],
    );
    assert.notEqual(await daemon.pid('http 1'), gateway);
    assert.deepEqual(daemon.workerPids(), workers, 'workers outlive the gateway');
  },
);

story('kill -9 of the master leaves no process that Reeve forked', async (place) => {
  const daemon = await place.start({ app: 'waits_for_file', ini: 'processes = 2\nthreads = 2' });
  daemon.get(`/?${place.path('never')}`).catch(() => undefined);
  await daemon.says(/waits for/);
  const pids = daemon.processes().map((info) => info.pid);
  assert.equal(pids.length, 5);
  process.kill(daemon.masterPid, 'SIGKILL');
  await daemon.exit;
  await Daemon.gone(pids);
});

story(
  'an application that takes os._exit as its way out costs that request and its worker',
  async (place) => {
    const daemon = await place.start({ app: 'raises' });
    const [before] = daemon.workerPids();
    assert.equal((await daemon.get('/os-exit')).status, 502);
    const after = await daemon.answers('a new worker answers', (answer) => answer.status === 200);
    assert.notEqual(Number(after.text), before);
    await daemon.says(/request\.lost.*\/os-exit/);
  },
);

story(
  'requests that kill their worker, one after the other, let nobody wait for its successor',
  async (place) => {
    const daemon = await place.start({ app: 'raises', ini: 'processes = 1' });
    // With a pause after each of them, the last would be half a minute long.
    for (let times = 0; times < 12; times += 1) {
      const target = times % 2 === 0 ? '/os-exit' : '/segfault';
      assert.equal((await daemon.get(target)).status, 502);
      assert.equal((await daemon.get('/')).status, 200);
    }
    assert.equal(daemon.timesSaid(said.requestLost), 12);
    assert.equal(daemon.timesSaid(/worker\.exited/), 12);
  },
  { timeoutMs: 90_000 },
);

story(
  'a worker that dies at boot again and again is restarted with growing pauses',
  async (place) => {
    place.writeAnswering('hello');
    const daemon = await place.start({ ini: 'module = app\nlazy-apps = true' });
    place.write('app.py', 'raise ValueError("broken meanwhile")\n');
    const from = daemon.mark();
    await daemon.signal('worker 1', 'SIGKILL');
    const starts: number[] = [];
    await until(
      'five more workers have been tried',
      () => {
        const count = daemon.timesSaid(/worker\.spawned/, from);
        while (starts.length < count) starts.push(performance.now());
        return starts.length >= 6;
      },
      { timeoutMs: 90_000, everyMs: 5 },
    );
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    const last = pauses.at(-1) ?? 0;
    assert.ok(
      last > 2 * (pauses[0] ?? 0) || last > 2000,
      `pauses: ${pauses.map(Math.round).join(', ')}`,
    );
    assert.equal(
      daemon.timesSaid(/^ValueError: broken meanwhile/m, from),
      1,
      'its traceback is shown once',
    );
    assert.equal(daemon.hasExited, false);
    place.writeAnswering('mended');
    assert.equal(await daemon.reload(), 'reloaded');
    assert.equal((await daemon.get('/')).text, 'mended');
  },
  { timeoutMs: 90_000 },
);

story(
  'a spawner that is killed while a reload with stop-first loads costs no request',
  async (place) => {
    const ini = 'processes = 2\nreload-mode = stop-first\nlazy-apps = false';
    const daemon = await place.start({ app: 'imports_slowly', ini });
    const [old] = daemon.withRole('spawner');
    const load = await clientsDuring(place.port, 4, '/', async () => {
      const from = daemon.mark();
      process.kill(daemon.masterPid, 'SIGHUP');
      const next = await until('the new spawner loads', () =>
        daemon.withRole('spawner').find(({ pid }) => pid !== old?.pid),
      );
      process.kill(next.pid, 'SIGKILL');
      await daemon.says(/reload\.failed/, { from });
      await daemon.says(/reload\.done/, { from });
      await daemon.answers('it serves again', (answer) => answer.status === 200);
    });
    assert.deepEqual(load.failures(), []);
  },
);

story('a stop-first reload to code that does not load is answered 503', async (place) => {
  place.writeAnswering('one');
  const daemon = await place.start({ ini: 'module = app\nreload-mode = stop-first' });
  place.write('app.py', 'raise ValueError("broken")\n');
  assert.equal(await daemon.reload(), 'failed');
  const answer = await daemon.answers('it answers', ({ status }) => status !== 200);
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers['retry-after']) > 0, JSON.stringify(answer.headers));
  place.writeAnswering('two');
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/')).text, 'two');
});

story('a gateway that is killed in a rolling reload does not hold it up', async (place) => {
  const ini = 'processes = 3\nreload-mode = rolling\nworker-reload-mercy = 60';
  const daemon = await place.start({ app: 'imports_slowly', ini });
  const before = daemon.workerPids();
  const from = daemon.mark();
  process.kill(daemon.masterPid, 'SIGHUP');
  let killed: number | undefined;
  for (const what of [/worker\.spawned/, /worker\.exited/]) {
    await daemon.says(what, { from });
    const gateway = await until('there is a gateway', () =>
      daemon.withRole('http 1').find(({ pid }) => pid !== killed),
    );
    killed = gateway.pid;
    process.kill(killed, 'SIGKILL');
  }
  assert.equal(await daemon.reloadOutcome(from), 'reloaded');
  await Daemon.gone(before);
  assert.equal(daemon.timesSaid(/still busy/, from), 0);
  assert.equal((await daemon.get('/')).status, 200);
});

story('a gateway that is killed in a stop does not hold its idle workers', async (place) => {
  const daemon = await place.start({
    app: 'waits_for_file',
    ini: 'processes = 2\nworker-reload-mercy = 60',
  });
  daemon.get(`/?${place.path('go')}`).catch(() => undefined);
  await daemon.says(/waits for/);
  process.kill(daemon.masterPid, 'SIGQUIT');
  await daemon.says(said.waiting);
  await daemon.signal('http 1', 'SIGKILL');
  place.write('go', '');
  assert.equal(await daemon.exitCode(), 0);
});

story(
  'a worker that its spawner reaped, and was killed before it said so, is missed',
  async (place) => {
    const daemon = await place.start({ app: 'reaps_unseen', ini: 'processes = 2' });
    const before = daemon.workerPids();
    place.write('go', '');
    await until('the spawner waits for a child', () => !place.exists('go'));
    process.kill(before[0] ?? 0, 'SIGKILL');
    await daemon.says(/worker\.exited .*has ended, and its spawner before it said how/);
    await until('there are two others', () => {
      const pids = daemon.workerPids();
      return pids.length === 2 && !pids.some((pid) => before.includes(pid));
    });
    assert.equal((await daemon.get('/')).text, 'hello');
  },
);
