/** Points 4 and 7: touch-reload, py-autoreload and master-fifo ask for a reload. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';

story('touch-reload reloads when its file is touched, or appears', async (place) => {
  place.writeAnswering('one');
  const file = place.path('touch-me');
  const daemon = await place.start({ ini: `module = app\ntouch-reload = ${file}` });
  place.writeAnswering('two');
  fs.writeFileSync(file, '');
  await daemon.answers('the new code answers', (answer) => answer.text === 'two');
  place.writeAnswering('three');
  fs.utimesSync(file, new Date(), new Date(Date.now() + 5000));
  await daemon.answers('the newer code answers', (answer) => answer.text === 'three');
});

story('py-autoreload: an edited module of the application answers within 4 s', async (place) => {
  place.write('part.py', 'TEXT = "one"\n');
  place.write(
    'app.py',
    [
      'import part',
      'def application(environ, start_response):',
      '    start_response("200 OK", [])',
      '    return [part.TEXT.encode()]',
      '',
    ].join('\n'),
  );
  const daemon = await place.start({ ini: 'module = app\npy-autoreload = 2\nlazy-apps = true' });
  assert.equal((await daemon.get('/')).text, 'one');

  place.write('part.py', 'TEXT = "two"\n');
  await daemon.answers('the edit answers', (answer) => answer.text === 'two');

  const from = daemon.mark();
  place.write('part.py', 'TEXT = = "three"\n');
  await daemon.says(/SyntaxError/, { from });
  assert.equal((await daemon.get('/')).text, 'two', 'the old code keeps serving');

  place.write('part.py', 'TEXT = "mended"\n');
  await daemon.answers('the mended code answers', (answer) => answer.text === 'mended');
});

story('py-autoreload sees a module that is imported in a request', async (place) => {
  place.write('part.py', 'TEXT = "one"\n');
  place.write(
    'app.py',
    [
      'def application(environ, start_response):',
      '    import part',
      '    start_response("200 OK", [])',
      '    return [part.TEXT.encode()]',
      '',
    ].join('\n'),
  );
  const daemon = await place.start({ ini: 'module = app\npy-autoreload = 1' });
  assert.equal((await daemon.get('/')).text, 'one');
  // The master hears of the module a moment after the answer; an edit before that is not one.
  await until(
    'the edit answers',
    async () => {
      place.write('part.py', 'TEXT = "two!"\n');
      return (await daemon.get('/')).text === 'two!';
    },
    { timeoutMs: 60_000, everyMs: 1500 },
  );
});

/** Writes one command to the fifo, as `echo` would. */
function command(path: string, letter: string): void {
  const fifo = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  fs.writeSync(fifo, letter);
  fs.closeSync(fifo);
}

story(
  'master-fifo: r reloads, s logs the status, p pauses and continues, q stops',
  async (place) => {
    place.writeAnswering('one');
    const fifo = place.path('control');
    const daemon = await place.start({ ini: `module = app\nmaster-fifo = ${fifo}\nvacuum = true` });
    assert.equal(fs.statSync(fifo).isFIFO(), true);
    assert.equal(fs.statSync(fifo).mode & 0o077, 0, 'nobody else may command it');

    place.writeAnswering('two');
    let from = daemon.mark();
    command(fifo, 'r');
    assert.equal(await daemon.reloadOutcome(from), 'reloaded');
    assert.equal((await daemon.get('/')).text, 'two');

    from = daemon.mark();
    command(fifo, 's');
    await daemon.says(/worker 1|slot=1/, { from });

    from = daemon.mark();
    command(fifo, 'p');
    await daemon.says(/suspend|paus/i, { from });
    const waiting = daemon.get('/');
    command(fifo, 'p');
    assert.equal((await waiting).text, 'two');

    command(fifo, 'q');
    assert.equal(await daemon.exitCode(), 0);
  },
);

story('master-fifo: Q ends it now, whatever runs', async (place) => {
  const fifo = place.path('control');
  const daemon = await place.start({
    app: 'waits_for_file',
    ini: `master-fifo = ${fifo}\nworker-reload-mercy = 60`,
  });
  daemon.get(`/?${place.path('never')}`).catch(() => undefined);
  await daemon.says(/waits for/);
  command(fifo, 'Q');
  assert.equal(await daemon.exitCode(), 0);
});

story(
  'master-fifo: an unknown letter harms nothing, and a file that is no fifo is kept',
  async (place) => {
    const fifo = place.path('control');
    const daemon = await place.start({ app: 'hello', ini: `master-fifo = ${fifo}` });
    command(fifo, 'z\n');
    assert.equal((await daemon.get('/')).text, 'hello');
    await daemon.stop();

    place.write('a-file', 'precious');
    const refused = await place.start({
      app: 'hello',
      ini: `master-fifo = ${place.path('a-file')}`,
      wait: 'exit',
    });
    assert.equal(await refused.exitCode(), 73);
    assert.equal(place.read('a-file'), 'precious');
  },
);

story('a reload replaces spawner and workers, not the master', async (place) => {
  const daemon = await place.start({ app: 'hello' });
  const [spawner, worker] = [await daemon.pid('spawner'), await daemon.pid('worker 1')];
  assert.equal(await daemon.reload(), 'reloaded');
  await Daemon.gone([spawner, worker]);
  await until('one of each is there', () => daemon.titles().length === 4);
  assert.equal(isAlive(daemon.masterPid), true);
});
