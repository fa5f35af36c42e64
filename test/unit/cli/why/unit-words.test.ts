/** Why a unit does not run: each state of systemd in words, and what to do. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { factsOf, isKnown, isUsed, unitSentences } from '../../../../src/cli/why/unit-words.ts';

const loaded = { LoadState: 'loaded', UnitFileState: 'enabled', StateChangeTimestamp: 'Mon 03:12' };

function facts(change: Readonly<Record<string, string>>) {
  const all = Object.entries({ ...loaded, ...change });
  return factsOf(all.map(([name, value]) => `${name}=${value}`).join('\n'));
}

function said(change: Readonly<Record<string, string>>): string {
  return unitSentences('shop.service', facts(change)).join('\n');
}

describe('a unit that has failed', () => {
  const failed = { ActiveState: 'failed', SubState: 'failed', ExecMainCode: '1' };

  test('with an exit code of Reeve: what it means, and how to start it again', () => {
    assert.equal(
      said({ ...failed, Result: 'exit-code', ExecMainStatus: '22', NRestarts: '2' }),
      'shop.service has failed since Mon 03:12: its process ended with exit code 22: the application ' +
        'cannot be loaded (need-app), or its workers died before it was ready, after 2 more tries; ' +
        'systemd does not try again\n' +
        'correct the cause, then: systemctl reset-failed shop.service && systemctl start shop.service',
    );
  });

  for (const [change, words] of [
    [
      { Result: 'exit-code', ExecMainStatus: '1', NRestarts: '1' },
      /exit code 1, after 1 more try;/,
    ],
    [{ Result: 'exit-code', ExecMainStatus: '203' }, /could not be run by systemd: exit code 203/],
    [{ Result: 'signal', ExecMainCode: '2', ExecMainStatus: '9' }, /was killed by signal 9;/],
    [{ Result: 'core-dump', ExecMainCode: '3', ExecMainStatus: '11' }, /was killed by signal 11;/],
    [
      { Result: 'start-limit-hit', ExecMainStatus: '78' },
      /too often .* code 78: the configuration/,
    ],
    [{ Result: 'timeout' }, /was not ready, or had not stopped, in the time/],
    [{ Result: 'watchdog' }, /did not answer systemd/],
    [{ Result: 'oom-kill' }, /memory .* was used up/],
    [{ Result: 'something-new', ExecMainStatus: '1' }, /: something-new; its process ended with/],
  ] as const) {
    test(`${Object.values(change).join(' ')}: ${words.source}`, () => {
      assert.match(said({ ...failed, ...change }), words);
    });
  }
});

describe('a unit that does not run', () => {
  const inactive = { ActiveState: 'inactive', SubState: 'dead', ExecMainCode: '1' };

  test('since it was stopped', () => {
    const text = said({ ...inactive, InactiveEnterTimestamp: 'Mon 03:12', ExecMainStatus: '0' });
    assert.match(
      text,
      /was stopped since Mon 03:12, and ended with exit code 0, as asked\nsystemctl/,
    );
    assert.doesNotMatch(text, /not enabled/);
  });
  test('as it never has, and does not start at boot', () => {
    const text = said({ ...inactive, UnitFileState: 'disabled' });
    assert.match(text, /is stopped: it was not started, or .*\n.*; it is not enabled/);
    // Until systemd has looked at its conditions, it says that none is met.
    assert.equal(said({ ...inactive, UnitFileState: 'disabled', ConditionResult: 'no' }), text);
  });
  test('as a condition is not met', () => {
    assert.match(
      said({ ...inactive, ConditionResult: 'no', ConditionTimestamp: 'Mon' }),
      /a condition of its unit is not met/,
    );
  });
  test('as it is masked, or its file is wrong', () => {
    assert.match(said({ LoadState: 'masked' }), /is masked: .*\n.*systemctl unmask shop.service/);
    const wrong = said({ LoadState: 'bad-setting', LoadError: 'Unit has no ExecStart' });
    assert.match(wrong, /cannot be loaded \(bad-setting\): Unit has no ExecStart\nsystemd-analyze/);
  });
  test('as it comes, goes, or is started again', () => {
    const coming = { ActiveState: 'activating', SubState: 'start', StatusText: 'loading' };
    assert.match(
      said({ ...coming, TimeoutStartUSec: '1min 30s' }),
      /^shop.service is starting since Mon 03:12: loading; systemd gives it 1min 30s$/,
    );
    const again = { ...coming, SubState: 'auto-restart', ExecMainStatus: '22', NRestarts: '4' };
    assert.match(
      said({ ...again, ExecMainCode: '1' }),
      /again and again: .* code 22: .* \(start 6\)/,
    );
    assert.match(said({ ActiveState: 'deactivating' }), /is stopping since Mon 03:12/);
  });
  test('though systemd says that it runs', () => {
    assert.match(said({ ActiveState: 'active' }), /runs since .*, but .*\n.*control-socket/);
  });
});

test('a name that only fits a template is no unit that anybody uses', () => {
  const idle = { ActiveState: 'inactive', UnitFileState: 'disabled' };
  assert.equal(isUsed(facts(idle)), false);
  for (const change of [
    { ...idle, UnitFileState: 'enabled' },
    { ...idle, InactiveEnterTimestamp: 'Mon' },
    { ...idle, ActiveState: 'failed' },
    { ...idle, LoadState: 'masked' },
  ]) {
    assert.equal(isUsed(facts(change)), true);
  }
  assert.equal(isKnown(facts({ LoadState: 'not-found' })), false);
  assert.equal(isKnown(factsOf('')), false);
});
