/** Attached daemons as they are written. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  commandName,
  readDaemon,
  type DaemonOption,
} from '../../../../src/config/values/daemons.ts';

function read(option: DaemonOption, text: string) {
  return readDaemon(option, { text, origin: 'app.ini:3' });
}

describe('the name of a command', () => {
  const names = [
    ['redis-server --protected-mode no', 'redis-server'],
    ['/usr/bin/redis-server', 'redis-server'],
    ['nice -n 5 celery -A shop worker', 'celery'],
    ['A=1 exec celery beat', 'celery'],
    ['cd /app/frontend && npm run dev', 'npm'],
    ['python manage.py sendalerts', 'manage.py'],
    ['/srv/venv/bin/python3.11 -u -m shop.mail', 'shop.mail'],
    ['./manage.py smtpd', 'manage.py'],
    ['', 'command'],
  ] as const;
  for (const [command, name] of names) {
    test(`of "${command}" is ${name}`, () => assert.equal(commandName(command), name));
  }
});

describe('smart-attach-daemon', () => {
  test('has a pidfile, perhaps its patience, and a command', () => {
    const one = read('smart-attach-daemon', '/run/c.pid celery multi start w');
    assert.ok(one.kind === 'daemon');
    assert.equal(one.daemon.pidfile, '/run/c.pid');
    assert.equal(one.daemon.command, 'celery multi start w');
    assert.equal(one.daemon.isPutInBackground, false);
    const other = read('smart-attach-daemon2', '/run/c.pid,30 celery worker');
    assert.ok(other.kind === 'daemon');
    assert.equal(other.daemon.patienceMs, 30_000);
    assert.equal(other.daemon.isPutInBackground, true);
    assert.equal(read('smart-attach-daemon', '/run/c.pid').kind, 'problem');
  });
});

describe('attach-daemon2', () => {
  test('has names and values, with escaped commas', () => {
    const text = 'cmd=redis-server /etc/r.conf\\,x,pidfile=/run/r.pid,uid=500,gid=501,freq=3';
    const one = read('attach-daemon2', text);
    assert.ok(one.kind === 'daemon');
    const { command, pidfile, uid, gid, patienceMs } = one.daemon;
    assert.equal(command, 'redis-server /etc/r.conf,x');
    assert.deepEqual([pidfile, uid, gid, patienceMs], ['/run/r.pid', '500', '501', 3_000]);
  });

  const wrong = [
    ['pidfile=/x', /there is no command/],
    ['cmd=x,colour=red', /there is no "colour"/],
    ['cmd=x,legion=l1', /legion is not there/],
    ['cmd=x,ns_pid=1', /ns_pid is not there; .*PrivatePIDs/],
    ['cmd=x,stopsignal=TERM', /numbers of signals/],
    ['cmd=x,daemonize=1', /needs a pidfile/],
  ] as const;
  for (const [text, sentence] of wrong) {
    test(`${text} is refused`, () => {
      const one = read('attach-daemon2', text);
      assert.ok(one.kind === 'problem');
      assert.match(one.sentence, sentence);
    });
  }
});
