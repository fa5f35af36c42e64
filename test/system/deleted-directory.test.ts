/** Commands in a directory that has been deleted, as under a script that deploys. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { reeveBinary } from '../support/daemon.ts';

const gone = 'the directory that this was started in has been deleted';
let directory = '';
let ini = '';

before(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reeve-gone-'));
  ini = path.join(directory, 'whole.ini');
  fs.writeFileSync(ini, `[uwsgi]\nhttp = 127.0.0.1:0\nchdir = ${directory}\nmodule = json\n`);
});
after(() => fs.rmSync(directory, { recursive: true, force: true }));

function reeve(...words: readonly string[]): { readonly status: number | null; output: string } {
  const script = 'mkdir old && cd old && rmdir ../old && exec "$@"';
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', reeveBinary, ...words], {
    ...{ cwd: directory, encoding: 'utf8', timeout: 60_000 },
    env: { PATH: process.env['PATH'] },
  });
  return { status, output: `${stdout}${stderr}` };
}

test('what names no file in it works', () => {
  assert.match(reeve('--version').output, /^\d+\.\d+\.\d+/m);
  assert.equal(reeve('options').status, 0);
  const { status, output } = reeve('check', ini);
  assert.equal(status, 0, output);
  assert.match(output, /whole\.ini: .* 0 errors/);
  assert.doesNotMatch(output, new RegExp(gone));
  const named = reeve('reload', 'nobody-of-this-name');
  assert.match(named.output, /no instance called nobody-of-this-name runs/);
  assert.equal(named.status, 69);
});

test('a relative name is refused, and it is said why', () => {
  for (const words of [['check', 'app.ini'], ['reload', 'app.ini'], ['app.ini']]) {
    const { status, output } = reeve(...words);
    assert.equal(status, 66, output);
    assert.match(output, new RegExp(`app\\.ini[^]*${gone}; .* whole path`));
  }
});
