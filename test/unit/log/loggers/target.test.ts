/** Values of `logger` and `req-logger`. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readLogger } from '../../../../src/log/loggers/target.ts';

function targetOf(text: string): unknown {
  const read = readLogger(text);
  return read.ok ? read.logger.target : read.problem;
}

describe('a logger', () => {
  test('may have a name before its kind', () => {
    const read = readLogger('applogger file:/var/log/a b.log');
    assert.ok(read.ok);
    assert.equal(read.logger.name, 'applogger');
    assert.equal(read.logger.text, 'file:/var/log/a b.log');
    // What is no word is no name, as in uWSGI.
    assert.equal(readLogger('app-logger stdio').ok, false);
  });
  test('is a file, by its path or by keys', () => {
    const file = { kind: 'file', maxBytes: 0, backupName: '' };
    assert.deepEqual(targetOf('file:/var/log/app.log'), { ...file, path: '/var/log/app.log' });
    assert.deepEqual(targetOf('file:logfile=/tmp/a.log,maxsize=2000000'), {
      ...file,
      path: '/tmp/a.log',
      maxBytes: 2_000_000,
    });
    const backup = 'file:logfile=/a.log,maxsize=10 bytes,backupname=/b.log';
    assert.deepEqual(targetOf(backup), {
      ...file,
      path: '/a.log',
      maxBytes: 10,
      backupName: '/b.log',
    });
    assert.equal(targetOf('file'), 'file has no path');
    assert.equal(targetOf('file:maxsize=3'), 'file has no logfile');
    assert.equal(targetOf('file:logfile=/a,size=3'), 'file has no key "size"');
    assert.match(String(targetOf('file:logfile=/a,maxsize=x')), /"x" is not a number/);
  });
  test('is syslog, with the priority of its facility', () => {
    assert.deepEqual(targetOf('syslog'), { kind: 'syslog', ident: 'uwsgi', priority: 30 });
    assert.deepEqual(targetOf('syslog:app,local3'), {
      kind: 'syslog',
      ident: 'app',
      priority: 158,
    });
    assert.deepEqual(targetOf('syslog:app,none'), { kind: 'syslog', ident: 'app', priority: 30 });
  });
  test('is a receiver of datagrams, by an address or a path', () => {
    const udp = { kind: 'udp', host: '192.0.2.1', port: 514 };
    const rsyslog = { kind: 'rsyslog', ident: '', priority: 29 };
    assert.deepEqual(targetOf('rsyslog:192.0.2.1'), { ...rsyslog, to: udp });
    assert.deepEqual(targetOf('rsyslog:192.0.2.1:99,app,134'), {
      ...{ kind: 'rsyslog', ident: 'app', priority: 134 },
      to: { ...udp, port: 99 },
    });
    const path = { kind: 'path', path: '/dev/log' };
    assert.deepEqual(targetOf('rsyslog:/dev/log,app'), { ...rsyslog, ident: 'app', to: path });
    assert.deepEqual(targetOf('socket:[::1]:5140,x, y'), {
      kind: 'socket',
      to: { kind: 'udp', host: '::1', port: 5140 },
      prefix: 'x, y',
    });
    assert.deepEqual(targetOf('socket:/run/log.sock'), {
      kind: 'socket',
      to: { kind: 'path', path: '/run/log.sock' },
      prefix: '',
    });
    assert.deepEqual(targetOf('socket::5140'), {
      kind: 'socket',
      to: { kind: 'udp', host: '127.0.0.1', port: 5140 },
      prefix: '',
    });
    for (const text of ['rsyslog:', 'rsyslog:host:99999', 'socket:', 'socket:host:']) {
      assert.match(String(targetOf(text)), /has no address/, text);
    }
  });
  test('is a descriptor, the log as it would be, or the journal', () => {
    assert.deepEqual(targetOf('fd:7'), { kind: 'fd', fd: 7 });
    assert.match(String(targetOf('fd:seven')), /no number/);
    assert.deepEqual(targetOf('stdio'), { kind: 'stdio' });
    assert.deepEqual(targetOf('stdio:'), { kind: 'stdio' });
    assert.deepEqual(targetOf('systemd'), { kind: 'journal', ident: '' });
    assert.deepEqual(targetOf('journald:app'), { kind: 'journal', ident: 'app' });
  });
  test('that is none is told from one that Reeve does not have', () => {
    const [none, missing] = [readLogger('flie:/a'), readLogger('redislog:127.0.0.1:6379')];
    assert.ok(!none.ok && !missing.ok);
    assert.deepEqual([none.problem, none.isOfUwsgi], ['there is no logger "flie"', false]);
    assert.equal(missing.problem, 'Reeve does not have the logger "redislog"');
    assert.equal(missing.isOfUwsgi, true);
  });
});
