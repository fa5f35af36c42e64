/** What reeve@ does not let an ini do, with drop-ins taken into account. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { loadConfiguration } from '../../../src/config/load.ts';
import { effectiveUnit, hidesHome, hidesTmp } from '../../../src/units/effective-unit.ts';
import { instanceFindings, instanceOf } from '../../../src/units/instance-findings.ts';
import { repository } from '../../support/interpreters.ts';
import { writtenHost } from '../../support/written-host.ts';

import type { Diagnostic } from '../../../src/config/reading/diagnostic.ts';

const shipped = readFileSync(path.join(repository, 'systemd/reeve@.service'), 'utf8');

/** The beginnings of the findings on these lines of an ini, the rest of it being right. */
async function findingsOn(
  lines: string,
  dropIn = '',
  links: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const found = await diagnosticsOn(lines, dropIn, links);
  return found.map(({ sentence }) => sentence.replace(/[:(].*/, '').trim());
}

/** Sentence and advice of each. */
async function sentencesOn(lines: string): Promise<string[]> {
  const found = await diagnosticsOn(lines, '', {});
  return found.flatMap(({ sentence, advice }) => [sentence, advice ?? '']);
}

async function diagnosticsOn(
  lines: string,
  dropIn: string,
  links: Readonly<Record<string, string>>,
): Promise<readonly Diagnostic[]> {
  const ini = `[uwsgi]\nmodule = app\n${lines}\n`;
  const host = writtenHost(new Map([['/etc/reeve/blog.ini', ini]]));
  const { settings, given } = await loadConfiguration(['/etc/reeve/blog.ini'], host);
  const unit = effectiveUnit([shipped, dropIn]);
  const realPath = (path: string): string => links[path] ?? path;
  const named = { name: 'blog', label: 'reeve@blog' };
  const parts = { settings, given, startDirectory: '/', ...named, unit, passed: [], realPath };
  return instanceFindings(parts);
}

describe('an ini under reeve@', () => {
  test('may use its own directories and the socket of its socket unit', async () => {
    const lines =
      'http = :8000\nsocket = /run/reeve/blog.sock\nhttp-socket = /var/run/reeve/blog/http.sock\n' +
      'pidfile = /run/reeve/blog/pid\nlogto = /var/log/reeve/blog/blog.log\nchdir = /srv/blog';
    assert.deepEqual(await findingsOn(lines), []);
  });

  test('may not use others, be another, or take a low port', async () => {
    const lines =
      'http = :443\nsocket = /tmp/blog.sock\npidfile = /run/blog.pid\nuid = blog\n' +
      'home = /home/blog/venv\nlogto = /var/log/reeve/other/log';
    assert.deepEqual(await findingsOn(lines), [
      'uid = blog will be refused',
      'home = /home/blog/venv',
      'pidfile = /run/blog.pid',
      'logto = /var/log/reeve/other/log',
      'socket = /tmp/blog.sock',
      'http =',
    ]);
  });

  test('may do what a drop-in permits', async () => {
    const lines =
      'http = :443\nsocket = /tmp/blog.sock\nuid = blog\nhome = /home/blog/venv\n' +
      'logto = /srv/log/blog';
    const dropIn =
      '[Service]\nUser=%i\nProtectHome=read-only\nPrivateTmp=no\nReadWritePaths=-/srv/log /x /tmp\n' +
      'AmbientCapabilities=CAP_NET_BIND_SERVICE\n';
    assert.deepEqual(await findingsOn(lines, dropIn), []);
  });
});

describe('a log file under reeve@', () => {
  const rights = (directory: string) => `reeve must be able to create files in ${directory}`;
  const where = '/run/reeve/blog/ and /var/log/reeve/blog/ can be written to';
  const edit = 'below [Service] in `systemctl edit reeve@blog`';
  for (const [file, why, lines] of [
    [
      '/var/log/uwsgi/app.log',
      'cannot be written (ProtectSystem=strict)',
      'ReadWritePaths=/var/log/uwsgi',
    ],
    ['/var/log/app.log', 'cannot be written (ProtectSystem=strict)', 'ReadWritePaths=/var/log'],
    [
      '/home/x/project/logs/app.log',
      'reeve@blog sees nothing there (ProtectHome=)',
      'ProtectHome=read-only and ReadWritePaths=/home/x/project/logs',
    ],
  ] as const) {
    for (const option of ['logto', 'logto2']) {
      test(`${option} = ${file}`, async () => {
        const expected = [
          `${option} = ${file}: ${why}; ${where}`,
          `put ${lines} ${edit}; ${rights(path.dirname(file))}`,
        ];
        assert.deepEqual(await sentencesOn(`http = :8000\n${option} = ${file}`), expected);
        // One look is enough: what it advises leaves nothing to say.
        const dropIn = `[Service]\n${lines.replace(' and ', '\n')}\n`;
        assert.deepEqual(await findingsOn(`http = :8000\n${option} = ${file}`, dropIn), []);
      });
    }
  }
  test('of daemonize is not written: the journal has it', async () => {
    const [sentence = '', advice = ''] = await sentencesOn('http = :8000\ndaemonize = /var/log/x');
    assert.match(sentence, /^daemonize = \/var\/log\/x: reeve@blog logs to the journal and not/);
    assert.match(advice, /^read it with `journalctl -u reeve@blog`, or write logto =/);
  });
  test('in its own directory is written', async () => {
    assert.deepEqual(await findingsOn('http = :8000\nlogto = /var/log/reeve/blog/app.log'), []);
  });
});

describe('the owner of a socket under reeve@', () => {
  const lines = 'socket = /run/reeve/blog/x.sock\nchmod-socket = 660\nchown-socket = ';
  const group = 'chown-socket = reeve';
  const user = 'chown-socket = www-data';
  const both = 'SupplementaryGroups=www-data\nPrivateUsers=no\n';
  for (const [owner, dropIn, expected] of [
    ['reeve:reeve', '', []],
    ['reeve:www-data', '', [group]],
    ['reeve:www-data', 'SupplementaryGroups=www-data\n', [group]],
    ['reeve:www-data', both, []],
    ['reeve:www-data', 'Group=www-data\n', []],
    ['www-data', both, [user]],
  ] as const) {
    test(`${owner} with ${JSON.stringify(dropIn)}`, async () => {
      assert.deepEqual(await findingsOn(lines + owner, `[Service]\n${dropIn}`), expected);
    });
  }
});

test('a link into /home counts, and a stream of the service is no file', async () => {
  const lines = 'http = :8000\nhome = /srv/venv\nlogto = /dev/stderr\nlogto2 = /dev/null';
  const links = { '/srv/venv/bin/python3': '/home/blog/.pyenv/bin/python3.12' };
  assert.deepEqual(
    await findingsOn(lines, '', links),
    ['home = /srv/venv/bin/python3', 'logto = /dev/stderr'].toReversed(),
  );
});

test('an instance is named by an ini of /etc/reeve', async () => {
  assert.equal(instanceOf('/etc/reeve/blog.ini'), 'blog');
  assert.equal(instanceOf('/etc/reeve/old/blog.ini'), undefined);
  assert.equal(instanceOf('/srv/blog.ini'), undefined);
});

test('drop-ins replace words, add to lists, and empty them', async () => {
  const unit = effectiveUnit([
    '[Service]\nPrivateTmp=yes\nReadWritePaths=/a\n[Install]\nPrivateTmp=wrong\n',
    '[Service]\nPrivateTmp=no\nReadWritePaths=/b \\\n  /c\n',
    '# [Unit]\n[Service]\n#PrivateTmp=no\nReadWritePaths=\nReadWritePaths=/d\n',
  ]);
  assert.deepEqual(unit.get('PrivateTmp'), ['no']);
  assert.deepEqual(unit.get('ReadWritePaths'), ['/d']);
});

test('a unit hides /tmp and /home with any word that systemd takes for it', () => {
  const withLine = (line: string) => effectiveUnit([`[Service]\n${line}\n`]);
  for (const word of ['yes', 'true', '1', 'on', 'disconnected']) {
    assert.ok(hidesTmp(withLine(`PrivateTmp=${word}`)), word);
  }
  for (const word of ['yes', 'true', '1', 'on', 'tmpfs']) {
    assert.ok(hidesHome(withLine(`ProtectHome=${word}`)), word);
  }
  assert.ok(!hidesTmp(withLine('PrivateTmp=no')) && !hidesTmp(withLine('')));
  assert.ok(!hidesHome(withLine('ProtectHome=read-only')) && !hidesHome(withLine('')));
});
