/** The limit of processes and threads is reached: what runs goes on, what is missing is named. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { noTaskLimit, TaskLimit } from '../support/task-limit.ts';
import { until } from '../support/until.ts';

const skip = noTaskLimit;
/** Kept in a file: more than the gateway holds in memory. */
const upload = { method: 'POST', body: Buffer.alloc(5_000_000) };
const refused =
  /could not be started \(EAGAIN\): the control group may have 1 processes and threads, and has \d+ \(pids\.max of \/sys\/fs\/cgroup\/\S+\)/;

async function uploads(daemon: Daemon): Promise<void> {
  const answer = await daemon.get('/', upload);
  assert.deepEqual([answer.status, answer.text], [200, '5000000']);
}

story(
  'an application that leaks threads and processes to the limit is served, reloaded and stopped',
  async (place) => {
    const limit = new TaskLimit(60);
    const daemon = await place.start({
      app: 'leaks',
      ini: 'threads = 2', // One process: it has the children that it is asked to end.
      wrapper: limit.wrapper,
    });
    assert.match((await daemon.get('/processes')).text, /Resource temporarily unavailable/);
    await uploads(daemon);
    const from = daemon.mark();
    assert.equal(await daemon.reload(), 'failed');
    assert.match(daemon.log(from), /reload\.failed.*could not be started \(EAGAIN\)/);
    await uploads(daemon);
    const status = await place.run([Daemon.binary, 'status', daemon.iniPath]);
    assert.equal(status.code, 0, status.output);
    assert.match(status.output, /the last reload failed: .* could not be started \(EAGAIN\)/);

    assert.match((await daemon.get('/free')).text, /^\d+ ended$/);
    await until('the leaked processes have ended', () => limit.current < 40);
    assert.equal(await daemon.reload(), 'reloaded');
    assert.match((await daemon.get('/threads')).text, /can't start new thread/);
    await uploads(daemon);
  },
  { skip },
);

story(
  'a worker, the gateway and the spawner are tried again until the system has room for them',
  async (place) => {
    const limit = new TaskLimit(60);
    const daemon = await place.start({
      app: 'leaks',
      ini: 'processes = 2',
      wrapper: limit.wrapper,
    });
    limit.close();
    let from = daemon.mark();
    await daemon.signal('worker 1', 'SIGKILL');
    const missing = await daemon.says(/worker\.exited slot=1 .*could not be started.*/, { from });
    assert.match(missing[0], refused);
    assert.match(missing[0], /: worker 1 could not .*; starting another in \d+ ms$/);
    await uploads(daemon);

    from = daemon.mark();
    await daemon.signal('http 1', 'SIGKILL');
    const none = await daemon.says(/gateway\.exited .*could not be started.*/, { from });
    assert.match(none[0], refused);
    const waiting = daemon.get('/', { ...upload, timeoutMs: 90_000 });
    await daemon.says(/another is started in [48]00 ms/, { from });
    limit.setMax(60);
    assert.equal((await waiting).status, 200, 'clients have waited for it');
    await until('worker 1 is back', () => daemon.workerPids().length === 2);

    from = daemon.mark();
    limit.close();
    await daemon.signal('spawner', 'SIGKILL');
    await daemon.says(/reload\.failed .*the spawner could not be started/, { from });
    await uploads(daemon);
    limit.setMax(60);
    await daemon.says(/workers have been replaced from a new spawner/, { from });
    await uploads(daemon);
    assert.doesNotMatch(daemon.log(), /pid 0|internal error|SIGABRT/);
  },
  { skip },
);

story(
  'the log helper is tried again, and the lines that waited for it are written',
  async (place) => {
    const limit = new TaskLimit(60);
    const daemon = await place.start({
      app: 'leaks',
      ini: 'log-json = true',
      wrapper: limit.wrapper,
    });
    limit.close();
    await daemon.signal('log', 'SIGKILL');
    await daemon.says(
      /the log helper could not be started \(EAGAIN\): the control group may have 1 /,
    );
    await uploads(daemon);
    limit.setMax(60);
    await daemon.pid('log');
    await uploads(daemon);
  },
  { skip },
);

story(
  'a reload that needs another gateway is backed out, and the old one serves',
  async (place) => {
    const limit = new TaskLimit(60);
    const daemon = await place.start({ app: 'leaks', wrapper: limit.wrapper });
    limit.setMax(limit.current + 5); // The spawner fits in, the gateway does not.
    daemon.writeIni('http-keepalive = 7');
    const from = daemon.mark();
    assert.equal(await daemon.reload(), 'failed');
    assert.match(daemon.log(from), /reload\.failed .*the gateway could not be started \(EAGAIN\)/);
    await uploads(daemon);
    limit.setMax(60);
    assert.equal(await daemon.reload(), 'reloaded');
    await uploads(daemon);
  },
  { skip },
);

// The master has 7 threads, the gateway 10; then come the spawner with one more, and the workers.
// Whom the last of five failures meets depends on who is quicker.
for (const [max, what] of [
  [4, 'the threads of the master'],
  [12, 'the gateway|worker \\d.*'],
  [17, 'the gateway|the spawner|worker \\d.*'],
  [21, 'the gateway|worker \\d.*'],
] as const) {
  story(
    `a start with room for ${max} processes and threads ends with 71 and names the limit`,
    async (place) => {
      const { wrapper } = new TaskLimit(max);
      const ini = 'processes = 2\nthreads = 3';
      const daemon = await place.start({ app: 'leaks', ini, wrapper, wait: 'exit' });
      assert.equal(await daemon.exitCode(), 71, daemon.log());
      const sentence = `(${what}) (cannot|could not) be started \\(EAGAIN\\): the control group may have ${max} `;
      assert.match(daemon.log(), new RegExp(`start\\.refused.*${sentence}`));
      assert.doesNotMatch(daemon.log(), /internal error|Assertion/);
    },
    { skip },
  );
}

story(
  'the limit of a user is named, too',
  async (place) => {
    // Threads of other processes of the user would count: this one has none.
    const user = String(3_000_000 + process.pid);
    const wrapper = ['prlimit', '--nproc=12', 'setpriv', `--reuid=${user}`, '--clear-groups', '--'];
    const daemon = await place.start({
      bare: true,
      ini: `http = 127.0.0.1:${place.port}\nchdir = ${place.directory}\npython = /usr/bin/python3\nmodule = leaks`,
      app: 'leaks',
      wrapper,
      wait: 'exit',
    });
    assert.equal(await daemon.exitCode(), 71, daemon.log());
    fs.rmSync(`/tmp/reeve-${user}`, { recursive: true, force: true });
    assert.match(
      daemon.log(),
      new RegExp(
        `the gateway could not be started \\(EAGAIN\\): user ${user} may have 12 .*LimitNPROC=`,
      ),
    );
  },
  { skip: process.getuid?.() !== 0 && 'needs root' },
);

// Below 32 Node itself may crash; above, the gateway would lack them.
for (const [files, sentence] of [
  [20, /a process may have only 20 open files \(LimitNOFILE= of the unit/],
  [32, /a process may have only 32 \(hard limit\)/],
] as const) {
  story(`a start with ${files} open files ends with 71 and names that limit`, async (place) => {
    const wrapper = ['prlimit', `--nofile=${files}`, '--'];
    const app = 'leaks';
    const http = Array.from({ length: 6 }, () => 'http = 127.0.0.1:0').join('\n');
    const daemon = await place.start({ app, ini: http, wrapper, wait: 'exit' });
    assert.equal(await daemon.exitCode(), 71, daemon.log());
    assert.match(daemon.log(), sentence);
    assert.doesNotMatch(daemon.log(), /fault of Reeve/);
  });
}

story('children that lack descriptors are tried again until there are some', async (place) => {
  const daemon = await place.start({ app: 'leaks', ini: 'processes = 2' });
  const limit = (count: number) =>
    place.run(['prlimit', `--pid=${daemon.masterPid}`, `--nofile=${count}:20000`]);
  await limit(16);
  let from = daemon.mark();
  await daemon.signal('http 1', 'SIGKILL');
  await daemon.says(
    /gateway\.exited .*could not be started \(EMFILE\): a process may have 16 open files/,
    { from },
  );
  await limit(10_000);
  await uploads(daemon);
  await limit(16);
  from = daemon.mark();
  assert.equal(await daemon.reload(), 'failed');
  await uploads(daemon);
  await limit(10_000);
  assert.equal(await daemon.reload(), 'reloaded');
  await uploads(daemon);
});

story('workers that need more open files than a process may have are refused', async (place) => {
  const wrapper = ['prlimit', '--nofile=64:64', '--'];
  const many = { app: 'leaks', ini: 'processes = 8\nthreads = 2', wrapper };
  const refused = await place.start({ ...many, wait: 'exit' });
  assert.equal(await refused.exitCode(), 71, refused.log());
  assert.match(
    refused.log(),
    /\.ini:\d+: processes = 8 and threads = 2 need 111 open files .* only 64 \(hard limit\); raise /,
  );
  const daemon = await place.start({ app: 'leaks', ini: 'processes = 2', wrapper });
  const scaled = await place.run([Daemon.binary, 'scale', '16', daemon.iniPath]);
  assert.equal(scaled.code, 69, scaled.output);
  assert.match(scaled.output, /processes = 16 and threads = 1 need 111 open files/);
  assert.equal(await daemon.reload(), 'reloaded');
  await uploads(daemon);
});
