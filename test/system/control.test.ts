/** The control socket: status, reload, stop, log-level and scale, and who may not disturb it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';

import { Daemon, type DaemonOptions } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import type { Place, RunResult } from '../support/place.ts';
import { isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** A daemon whose control socket is PLACE/control.sock. */
function controlled(place: Place, options: DaemonOptions = {}): Promise<Daemon> {
  const lines = `control-socket = ${place.path('control.sock')}\n${options.ini ?? ''}`;
  return place.start({ ...options, ini: lines });
}

/** `reeve COMMAND… PLACE/control.sock`. */
function reeve(place: Place, ...words: string[]): Promise<RunResult> {
  return place.run([Daemon.binary, ...words, place.path('control.sock')]);
}

/** The command where nothing else runs: as root it would find what others started in /run/reeve. */
function alone(words: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return words;
  const script = 'mount -t tmpfs none /run && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...words];
}

const cannotBeAlone =
  process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status !== 0
    ? 'unshare is not permitted here'
    : false;

async function statusOf(place: Place): Promise<ReturnType<typeof JSON.parse>> {
  const { code, output } = await reeve(place, 'status', '--json');
  assert.equal(code, 0, output);
  return JSON.parse(output);
}

story('status shows who runs what, for people and as JSON', async (place) => {
  const daemon = await controlled(place, { app: 'waits_for_file', ini: 'processes = 2' });
  assert.equal((await daemon.get('/')).status, 200);
  const file = place.path('go');
  const slow = daemon.get(`/wait?${file}`, { timeoutMs: 90_000 });
  const busy = await until('a worker is busy', async () => {
    const status = await statusOf(place);
    const workers = status.generations[0].workers as { now: object[] }[];
    return workers.some((worker) => worker.now.length > 0) ? status : undefined;
  });
  assert.equal(busy.pid, daemon.masterPid);
  assert.deepEqual(busy.files, [daemon.iniPath]);
  assert.equal(busy.phase, 'serving');
  assert.equal(busy.gateways[0].running, 1);
  const [generation] = busy.generations;
  assert.equal(generation.role, 'serving');
  assert.deepEqual(
    generation.workers.map((worker: { pid: number }) => worker.pid),
    daemon.workerPids(),
  );
  const [now, ...others] = generation.workers.flatMap((worker: { now: object[] }) => worker.now);
  assert.deepEqual(others, []);
  assert.deepEqual(
    { ...now, seconds: typeof now.seconds, requestId: typeof now.requestId },
    {
      ...{ method: 'GET', uri: `/wait?${file}`, requestId: 'string', thread: 0 },
      ...{ seconds: 'number', heldByClient: false },
    },
  );
  assert.equal(busy.suspended, false);
  assert.ok(!('line' in busy), 'no sentences for programs');
  for (const worker of generation.workers) {
    assert.ok(worker.rssBytes > worker.pssBytes && worker.pssBytes > 100_000, 'its memory');
  }
  // Its first line is of the last second, as systemd's is.
  const output = await until('the first line knows of it', async () => {
    const run = await reeve(place, 'status');
    return /^serving: 2 workers, 1 busy, queue 0/m.test(run.output) ? run.output : undefined;
  });
  assert.match(output, /^generation 1, serving$/m);
  assert.match(output, /^ {2}worker \d +\d+ +up .* MiB +GET \/wait/m);
  assert.match(output, /^ {2}worker \d +\d+ +up .* MiB +idle$/m);
  place.write('go', '');
  assert.equal((await slow).status, 200);
});

story('reload returns when the new generation serves, or with why it does not', async (place) => {
  place.writeAnswering('one');
  const daemon = await controlled(place, { ini: 'module = app' });
  place.writeAnswering('two');
  const done = await reeve(place, 'reload');
  assert.equal(done.code, 0, done.output);
  assert.match(done.output, /generation 2 serves now/);
  assert.equal((await daemon.get('/')).text, 'two');

  place.write('app.py', 'raise ValueError("not this one")\n');
  const failed = await reeve(place, 'reload');
  assert.equal(failed.code, 22, failed.output);
  assert.match(failed.output, /ValueError: not this one.*the old generation keeps serving/);

  const refused = daemon.iniPath;
  fs.appendFileSync(refused, 'threads = many\n');
  const wrong = await reeve(place, 'reload');
  assert.equal(wrong.code, 78, wrong.output);
  assert.match(wrong.output, /threads.*everything stays as it was/);
  assert.equal((await daemon.get('/')).text, 'two');
});

story('two reloads at once both hear the truth', async (place) => {
  const slowly = 'import time\ntime.sleep(1)';
  place.writeAnswering('one', 'app.py', slowly);
  const daemon = await controlled(place, { ini: 'module = app' });
  place.writeAnswering('two', 'app.py', slowly);
  const both = await Promise.all([reeve(place, 'reload'), reeve(place, 'reload')]);
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
    both.map(({ output }) => output).join(),
  );
  assert.equal((await daemon.get('/')).text, 'two');
  place.write('app.py', `${slowly}\nraise ValueError("broken")\n`);
  const broken = await Promise.all([reeve(place, 'reload'), reeve(place, 'reload')]);
  for (const { code, output } of broken) {
    assert.equal(code, 22, output);
    assert.match(output, /broken/);
  }
});

story('scale changes the workers at once, until the next reload', async (place) => {
  const daemon = await controlled(place, { app: 'hello', ini: 'processes = 2' });
  const [first] = daemon.workerPids();
  const more = await reeve(place, 'scale', '4');
  assert.equal(more.code, 0, more.output);
  assert.match(more.output, /until the next reload/);
  assert.equal(daemon.workerPids().length, 4);
  const fewer = await reeve(place, 'scale', '1');
  assert.equal(fewer.code, 0, fewer.output);
  assert.deepEqual(daemon.workerPids(), [first], 'the first slot is kept');
  assert.equal((await reeve(place, 'scale', '0')).code, 64);
  assert.equal((await reeve(place, 'scale', 'many')).code, 64);
  assert.equal(await daemon.reload(), 'reloaded');
  await until('the configuration counts again', () => daemon.workerPids().length === 2);
});

story('log-level changes what is written, without a reload', async (place) => {
  const daemon = await controlled(place, { app: 'hello' });
  assert.equal((await reeve(place, 'log-level', 'error')).code, 0);
  const from = daemon.mark();
  assert.equal((await reeve(place, 'reload')).code, 0);
  assert.doesNotMatch(daemon.log(from), / info /);
  const wrong = await reeve(place, 'log-level', 'loud');
  assert.equal(wrong.code, 64);
  assert.match(wrong.output, /"loud" is not one of debug, info, warning, error/);
  await reeve(place, 'log-level', 'debug');
  process.kill(daemon.masterPid, 'SIGUSR1');
  await daemon.says(/ info status/, { from });
});

story('stop returns when the daemon and its socket have gone', async (place) => {
  const daemon = await controlled(place, { app: 'sleeps' });
  const slow = daemon.get('/?3', { timeoutMs: 90_000 });
  await until('it is busy', async () => (await statusOf(place)).gateways[0].running === 1);
  const run = await reeve(place, 'stop');
  assert.equal(run.code, 0, run.output);
  assert.match(run.output, /has stopped/);
  assert.equal(isAlive(daemon.masterPid), false);
  assert.equal(place.exists('control.sock'), false);
  assert.equal((await slow).status, 200, 'what ran was finished');
  assert.equal(await daemon.exitCode(), 0);
  const gone = await reeve(place, 'status');
  assert.notEqual(gone.code, 0);
});

story('the socket is 0600; a stale one is replaced, a live one refused', async (place) => {
  const daemon = await controlled(place, { app: 'hello' });
  const mode = fs.statSync(place.path('control.sock')).mode & 0o777;
  assert.equal(mode, 0o600);
  const port = await place.anotherPort();
  const bare = [
    `http = 127.0.0.1:${port}`,
    'module = hello',
    `control-socket = ${place.path('control.sock')}`,
  ];
  const second = await place.start({ bare: true, ini: bare.join('\n'), wait: 'exit' });
  assert.equal(await second.exitCode(), 73);
  assert.match(second.log(), /control-socket: .*another server answers there/);
  process.kill(daemon.masterPid, 'SIGKILL');
  await daemon.exit;
  assert.ok(place.exists('control.sock'), 'it was left behind');
  await controlled(place, { app: 'hello' });
  assert.equal((await statusOf(place)).phase, 'serving');
});

story('clients that hang, or say what is no request, harm nobody', async (place) => {
  const daemon = await controlled(place, { app: 'hello' });
  const path = place.path('control.sock');
  const silent = Array.from({ length: 200 }, () => net.connect({ path }));
  for (const client of silent) client.on('error', () => undefined);
  for (const words of [
    'GET / HTTP/1.1\r\n\r\n',
    '{"command":"explode"}\n',
    'x'.repeat(1_000_000),
  ]) {
    const client = net.connect({ path });
    client.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => client.on('close', () => resolve()));
    client.write(words);
    client.resume();
    await ended;
  }
  assert.equal((await statusOf(place)).pid, daemon.masterPid);
  assert.equal((await daemon.get('/')).status, 200);
  for (const client of silent) client.destroy();
});

story('it is found by pidfile, ini file, pid and runtime directory', async (place) => {
  fs.mkdirSync(place.path('run/blog'), { recursive: true });
  const env = { RUNTIME_DIRECTORY: place.path('run/blog') };
  const pidfile = place.path('app.pid');
  const ini = `pidfile = ${pidfile}\nvacuum = true`;
  const daemon = await place.start({ app: 'hello', ini, env });
  const pid = String(daemon.masterPid);
  for (const target of [pidfile, daemon.iniPath, pid, place.path('run/blog/control.sock')]) {
    const { code, output } = await place.run([Daemon.binary, 'status', target]);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`^blog: pid ${pid}, `));
  }
  const own = await place.run([Daemon.binary, 'status'], { env });
  assert.match(own.output, new RegExp(`^blog: pid ${pid}, `), 'without a name within the unit');
  const nobody = await place.run([Daemon.binary, 'reload', 'no-such-instance']);
  assert.equal(nobody.code, 69);
  assert.match(nobody.output, /no instance called no-such-instance runs/);
  await daemon.stop();
  const stopped = await place.run([Daemon.binary, 'status', place.path('run/blog/control.sock')]);
  assert.notEqual(stopped.code, 0);
});

story(
  'between two instances it does not guess, and --all tells each failure',
  async (place) => {
    const runtime = place.path('runtime');
    fs.mkdirSync(runtime);
    const start = async (name: string): Promise<Daemon> => {
      const port = await place.anotherPort();
      fs.mkdirSync(`${runtime}/reeve/${name}`, { recursive: true });
      place.writeAnswering(name, `${name}.py`);
      const env = { RUNTIME_DIRECTORY: `${runtime}/reeve/${name}` };
      const lines = `http = 127.0.0.1:${port}\nmodule = ${name}\nchdir = ${place.directory}`;
      return await place.start({ bare: true, ini: lines, env });
    };
    const daemons = [await start('one'), await start('two')];
    const env = { XDG_RUNTIME_DIR: runtime };
    const unsure = await place.run(alone([Daemon.binary, 'reload']), { env });
    assert.equal(unsure.code, 64, unsure.output);
    for (const daemon of daemons)
      assert.match(unsure.output, new RegExp(`pid ${daemon.masterPid}`));
    const listed = await place.run(alone([Daemon.binary, 'status']), { env });
    assert.equal(listed.code, 0, listed.output);
    const [heads = '', ...rows] = listed.output.trimEnd().split('\n');
    assert.match(heads, /^NAME +PID +VERSION +STATUS +FILE$/);
    // Root sees what other tests run as other users, too.
    for (const { masterPid } of daemons) {
      const own = rows.filter((row) => new RegExp(`^\\w+ +${masterPid} .* serving: `).test(row));
      assert.equal(own.length, 1, listed.output);
    }
    const fields = await place.run(alone([Daemon.binary, 'status', '--json']), { env });
    const pids = JSON.parse(fields.output).instances.map(({ pid }: { pid: number }) => pid);
    for (const { masterPid } of daemons) {
      assert.equal(pids.filter((pid: number) => pid === masterPid).length, 1, fields.output);
    }
    const named = await place.run(alone([Daemon.binary, 'reload', 'reeve@two.service']), { env });
    assert.equal(named.code, 0, named.output);
    place.write('one.py', 'raise ValueError("one is broken")\n');
    const all = await place.run(alone([Daemon.binary, 'reload', '--all']), { env });
    assert.equal(all.code, 22, all.output);
    assert.match(all.output, /one \(pid \d+\): .*one is broken/);
    assert.match(all.output, /two \(pid \d+\): generation 3 serves now/);
  },
  { skip: cannotBeAlone },
);

/** An instance with its control socket in RUNTIME/reeve/NAME, as a unit would start it. */
async function instance(place: Place, name: string, lines = ''): Promise<Daemon> {
  const port = await place.anotherPort();
  fs.mkdirSync(place.path(`runtime/reeve/${name}`), { recursive: true });
  place.writeAnswering(name, `${name}.py`);
  const env = { RUNTIME_DIRECTORY: place.path(`runtime/reeve/${name}`) };
  const ini = `http = 127.0.0.1:${port}\nmodule = ${name}\nchdir = ${place.directory}\n${lines}`;
  return await place.start({ bare: true, ini, env });
}

story(
  'within a unit its own instance is meant, and never another',
  async (place) => {
    const silent = await instance(place, 'silent', 'control-socket = off');
    const other = await instance(place, 'other');
    const socket = place.path('elsewhere.sock');
    const elsewhere = await instance(place, 'elsewhere', `control-socket = ${socket}`);
    const within = (daemon: Daemon, name: string) => ({
      XDG_RUNTIME_DIR: place.path('runtime'),
      RUNTIME_DIRECTORY: place.path(`runtime/reeve/${name}`),
      INVOCATION_ID: 'e0f5d5c2a3b84a5c9d8e7f6a5b4c3d2e',
      MAINPID: String(daemon.masterPid),
    });
    const units = [
      within(silent, 'silent'),
      { ...within(silent, 'silent'), RUNTIME_DIRECTORY: undefined },
      { ...within(silent, 'silent'), RUNTIME_DIRECTORY: undefined, MAINPID: undefined },
    ];
    for (const env of units) {
      for (const word of ['reload', 'stop']) {
        const refused = await place.run(alone([Daemon.binary, word]), { env });
        assert.equal(refused.code, 69, refused.output);
        assert.match(refused.output, /instance of this unit .*control-socket/);
      }
    }
    const env = within(elsewhere, 'elsewhere');
    const found = await place.run(alone([Daemon.binary, 'reload']), { env });
    assert.equal(found.code, 0, found.output);
    assert.match(found.output, new RegExp(`pid ${elsewhere.masterPid}\\): generation 2`));
    const shared = { ...env, RUNTIME_DIRECTORY: place.path('runtime/reeve/other') };
    const own = await place.run(alone([Daemon.binary, 'reload']), { env: shared });
    assert.match(own.output, new RegExp(`pid ${elsewhere.masterPid}\\): generation 3`));
    const status = await place.run([Daemon.binary, 'status', String(other.masterPid)]);
    assert.match(status.output, /^generation 1, serving$/m, 'nobody has touched the other');
  },
  { skip: cannotBeAlone },
);

story(
  'an instance that does not answer is named, and is not one that does not run',
  async (place) => {
    const env = { XDG_RUNTIME_DIR: place.path('runtime') };
    const nobody = await place.run(alone([Daemon.binary, 'reload', '--all']), { env });
    assert.equal(nobody.code, 69, nobody.output);
    assert.match(nobody.output, /no instance runs in/);
    const hung = await instance(place, 'hung');
    process.kill(hung.masterPid, 'SIGSTOP');
    try {
      const alonely = await place.run(alone([Daemon.binary, 'reload', '--all']), { env });
      assert.equal(alonely.code, 69, alonely.output);
      assert.match(alonely.output, /hung: not reloaded: .*no answer in [0-9.]+ s/);
      await instance(place, 'sound');
      const all = await place.run(alone([Daemon.binary, 'reload', '--all']), { env });
      assert.equal(all.code, 69, all.output);
      assert.match(all.output, /hung: not reloaded: .*no answer in [0-9.]+ s/);
      assert.match(all.output, /sound \(pid \d+\): generation 2 serves now/);
      const named = await place.run(alone([Daemon.binary, 'status', 'hung']), { env });
      assert.equal(named.code, 69, named.output);
      assert.match(named.output, /hung is there but cannot be asked: .*no answer in [0-9.]+ s/);
      const unsure = await place.run(alone([Daemon.binary, 'reload']), { env });
      assert.equal(unsure.code, 64, unsure.output);
      const listed = await place.run(alone([Daemon.binary, 'status']), { env });
      assert.equal(listed.code, 69, listed.output);
      assert.match(listed.output, /^hung: cannot be asked: .*no answer in [0-9.]+ s/m);
      assert.match(listed.output, /^sound +\d+ .* serving: /m);
    } finally {
      process.kill(hung.masterPid, 'SIGCONT');
    }
  },
  { skip: cannotBeAlone },
);

story("another user's instance is there, but may not be asked: 77", async (place) => {
  await instance(place, 'foreign');
  fs.chmodSync(place.directory, 0o755);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) fs.chmodSync(place.path('runtime/reeve/foreign/control.sock'), 0);
  const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const env = { XDG_RUNTIME_DIR: place.path('runtime') };
  // One that only root can look into is no instance of that name.
  const closed = isRoot ? fs.mkdtempSync('/run/reeve-test-') : undefined;
  try {
    const refused = await place.run([...asNobody, Daemon.binary, 'status', 'foreign'], { env });
    assert.equal(refused.code, 77, refused.output);
    assert.match(refused.output, /foreign is there but cannot be asked: .*not permitted/);
  } finally {
    if (closed !== undefined) fs.rmdirSync(closed);
  }
});
