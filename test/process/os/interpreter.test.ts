/** Why `home` has no Python that can be run. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { findInterpreter } from '../../../src/master/start/interpreter.ts';

let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'reeve-interpreter-'));
});

after(() => rmSync(folder, { recursive: true }));

/** An environment of this name, without a Python. */
function environment(name: string): string {
  const home = join(folder, name);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'pyvenv.cfg'), 'home = /usr/bin\n');
  return home;
}

function refusalOf(home: string): string {
  try {
    return findInterpreter({ python: '', home, installedFor: '', path: '/usr/bin' });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('a virtual environment', () => {
  test('whose Python was removed is reported with what its links lead to', () => {
    const home = environment('old');
    symlinkSync(join(folder, 'python3.9'), join(home, 'bin/python3'));
    symlinkSync('python3', join(home, 'bin/python'));
    assert.equal(
      refusalOf(home),
      `home: ${home}/bin/python leads to ${folder}/python3.9, which does not exist; ` +
        'the Python of this virtual environment is gone: make it again with ' +
        `"python3 -m venv --clear ${home}", and install its packages`,
    );
  });

  test('whose links go round in a circle is reported too', () => {
    const home = environment('circle');
    symlinkSync('python', join(home, 'bin/python'));
    assert.match(refusalOf(home), /bin\/python leads to .*, which does not exist/);
  });

  test('whose Python cannot be run is not called missing', () => {
    const home = environment('locked');
    writeFileSync(join(home, 'bin/python'), '');
    chmodSync(join(home, 'bin/python'), 0o644);
    assert.match(refusalOf(home), /bin\/python is not a program that this user can run; /);
  });

  test('is the answer where a path within it was named', () => {
    const home = environment('right');
    writeFileSync(join(home, 'bin/activate'), '');
    for (const path of ['bin', 'bin/activate', 'bin/python']) {
      assert.match(refusalOf(join(home, path)), new RegExp(`; did you mean ${home}\\?$`));
    }
  });

  test('that is none is to be made', () => {
    assert.match(refusalOf(folder), /it has no bin\/python; make it with "python3 -m venv"/);
  });
});
