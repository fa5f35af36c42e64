/** import, shared-import and chdir2 where they fail, and what a reload makes of them. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';

import { story } from '../support/place.ts';

const sayWhere = [
  'import os',
  'def application(environ, start_response):',
  '    start_response("200 OK", [])',
  '    return [os.path.basename(os.getcwd()).encode()]',
  '',
].join('\n');

story('an import that raises is logged with its place, and the start goes on', async (place) => {
  place.write('app.py', sayWhere);
  place.write('beside.py', '\nraise ValueError("not today")\n');
  const daemon = await place.start({ ini: 'module = app\nimport = beside.py' });
  const log = daemon.log();
  assert.match(log, /file "beside.py" raised ValueError: not today \(beside.py:2\) \(.*ini:\d+\)/);
  assert.match(log, /the start goes on without it/);
  assert.match(log, /Traceback \(most recent call last\)/);
});

for (const option of ['import', 'shared-import']) {
  for (const mode of ['false', 'true']) {
    story(`${option} of a module that exits, lazy-apps = ${mode}: no start`, async (place) => {
      place.write('app.py', sayWhere);
      place.write('beside.py', 'raise SystemExit(3)\n');
      const ini = `module = app\n${option} = beside\nlazy-apps = ${mode}`;
      const daemon = await place.start({ ini, wait: 'nothing' });
      assert.equal(await daemon.exitCode(50_000), 22);
      assert.match(daemon.log(), /exited with code 3 while it was imported \(module "beside"\)/);
    });
  }
}

story('a chdir2 that is not there: no start, and a reload keeps the workers', async (place) => {
  place.write('app.py', sayWhere);
  const ini = 'module = app\nchdir2 = later\nchdir = %d';
  const refused = await place.start({ ini, wait: 'nothing' });
  assert.equal(await refused.exitCode(), 78);
  assert.match(refused.log(), /chdir2: .*later is not a directory/);
  mkdirSync(place.path('later'));
  const daemon = await place.start({ ini });
  assert.equal((await daemon.get('/')).text, 'later');
  daemon.writeIni('module = app\nchdir2 = never');
  assert.equal(await daemon.reload(), 'failed');
  assert.match(daemon.log(), /never is not a directory/);
  assert.equal((await daemon.get('/')).text, 'later');
});
