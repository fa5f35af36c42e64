/** What a child finds in its environment. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  childEnvironment,
  keptForApplication,
  launchFacts,
} from '../../../../src/master/start/environment.ts';

/** The environment of a child of a master that was started with `inherited`. */
function environmentOf(
  inherited: Record<string, string>,
  options: { env?: string[]; unenv?: string[]; home?: string } = {},
): Record<string, string> {
  return childEnvironment({ inherited, env: [], unenv: [], outputStream: '8:15', ...options });
}

describe('the environment of a child', () => {
  test('is that of the master, less what was meant for the master alone', () => {
    const inherited = {
      LANG: 'C.UTF-8',
      NOTIFY_SOCKET: '/run/systemd/notify',
      WATCHDOG_PID: '1',
      WATCHDOG_USEC: '1',
      LISTEN_FDS: '1',
      LISTEN_PID: '1',
      LISTEN_FDNAMES: 'x',
      FDSTORE: '8',
      MEMORY_PRESSURE_WATCH: '/x',
      MEMORY_PRESSURE_WRITE: 'x',
      REEVE_LAUNCH: 'nofile=1024',
      REEVE_READY_FD: '3',
    };
    assert.deepEqual(environmentOf(inherited), { LANG: 'C.UTF-8' });
  });

  test('has NODE_OPTIONS for the application alone', () => {
    const inherited = { REEVE_NODE_OPTIONS: '--inspect' };
    assert.deepEqual(environmentOf(inherited), {});
    const env = [...keptForApplication(inherited)];
    assert.deepEqual(environmentOf(inherited, { env }), { NODE_OPTIONS: '--inspect' });
  });

  test('names the journal only where its output is that stream', () => {
    assert.deepEqual(environmentOf({ JOURNAL_STREAM: '8:15' }), { JOURNAL_STREAM: '8:15' });
    assert.deepEqual(environmentOf({ JOURNAL_STREAM: '8:16' }), {});
  });

  test('has the settings of env, the later over the earlier, and nothing of unenv', () => {
    const options = { env: ['A=1', 'B=x=y', 'A=2', 'EMPTY'], unenv: ['C', 'B'] };
    assert.deepEqual(environmentOf({ A: '0', C: '3' }, options), { A: '2', EMPTY: '' });
  });

  test('leaves the virtualenv of the shell alone, unless home names another', () => {
    const inherited = { PATH: '/usr/bin', VIRTUAL_ENV: '/old' };
    assert.deepEqual(environmentOf(inherited), inherited);
    assert.deepEqual(environmentOf(inherited, { home: '/venv' }), {
      PATH: '/venv/bin:/usr/bin',
      VIRTUAL_ENV: '/venv',
    });
  });
});

describe('what the launcher tells', () => {
  test('is the limit of open files and whether SIGHUP was ignored', () => {
    const facts = launchFacts({ REEVE_LAUNCH: 'nofile=1024 sighup=ignored' });
    assert.deepEqual(facts, { isHangupIgnored: true, softFileLimit: 1024n });
  });

  test('may be unlimited, and is unknown without the launcher', () => {
    assert.equal(launchFacts({ REEVE_LAUNCH: 'nofile=unlimited' }).softFileLimit, 'unlimited');
    assert.deepEqual(launchFacts({}), { isHangupIgnored: false, softFileLimit: undefined });
  });
});
