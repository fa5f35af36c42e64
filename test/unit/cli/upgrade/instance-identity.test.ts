/** As whom the check of a unit runs, and when nobody can say. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { identityOf } from '../../../../src/cli/upgrade/instance-identity.ts';

const unit = { uid: 990, gid: 980, isStartedAsRoot: false };
const status = (uids: string, gids: string): string =>
  `Name:\tnode\nUid:\t${uids}\nGid:\t${gids}\nFDSize:\t64\nGroups:\t4 980 \n`;
const usual = status('990\t990\t990\t990', '980\t980\t980\t980');

test('the user and group that systemd says, with the groups of the main process', () => {
  const groups = ['4', '980'];
  assert.deepEqual(identityOf(unit, usual), { kind: 'user', uid: 990, gid: 980, groups });
});

test('a main process with any other id is not believed', () => {
  for (const other of [
    status('990\t0\t0\t0', '980\t980\t980\t980'),
    status('0\t0\t0\t0', '0\t0\t0\t0'),
    status('990\t990\t0\t990', '980\t980\t980\t980'),
    status('990\t990\t990\t990', '980\t42\t42\t42'),
    '',
  ]) {
    const found = identityOf(unit, other);
    assert.equal(found.kind, 'unclear');
    assert.match(found.kind === 'unclear' ? found.why : '', /as user 990 and group 980/);
  }
});

test('root only where the unit and systemd both say so', () => {
  const none = { uid: undefined, gid: undefined };
  assert.equal(identityOf({ ...none, isStartedAsRoot: true }, usual).kind, 'root');
  assert.equal(identityOf({ uid: 0, gid: 0, isStartedAsRoot: true }, usual).kind, 'root');
  assert.equal(identityOf({ ...unit, isStartedAsRoot: true }, usual).kind, 'unclear');
  assert.equal(identityOf({ ...none, isStartedAsRoot: false }, usual).kind, 'unclear');
  const zero = status('0\t0\t0\t0', '0\t0\t0\t0');
  assert.equal(identityOf({ uid: 0, gid: 0, isStartedAsRoot: false }, zero).kind, 'unclear');
});
