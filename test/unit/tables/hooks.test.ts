/** Hooks as they are written, and which process does what. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';

import { hookActions, hooksOf, readHook } from '../../../src/tables/hooks/hooks.ts';
import { judgeValue } from '../../../src/tables/judgement.ts';
import { options, optionOf } from '../../../src/tables/options/options.ts';

const repository = new URL('../../..', import.meta.url).pathname;

function problemOf(text: string): string {
  const read = readHook(text, 'app.ini:1');
  return 'problem' in read ? read.problem : '';
}

describe('a hook', () => {
  test('is an action and its argument; ! hides the argument', () => {
    assert.deepEqual(readHook('exec:echo a:b', 'app.ini:3'), {
      action: 'exec',
      argument: 'echo a:b',
      shown: 'exec:echo a:b',
      origin: 'app.ini:3',
    });
    assert.deepEqual(readHook('!putenv:KEY=secret', 'app.ini:3'), {
      action: 'putenv',
      argument: 'KEY=secret',
      shown: '!putenv',
      origin: 'app.ini:3',
    });
  });

  test('says what is wrong with it, and what to use instead', () => {
    assert.match(problemOf('nothing'), /no ACTION:/);
    assert.match(problemOf('nope:x'), /there is no action "nope" \(exec, safeexec/);
    assert.match(problemOf('write:file'), /write:FILE TEXT/);
    assert.match(problemOf('chmod:file rwx'), /chmod:FILE MODE/);
    assert.match(problemOf('putenv:NAME'), /putenv:NAME=VALUE/);
    assert.match(problemOf('exec:'), /exec:COMMAND/);
    assert.match(problemOf('mount:none /a /b bind'), /BindPaths=/);
    assert.match(problemOf('umount:/a'), /PrivateMounts=/);
    assert.match(problemOf('callret:system rm'), /one of the functions chdir/);
    assert.match(problemOf('unix_signal:9 stats'), /the signal 9 cannot be given/);
    assert.match(problemOf('unix_signal:15 nothing'), /there is no function nothing/);
  });

  test('of the corpus is one, or is refused with a reason', () => {
    const good = [
      'unix_signal:15 gracefully_kill_them_all',
      'exec:./manage.py migrate',
      'chmod:/run/notify.socket 666',
      'putenv:HOME=/containers/1',
      'chown2:/containers/1 1000 1000',
      'chown:/containers/1 www-data www-data',
      'appendn:/etc/hosts 127.0.0.1 localhost',
      '!appendn:/etc/uwsgi.key secret',
      'safeexec:/bin/sh /etc/rc.local &',
      'callret:chdir /',
      'alarm:combo [DANGER] /x does not exist',
    ];
    for (const text of good) assert.equal(problemOf(text), '', text);
  });
});

test('a point runs its hooks first, then its commands', () => {
  const settings = Object.fromEntries(
    Object.keys(options).map((name) => [name, []]),
  ) as unknown as Parameters<typeof hooksOf>[0];
  const written = (text: string) => [{ text, origin: 'app.ini:1' }];
  const found = hooksOf(
    { ...settings, 'exec-as-user': written('one'), 'hook-as-user': written('print:two') },
    'as-user',
  );
  assert.deepEqual(
    found.map(({ shown }) => shown),
    ['print:two', 'one'],
  );
});

test('every action is one that the Python processes do too, but for signals', () => {
  const python = fs.readFileSync(
    `${repository}/src/workers/python/reeve_worker/hooks/running.py`,
    'utf8',
  );
  for (const action of Object.keys(hookActions)) {
    if (action === 'unix_signal') continue;
    const isThere =
      python.includes(`'${action}'`) ||
      ['wait_for_', 'call'].some((word) => action.startsWith(word));
    assert.ok(isThere, action);
  }
});

test('check says what each hook does, line by line', () => {
  const judged = (name: 'hook-asap' | 'hook-master-start', text: string) => {
    const { uwsgi, kind } = optionOf(name);
    const parsed = kind.parse(text, 'app.ini:1');
    assert.ok(parsed.ok);
    return judgeValue(uwsgi, parsed.value, { text, isGiven: () => false }).verdict;
  };
  assert.equal(judged('hook-master-start', 'unix_signal:15 gracefully_kill_them_all'), 'always');
  assert.equal(judged('hook-master-start', 'unix_signal:12 stats'), 'same');
  assert.equal(judged('hook-asap', 'mkdir:/run/app'), 'differs');
  assert.equal(judged('hook-asap', 'unix_signal:12 stats'), 'differs');
  assert.equal(judged('hook-asap', 'exec:true'), 'same');
});
