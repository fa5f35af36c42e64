/** Point 4: a reload loses nothing, nobody waits, and one that fails leaves all as it was. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { clientsDuring } from '../support/clients.ts';
import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

for (const lazy of [false, true]) {
  story(`the new code answers after a reload (lazy-apps = ${lazy})`, async (place) => {
    place.writeAnswering('one');
    const daemon = await place.start({ ini: `module = app\nprocesses = 2\nlazy-apps = ${lazy}` });
    const before = daemon.processes().map((info) => info.pid);
    assert.equal((await daemon.get('/')).text, 'one');
    place.writeAnswering('two');
    assert.equal(await daemon.reload(), 'reloaded');
    assert.equal((await daemon.get('/')).text, 'two');
    await until('the old generation has left', () => daemon.titles().length === 5);
    const kept = daemon.processes().filter((info) => before.includes(info.pid));
    assert.deepEqual(
      kept.map((info) => info.title),
      ['reeve master', 'reeve http 1'],
    );
  });
}

/** An application whose import says so, and ends when the file `go` is there. */
function importingUntilGo(place: Place, answer: string): void {
  const waiting =
    'import os, time\nprint("importing", flush=True)\n' +
    'while not os.path.exists("go"):\n    time.sleep(0.01)\n';
  place.writeAnswering(answer, 'app.py', waiting);
}

story('under load a reload loses nothing and nobody waits for the import', async (place) => {
  place.write('go', '');
  importingUntilGo(place, 'one');
  const daemon = await place.start({ ini: 'module = app\nprocesses = 2' });
  const load = await clientsDuring(place.port, 4, '/', async () => {
    for (const answer of ['two', 'three']) {
      const from = daemon.mark();
      fs.rmSync(place.path('go'));
      importingUntilGo(place, answer);
      process.kill(daemon.masterPid, 'SIGHUP');
      await daemon.says(/importing/, { from });
      for (let time = 0; time < 20; time += 1) {
        assert.notEqual((await daemon.get('/')).text, answer);
      }
      place.write('go', '');
      assert.equal(await daemon.reloadOutcome(from), 'reloaded');
      assert.equal((await daemon.get('/')).text, answer);
    }
  });
  assert.deepEqual(load.failures(), []);
});

const broken = [
  [
    'an exception on import',
    'raise ValueError("broken by the reload")\n',
    /ValueError: broken by the reload/,
  ],
  ['a syntax error', 'def application(:\n', /SyntaxError/],
  ['a missing callable', 'app = 1\n', /application/],
  ['an import that exits', 'import os\nos._exit(3)\n', /exit|code 3/i],
  ['an import that is killed', 'import os\nos.kill(os.getpid(), 9)\n', /SIGKILL|signal 9/],
] as const;

for (const lazy of [false, true]) {
  for (const [what, code, sentence] of broken) {
    story(
      `after ${what} the old generation serves on, and the next reload works (lazy-apps = ${lazy})`,
      async (place) => {
        place.writeAnswering('one');
        const daemon = await place.start({ ini: `module = app\nlazy-apps = ${lazy}` });
        const from = daemon.mark();
        place.write('app.py', code);
        const load = await clientsDuring(place.port, 2, '/', async () => {
          assert.equal(await daemon.reload(), 'failed');
        });
        assert.deepEqual(load.failures(), []);
        assert.deepEqual([...load.texts], ['one']);
        assert.match(daemon.log(from), sentence);
        await until('nothing of the failed generation is left', () => daemon.titles().length === 4);
        place.writeAnswering('two');
        assert.equal(await daemon.reload(), 'reloaded');
        assert.equal((await daemon.get('/')).text, 'two');
      },
    );
  }
}

story('an import longer than start-timeout fails the reload', async (place) => {
  place.writeAnswering('one');
  const daemon = await place.start({ ini: 'module = app\nstart-timeout = 2' });
  place.write('app.py', 'import time\ntime.sleep(600)\n');
  const from = daemon.mark();
  assert.equal(await daemon.reload(), 'failed');
  assert.match(daemon.log(from), /start-timeout/);
  assert.equal((await daemon.get('/')).text, 'one');
  place.writeAnswering('two');
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/')).text, 'two');
});

story('reloads that are asked for while one runs become one more', async (place) => {
  place.write('go', '');
  importingUntilGo(place, 'one');
  const daemon = await place.start({ ini: 'module = app' });
  const from = daemon.mark();
  fs.rmSync(place.path('go'));
  process.kill(daemon.masterPid, 'SIGHUP');
  await daemon.says(/importing/, { from });
  importingUntilGo(place, 'two');
  for (let time = 0; time < 5; time += 1) process.kill(daemon.masterPid, 'SIGHUP');
  place.write('go', '');
  await daemon.answers('the newest code answers', (answer) => answer.text === 'two');
  await until('all is quiet', () => daemon.titles().length === 4);
  assert.equal(daemon.timesSaid(said.reloaded, from), 2);
});

story('a running request is finished by the old generation', async (place) => {
  const daemon = await place.start({ app: 'waits_for_file' });
  const old = await daemon.pid('worker 1');
  const running = daemon.get(`/?${place.path('go')}`);
  await daemon.says(/waits for/);
  assert.equal(await daemon.reload(), 'reloaded');
  assert.notEqual((await daemon.get('/')).text, String(old));
  place.write('go', '');
  assert.equal((await running).text, String(old));
  await Daemon.gone([old]);
});

story('an old worker that does not finish is killed when its mercy ends', async (place) => {
  const daemon = await place.start({ app: 'waits_for_file', ini: 'worker-reload-mercy = 1' });
  const old = await daemon.pid('worker 1');
  const lost = daemon.get(`/lost?${place.path('never')}`);
  lost.catch(() => undefined);
  await daemon.says(/waits for/);
  assert.equal(await daemon.reload(), 'reloaded');
  await Daemon.gone([old]);
  assert.equal((await lost).status, 502);
  await daemon.says(/request\.lost.*\/lost/);
});

story('--reload signals and returns, and --stop stops', async (place) => {
  place.writeAnswering('one');
  const pidfile = place.path('app.pid');
  const daemon = await place.start({ ini: `module = app\npidfile = ${pidfile}\nvacuum = true` });
  place.writeAnswering('two');
  const from = daemon.mark();
  const reload = await place.run([Daemon.binary, '--reload', pidfile]);
  assert.equal(reload.code, 0, reload.output);
  assert.equal(await daemon.reloadOutcome(from), 'reloaded');
  assert.equal((await daemon.get('/')).text, 'two');
  const stop = await place.run([Daemon.binary, '--stop', pidfile]);
  assert.equal(stop.code, 0, stop.output);
  assert.equal(await daemon.exitCode(), 0);
});
