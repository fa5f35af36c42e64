/** What a user types: flags, files, sections, and the commands that answer without starting. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

story('flags alone: --http --module --master --processes --threads', async (place) => {
  place.copyApplication('hello');
  const daemon = await place.start({
    args: [
      '--http',
      `127.0.0.1:${place.port}`,
      '--module',
      'hello:application',
      '--master',
      '--processes',
      '2',
      '--threads',
      '2',
      '--python',
      testPython(),
    ],
  });
  assert.equal((await daemon.get('/')).text, 'hello');
  assert.equal(daemon.workerPids().length, 2);
});

story('--socket with --protocol=http', async (place) => {
  place.copyApplication('hello');
  const daemon = await place.start({
    args: [
      '--socket',
      `127.0.0.1:${place.port}`,
      '--protocol=http',
      '--module',
      'hello:application',
      '--python',
      testPython(),
    ],
  });
  assert.equal((await daemon.get('/')).text, 'hello');
});

for (const args of [['--ini', 'reeve.ini'], ['reeve.ini']]) {
  story(`${args.join(' ')}`, async (place) => {
    const daemon = await place.start({ app: 'hello', args });
    assert.equal((await daemon.get('/')).text, 'hello');
  });
}

story('a section of a file: uwsgi.ini:staging', async (place) => {
  place.writeAnswering('staging');
  place.write(
    'uwsgi.ini',
    [
      '[uwsgi]',
      'module = not_there',
      '[staging]',
      `http = 127.0.0.1:${place.port}`,
      `python = ${testPython()}`,
      'module = app',
      '',
    ].join('\n'),
  );
  const daemon = await place.start({ args: ['uwsgi.ini:staging'] });
  assert.equal((await daemon.get('/')).text, 'staging');
});

story(
  'UWSGI_ variables are the weakest, then flags and --ini in order, then files',
  async (place) => {
    const daemon = await place.start({
      app: 'hello',
      ini: 'processes = 3',
      env: { UWSGI_PROCESSES: '1', UWSGI_PROCNAME_PREFIX_SPACED: 'fromenv' },
      args: ['--processes', '2', place.path('reeve.ini')],
    });
    await until('there are three workers', () => daemon.workerPids().length === 3);
    assert.ok(daemon.titles().every((title) => title.startsWith('fromenv ')));
  },
);

story('reeve check says what is wrong with file and line, without starting', async (place) => {
  place.writeAnswering('hello');
  place.write('good.ini', `[uwsgi]\nhttp = 127.0.0.1:${place.port}\nmodule = app\n`);
  place.write(
    'bad.ini',
    `[uwsgi]\nhttp = 127.0.0.1:${place.port}\nmodule = app\nprocesses = many\nvaccum = true\n`,
  );
  const good = await place.run([Daemon.binary, 'check', 'good.ini']);
  assert.equal(good.code, 0, good.output);
  const bad = await place.run([Daemon.binary, 'check', 'bad.ini']);
  assert.match(bad.output, /bad\.ini:5.*vaccum/);
  const missing = await place.run([Daemon.binary, 'check', 'not-there.ini']);
  assert.equal(missing.code, 66);
});

story('--help, options and --version print and end with 0', async (place) => {
  for (const args of [['--help'], ['options'], ['--version']]) {
    const run = await place.run([Daemon.binary, ...args]);
    assert.equal(run.code, 0, run.output);
    assert.notEqual(run.output, '');
  }
});

story('it runs from any directory, and through a symbolic link', async (place) => {
  const linked = await place.run(['ln', '-s', Daemon.binary, place.path('reeve-link')]);
  assert.equal(linked.code, 0);
  const run = await place.run([place.path('reeve-link'), '--version'], { cwd: '/' });
  assert.equal(run.code, 0, run.output);
});
