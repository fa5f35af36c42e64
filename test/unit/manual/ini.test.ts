/** Settings that are printed as an ini file are the same when that file is read. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { loadConfiguration } from '../../../src/config/load.ts';
import { defaultsAsIni, settingsAsIni } from '../../../src/manual/ini.ts';
import { writtenHost } from '../../support/written-host.ts';

/** What `reeve check --show` prints for these lines. */
async function shown(lines: readonly string[]): Promise<string> {
  const text = `[uwsgi]\nhttp = :8000\nmodule = app:app\n${lines.join('\n')}\n`;
  return settingsAsIni(await loadConfiguration(['a.ini'], writtenHost(new Map([['a.ini', text]]))));
}

async function shownAgain(text: string): Promise<string> {
  return settingsAsIni(await loadConfiguration(['b.ini'], writtenHost(new Map([['b.ini', text]]))));
}

describe('what is printed survives being read', () => {
  for (const lines of [
    ['processes = 4 ; four', 'threads = 0x10', 'vacuum', 'need-app = off', 'chmod-socket = 660'],
    ['env = A=1', 'env = B=x;y # z', 'env = C="q"', 'pythonpath = /a', 'pp = /b'],
    ['procname = 100%% %%d %k', 'log-format = %(method) %(uri) %%', 'env = D=%(unknown)'],
    ['word = x', 'procname = %(word)', 'for = a b', 'env = %(_)=%(word)', 'endfor ='],
    [
      'procname = "whole"',
      "procname-append = ' x '",
      'env = A=\\;\\#\\',
      'env = B=[c] "d',
      'chdir = [x',
    ],
    ['die-on-term = false', 'touch-reload = /a', 'static-map = /s=/srv', 'uid = 33'],
  ]) {
    test(lines.join(', '), async () => {
      const once = await shown(lines);
      assert.equal(await shownAgain(once), once);
      for (const line of lines.filter((each) => /^(env = [A-C]|procname = "|chdir)/.test(each))) {
        assert.ok(once.split('\n').includes(line), once);
      }
    });
  }
});

test('what came from a credential is printed as it was written', async () => {
  const text =
    '[uwsgi]\nhttp = :8000\nmodule = app\nenv = A=credential:key\nenv = B=hidden\nuid = credential:key\n';
  const files = new Map([
    ['a.ini', text],
    ['c/key', 'hidden\n'],
  ]);
  const host = writtenHost(files, { CREDENTIALS_DIRECTORY: '/srv/c' });
  const loaded = await loadConfiguration(['a.ini'], host);
  assert.deepEqual(
    loaded.settings.env.map((entry) => entry.text),
    ['A=hidden', 'B=hidden'],
  );
  const printed = settingsAsIni(loaded);
  assert.match(printed, /^env = A=credential:key$/m);
  assert.match(printed, /^uid = credential:key$/m);
  assert.doesNotMatch(printed.replace('env = B=hidden', ''), /hidden/);
});

test('the file to start from gives the defaults', async () => {
  const { diagnostics } = await loadConfiguration(
    ['a.ini', '--http', ':8000', '--module', 'app'],
    writtenHost(new Map([['a.ini', defaultsAsIni()]])),
  );
  assert.deepEqual(diagnostics, []);
});
