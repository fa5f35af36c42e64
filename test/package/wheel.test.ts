/** Reeve as pip installs it, on the oldest and the newest Python that is here. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { interpreters, repository } from '../support/interpreters.ts';
import { installed, must, wheelIn } from '../support/pip.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

import type { Place } from '../support/place.ts';

const flaskApplication = `
import os, sys
from flask import Flask
app = Flask(__name__)
@app.route('/')
def hello():
    return {'prefix': sys.prefix, 'ours': sorted(n for n in os.environ if n.startswith('REEVE_P'))}
`;

const { found } = interpreters();
const ends = found.length > 1 ? [found.at(0), found.at(-1)] : found;

for (const interpreter of ends) {
  if (interpreter === undefined) continue;
  const venv = installed(interpreter);
  const { reeve, python, directory } = venv;
  const prefix = fs.realpathSync(directory) + '/venv';
  const options = { skip: venv.missing ?? (false as const), timeoutMs: 120_000 };
  const on = `on Python ${interpreter.version}`;

  function tutorial(place: Place): readonly string[] {
    const http = ['--http', `127.0.0.1:${place.port}`, '--module', 'flask-app:app'];
    return [...http, '--master', '--processes', '2', '--threads', '2'];
  }

  story(
    `${on} a virtual environment's packages are served by its reeve, and by no other line`,
    async (place) => {
      place.write('flask-app.py', flaskApplication);
      const daemon = await place.start({ program: [reeve], args: tutorial(place) });
      const { prefix: served, ours } = JSON.parse((await daemon.get('/')).text);
      assert.equal(fs.realpathSync(served), prefix);
      assert.deepEqual(ours, []);
      assert.deepEqual(daemon.titles(), [
        'reeve master',
        'reeve http 1',
        'reeve spawner',
        'reeve worker 1',
        'reeve worker 2',
      ]);
      const [before = 0] = daemon.workerPids();
      assert.equal(await daemon.reload(), 'reloaded');
      await until('workers of the new generation', () => !daemon.workerPids().includes(before));
      assert.equal((await daemon.get('/')).status, 200);
      assert.equal((await daemon.stop()).code, 0);
    },
    options,
  );

  story(
    `${on} a home line wins, and reeve enable names the command of the virtual environment`,
    async (place) => {
      place.write('app.ini', `[uwsgi]\nhttp = 127.0.0.1:${place.port}\nmodule = flask-app:app\n`);
      const enable = [reeve, 'enable', '--dry-run', '--user', 'nobody', place.path('app.ini')];
      const shown = await place.run(enable);
      assert.equal(shown.code, 0, shown.output);
      const unit = shown.output.replaceAll('"', '');
      assert.ok(unit.includes(`\nExecStart=${reeve} ${place.path('app.ini')}\n`), shown.output);
      assert.ok(unit.includes(`\nExecReload=${reeve} reload\n`), shown.output);
      const none = place.path('no-venv');
      const args = [...tutorial(place), '--home', none];
      const daemon = await place.start({ program: [reeve], args, wait: 'exit' });
      assert.match(daemon.log(), /no-venv is no virtual environment/);
      assert.equal(await daemon.exitCode(), 78);
    },
    options,
  );

  test(
    `${on} nothing of ours is called reeve, and an uninstall leaves nothing`,
    { skip: options.skip },
    () => {
      const look =
        'import importlib.util as u; print(u.find_spec("reeve"), u.find_spec("reeve_worker"))';
      assert.equal(must([python, '-c', look], directory), 'None None\n');
      must([python, '-m', 'pip', 'check'], directory);
      must([python, '-m', 'pip', 'uninstall', '--quiet', '--yes', 'reeve-server'], directory);
      const left = fs.globSync('{bin,lib/*/site-packages}/*reeve*', { cwd: `${directory}/venv` });
      assert.deepEqual(left, []);
    },
  );
}

test('the same sources give the same wheel, with the version of package.json', () => {
  const directory = fs.mkdtempSync(path.join(process.env['TMPDIR'] ?? '/tmp', 'reeve-wheel-'));
  try {
    const [one, other] = [wheelIn(`${directory}/one`), wheelIn(`${directory}/other`)];
    assert.ok(fs.readFileSync(one).equals(fs.readFileSync(other)));
    const { version } = JSON.parse(fs.readFileSync(path.join(repository, 'package.json'), 'utf8'));
    assert.ok(path.basename(one).startsWith(`reeve_server-${version}-py3-none-manylinux_2_28_`));
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
});
