/** What an upgrade does about an instance, and the words it says it in. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  keptMasters,
  nothingToDo,
  otherMasterSentence,
  upgradePlan,
  upgradeSentence,
} from '../../../../src/cli/upgrade/upgrade-plan.ts';
import type { UpgradeOutcome, UpgradeSubject } from '../../../../src/cli/upgrade/upgrade-plan.ts';

const to = { version: '0.2.0', program: '/usr/lib/reeve/reeve' };

function subject(parts: Partial<UpgradeSubject> = {}): UpgradeSubject {
  return {
    ...{ name: 'reeve@blog', pid: 12, version: '0.1.0', hasOwnRuntime: false },
    ...{ program: to.program, hasOwnRoot: false, isMasked: false, keepsSockets: true, ...parts },
  };
}

const planned = (parts: Partial<UpgradeSubject>): string => upgradePlan(subject(parts), to).kind;
const said = (outcome: UpgradeOutcome, parts: Partial<UpgradeSubject> = {}): string =>
  upgradeSentence(subject(parts), outcome, to);

describe('what an upgrade does about an instance', () => {
  test('older code is restarted, also where only Node is another, or where nobody can say', () => {
    assert.equal(planned({}), 'restart');
    assert.equal(planned({ version: '0.2.0' }), 'restart');
    assert.equal(planned({ hasOwnRuntime: true }), 'restart');
    assert.equal(planned({ version: undefined }), 'restart');
    assert.equal(planned({ version: undefined, hasOwnRuntime: undefined }), 'restart');
  });

  test('older code in a masked unit is not restarted, but named', () => {
    assert.equal(planned({ isMasked: true, program: '' }), 'masked');
    assert.equal(planned({ isMasked: true, version: '0.2.0', hasOwnRuntime: true }), 'current');
    assert.match(
      said({ kind: 'masked' }),
      /on with 0.1.0: .* masked; `systemctl unmask reeve@blog`/,
    );
  });

  test('newer code too: a downgrade is an upgrade', () => {
    assert.equal(planned({ version: '0.3.0' }), 'restart');
  });

  test('the same code is let be, also where it cannot be asked', () => {
    assert.equal(planned({ version: '0.2.0', hasOwnRuntime: true }), 'current');
    assert.equal(planned({ version: undefined, hasOwnRuntime: true }), 'current');
  });

  test('what would lose its clients is let be, and so is what other code is installed for', () => {
    assert.equal(planned({ keepsSockets: false }), 'leave');
    assert.equal(
      planned({ keepsSockets: false, version: '0.2.0', hasOwnRuntime: true }),
      'current',
    );
    assert.equal(planned({ program: '/opt/reeve/dist/reeve' }), 'elsewhere');
    assert.equal(planned({ hasOwnRoot: true }), 'elsewhere');
  });
});

test('what is said of an instance', () => {
  assert.equal(
    said({ kind: 'restarted', now: '0.2.0' }),
    'reeve@blog: restarted, Reeve 0.2.0 serves in place of 0.1.0',
  );
  assert.equal(
    said({ kind: 'restarted', now: '0.2.0' }, { version: '0.2.0' }),
    'reeve@blog: restarted, Reeve 0.2.0 serves in place of another build of 0.2.0',
  );
  assert.equal(
    said({ kind: 'restarted', now: '0.1.0' }),
    'reeve@blog: restarted, but what serves is Reeve 0.1.0, not 0.2.0',
  );
  assert.equal(
    said({ kind: 'would-restart' }, { version: undefined }),
    'reeve@blog (pid 12): would be restarted, Reeve 0.2.0 in place of a version that it did not say',
  );
  assert.equal(
    said({ kind: 'refused' }),
    'reeve@blog (pid 12): not restarted, it serves on with 0.1.0: Reeve 0.2.0 refuses its ' +
      'configuration, as said above; mend that, then `systemctl restart reeve@blog` ' +
      '(`reeve status reeve@blog` says which version runs)',
  );
  assert.equal(
    said({ kind: 'failed', why: 'systemctl try-restart reeve@blog.service has failed with 1' }),
    'reeve@blog: the restart with Reeve 0.2.0 has failed: systemctl try-restart ' +
      'reeve@blog.service has failed with 1; `systemctl status reeve@blog` and ' +
      '`journalctl -u reeve@blog` say more',
  );
  assert.equal(
    said({ kind: 'unclear', why: 'its main process is gone' }),
    'reeve@blog (pid 12): left alone, it serves on with 0.1.0: its configuration cannot be checked: ' +
      'its main process is gone; `systemctl restart reeve@blog` when that suits',
  );
  assert.equal(
    said({ kind: 'leave' }),
    'reeve@blog (pid 12): left alone, it serves on with 0.1.0: a restart would refuse clients, as ' +
      'it has neither a socket unit nor FileDescriptorStoreMax=; `systemctl restart reeve@blog` ' +
      'when that suits',
  );
});

test('who is in no unit of ours is named where it runs another version', () => {
  const site = { name: 'site', pid: 40, version: '0.1.0', unit: 'site' };
  assert.equal(
    otherMasterSentence(site, to),
    'site (pid 40): left alone, it serves on with 0.1.0: site.service is none that Reeve has made; ' +
      '`systemctl restart site` when that suits',
  );
  assert.equal(
    otherMasterSentence({ ...site, unit: '' }, to),
    'site (pid 40): left alone, it serves on with 0.1.0: it is in no service; stop it and start it ' +
      'again when that suits',
  );
  assert.equal(otherMasterSentence({ ...site, version: '0.2.0' }, to), undefined);
});

test('masters of a kept version, without their gateways and what runs the new one', () => {
  const node = (name: string): string => `/usr/lib/reeve/kept/${name}/node`;
  const own = node('0.2.0-bbb');
  const found = keptMasters(
    [
      { pid: 10, parent: 1, executable: node('0.1.0-rc-aaa') },
      { pid: 11, parent: 10, executable: node('0.1.0-rc-aaa') },
      { pid: 20, parent: 1, executable: own },
      { pid: 30, parent: 1, executable: node('0.2.0-ccc') },
      { pid: 40, parent: 1, executable: '/usr/lib/reeve/kept/0.1.0-aaa/other' },
    ],
    own,
  );
  assert.deepEqual(found, [
    { pid: 10, version: '0.1.0-rc' },
    { pid: 30, version: '0.2.0' },
  ]);
});

test('a dry run with nothing to do says so', () => {
  assert.equal(nothingToDo(1, '0.2.0'), 'nothing to do: 1 instance runs 0.2.0');
  assert.equal(nothingToDo(3, '0.2.0'), 'nothing to do: 3 instances run 0.2.0');
  assert.equal(nothingToDo(0, '0.2.0'), 'nothing to do: no instance of this installation runs');
});
