/** Chain reloads, and what several touches and letters ask for at once. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

/** Writes letters to the fifo in one call. */
function write(path: string, letters: string): void {
  const fifo = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  fs.writeSync(fifo, letters);
  fs.closeSync(fifo);
}

/** As `touch` with a time of its own, so that a second one in the same moment counts. */
function touch(path: string): void {
  const { mtimeMs } = fs.statSync(path);
  fs.utimesSync(path, new Date(), new Date(mtimeMs + 5_000));
}

for (const loading of ['lazy-apps = true', 'lazy-apps = false']) {
  story(`a chain reload to broken code replaces no worker (${loading})`, async (place) => {
    place.writeAnswering('one');
    const file = place.write('chain', '');
    const daemon = await place.start({
      ini: `module = app\nprocesses = 3\n${loading}\ntouch-chain-reload = ${file}`,
    });
    const before = daemon.workerPids();
    place.write('app.py', 'def (:\n');
    let from = daemon.mark();
    touch(file);
    assert.equal(await daemon.reloadOutcome(from), 'failed');
    assert.deepEqual(daemon.workerPids(), before, 'all of the old workers are there');
    assert.equal((await daemon.get('/')).text, 'one');

    place.writeAnswering('two');
    from = daemon.mark();
    touch(file);
    assert.equal(await daemon.reloadOutcome(from), 'reloaded');
    assert.equal((await daemon.get('/')).text, 'two');
    await until('only new workers are there', () => {
      const pids = daemon.workerPids();
      return pids.length === 3 && !pids.some((pid) => before.includes(pid));
    });
  });
}

story('a touch while a chain reload runs is not lost, and is done once', async (place) => {
  place.writeAnswering('one', 'app.py', 'import time\ntime.sleep(1)\n');
  const file = place.write('chain', '');
  const daemon = await place.start({
    ini: `module = app\nprocesses = 2\nlazy-apps = true\ntouch-chain-reload = ${file}`,
  });
  const from = daemon.mark();
  touch(file);
  await daemon.says(/reload: .*has been touched/, { from });
  place.writeAnswering('two');
  touch(file);
  await daemon.answers('the last code answers', ({ text }) => text === 'two');
  await daemon.says(/generation 3 serves now/, { from });
  assert.equal(daemon.timesSaid(/generation \d serves now/, from), 2);
});

story(
  'several touches and letters at once are one reload, and other things once',
  async (place) => {
    place.writeAnswering('one');
    const fifo = place.path('fifo');
    const names = ['a', 'b', 'c'].map((name) => place.write(name, ''));
    const ran = place.path('ran');
    const daemon = await place.start({
      ini: [
        'module = app',
        `master-fifo = ${fifo}`,
        `touch-reload = ${names[0]}`,
        `touch-chain-reload = ${names[1]}`,
        `touch-workers-reload = ${names[2]}`,
        `touch-exec = ${names[2]} echo ran >> ${ran}`,
      ].join('\n'),
    });
    const from = daemon.mark();
    for (const name of names) touch(name);
    assert.equal(await daemon.reloadOutcome(from), 'reloaded');
    await until('the command has run', () => place.read('ran') !== '');

    const letters = daemon.mark();
    write(fifo, `rrrcwWr${'z'.repeat(1000)}`);
    await daemon.says(/no command "z"/, { from: letters });
    assert.equal(await daemon.reloadOutcome(letters), 'reloaded');
    assert.equal(daemon.timesSaid(/no command "z"/, letters), 1);
    assert.equal(daemon.timesSaid(/generation \d serves now/, letters), 1);
    assert.equal(place.read('ran'), 'ran\n');
  },
);

story('a fifo that is flooded costs no request, and few reloads', async (place) => {
  place.writeAnswering('one');
  const fifo = place.path('fifo');
  const daemon = await place.start({
    ini: `module = app\nprocesses = 2\nmaster-fifo = ${fifo}`,
  });
  const writer = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  const flood = Buffer.from('rcwRWslL+-+pPzBEfS\n++'.repeat(3_000));
  for (let part = 0; part < 8; part += 1) {
    await until('the fifo has room', () => {
      try {
        return fs.writeSync(writer, flood) > 0;
      } catch {
        return false;
      }
    });
    assert.equal((await daemon.get('/')).status, 200);
  }
  fs.closeSync(writer);
  write(fifo, 'q');
  assert.equal(await daemon.exitCode(60_000), 0);
});

story('W gives running requests a second, and P writes a pidfile again', async (place) => {
  const fifo = place.path('fifo');
  const pidfile = place.path('pid');
  const daemon = await place.start({
    app: 'waits_for_file',
    ini: `master-fifo = ${fifo}\nworker-reload-mercy = 300\npidfile = ${pidfile}`,
  });
  fs.unlinkSync(pidfile);
  write(fifo, 'P');
  await until('the pidfile is there', () => place.read('pid') === `${daemon.masterPid}\n`);

  const cut = daemon.get(`/?${place.path('never')}`);
  await daemon.says(/waits for/);
  write(fifo, 'W');
  assert.equal((await cut).status, 502);
  assert.equal((await daemon.get('/')).status, 200);
});

story('exit-on-reload: a reload stops with 0, a chain reload still reloads', async (place) => {
  const fifo = place.path('fifo');
  const daemon = await place.start({
    app: 'hello',
    ini: `master-fifo = ${fifo}\nexit-on-reload = true`,
  });
  const from = daemon.mark();
  write(fifo, 'c');
  assert.equal(await daemon.reloadOutcome(from), 'reloaded');
  process.kill(daemon.masterPid, 'SIGHUP');
  assert.equal(await daemon.exitCode(), 0);
});

story('reeve reload --chain replaces the workers one by one', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'processes = 3' });
  const before = daemon.workerPids();
  const { code, output } = await place.run([
    Daemon.binary,
    'reload',
    '--chain',
    String(daemon.masterPid),
  ]);
  assert.equal(code, 0, output);
  await until('only new workers are there', () => {
    const pids = daemon.workerPids();
    return pids.length === 3 && !pids.some((pid) => before.includes(pid));
  });
});
