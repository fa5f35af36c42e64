/** Settings that are printed as an ini file are the same when that file is read. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { loadConfiguration } from '../../../src/config/load.ts';
import { defaultsAsIni, settingsAsIni } from '../../../src/manual/ini.ts';
import { writtenHost } from '../../support/written-host.ts';

/** What `reeve check --show` prints for these lines. */
function shown(lines: readonly string[]): string {
  const text = `[uwsgi]\nhttp = :8000\nmodule = app:app\n${lines.join('\n')}\n`;
  const { settings, given } = loadConfiguration(['a.ini'], writtenHost(new Map([['a.ini', text]])));
  return settingsAsIni(settings, given);
}

function shownAgain(text: string): string {
  const { settings, given } = loadConfiguration(['b.ini'], writtenHost(new Map([['b.ini', text]])));
  return settingsAsIni(settings, given);
}

describe('what is printed survives being read', () => {
  for (const lines of [
    ['processes = 4 ; four', 'threads = 0x10', 'vacuum', 'need-app = off', 'chmod-socket = 660'],
    ['env = A=1', 'env = B=x;y # z', 'env = C="q"', 'pythonpath = /a', 'pp = /b'],
    ['procname = 100%% %%d %k', 'log-format = %(method) %(uri) %%', 'env = D=%(unknown)'],
    ['word = x', 'procname = %(word)', 'for = a b', 'env = %(_)=%(word)', 'endfor ='],
    ['die-on-term = false', 'touch-reload = /a', 'static-map = /s=/srv', 'uid = 33'],
  ]) {
    test(lines.join(', '), () => {
      const once = shown(lines);
      assert.equal(shownAgain(once), once);
    });
  }
});

test('the file to start from gives the defaults', () => {
  const { diagnostics } = loadConfiguration(
    ['a.ini', '--http', ':8000', '--module', 'app'],
    writtenHost(new Map([['a.ini', defaultsAsIni()]])),
  );
  assert.deepEqual(diagnostics, []);
});
