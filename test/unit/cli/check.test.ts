/** What `reeve check` concludes for an ini of /etc/reeve, with the units of a written machine. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { examine } from '../../../src/cli/check/examine.ts';
import type { Examined } from '../../../src/cli/check/examine.ts';
import { firstError } from '../../../src/config/reading/diagnostic.ts';
import { repository } from '../../support/interpreters.ts';
import { writtenHost } from '../../support/written-host.ts';

const file = '/etc/reeve/blog.ini';
const template = '/usr/lib/systemd/system/reeve@.service';
const shipped = readFileSync(path.join(repository, 'systemd/reeve@.service'), 'utf8');

/** The check of these lines, with more files beside the shipped unit. */
function checked(lines: string, more: Readonly<Record<string, string>> = {}): Promise<Examined> {
  const ini = `[uwsgi]\nmodule = app\n${lines}\n`;
  const files = { [file]: ini, [template]: shipped, ...more };
  return examine([file], writtenHost(new Map(Object.entries(files))));
}

function codeOf({ findings }: Examined): number {
  return firstError(findings)?.exitCode ?? 0;
}

describe('the verdict is that of the start', () => {
  test("a uid that is not the unit's: 78", async () => {
    assert.equal(codeOf(await checked('http = :8000\nuid = blog')), 78);
  });

  test('a port below 1024: 77, unless a socket unit passes it', async () => {
    assert.equal(codeOf(await checked('http = :80')), 77);
    const unit = '[Socket]\nListenStream=80\nService=reeve@blog.service\n';
    const passed = await checked('http = :80', { '/etc/systemd/system/blog-http.socket': unit });
    assert.deepEqual(passed.findings, []);
  });
});

describe('an ini without a listener', () => {
  test('is only warned of where no socket unit is for it yet: one may be started', async () => {
    const units = { '/usr/lib/systemd/system/reeve@.socket': '', '/run/reeve/other.sock': '' };
    const { findings } = await checked('', units);
    assert.deepEqual(
      findings.map(({ severity, sentence }) => [severity, sentence]),
      [['warning', 'there is nothing to listen on']],
    );
  });

  for (const there of [
    '/etc/systemd/system/sockets.target.wants/reeve@blog.socket',
    '/run/reeve/blog.sock',
  ]) {
    test(`is right where there is ${there}`, async () => {
      assert.deepEqual((await checked('', { [there]: '' })).findings, []);
    });
  }
});

describe('a socket in /tmp', () => {
  const lines = 'http-socket = /tmp/blog.sock';
  const dropIn = '/etc/systemd/system/reeve@blog.service.d/override.conf';
  const found = async (text: string) => {
    const { findings } = await checked(lines, { [dropIn]: `[Service]\n${text}\n` });
    return findings.map(({ advice }) => advice);
  };

  test('needs the /tmp of all, and to write there', async () => {
    const [advice] = await found('');
    assert.match(advice ?? '', /PrivateTmp=no and ReadWritePaths=\/tmp below/);
    assert.match((await found('PrivateTmp=no'))[0] ?? '', /put ReadWritePaths=\/tmp below/);
    assert.deepEqual(await found('PrivateTmp=no\nReadWritePaths=/tmp'), []);
  });
});
