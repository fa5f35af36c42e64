/** What a command does not need, it does not load. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { reeveBinary } from '../support/daemon.ts';

let directory = '';

/** A copy of dist/ without node_modules beside it, so without koffi, and without these parts. */
before(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reeve-light-'));
  fs.cpSync(path.dirname(fs.realpathSync(reeveBinary)), directory, { recursive: true });
  fs.rmSync(path.join(directory, 'node'), { force: true });
  fs.symlinkSync(process.execPath, path.join(directory, 'node'));
});
after(() => fs.rmSync(directory, { recursive: true, force: true }));

function without(names: RegExp): void {
  const parts = fs.readdirSync(path.join(directory, 'parts'), { withFileTypes: true });
  const unwanted = parts.filter((part) => names.test(part.name));
  assert.notEqual(unwanted.length, 0, `no part is called ${String(names)}`);
  for (const { name } of unwanted) fs.rmSync(path.join(directory, 'parts', name));
}

function reeve(...words: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(path.join(directory, 'reeve'), words, {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('a command loads neither the master nor koffi, nor readers of other formats', () => {
  without(/^main-/);
  without(/^yaml-/);
  without(/^json-/);
  without(/^xml-/);
  fs.writeFileSync(path.join(directory, 'app.ini'), '[uwsgi]\nhttp = :8000\nmodule = app\n');
  assert.match(reeve('options'), /processes/);
  const ini = path.join(directory, 'app.ini');
  assert.match(reeve('check', '--diff', ini, ini), /nothing changes/);
});

test('the version and the help load no parser of commands either', () => {
  without(/^commands-/);
  assert.match(reeve('--version'), /^\d+\.\d+\.\d+\n$/);
  assert.match(reeve('--help'), /--processes/);
});
