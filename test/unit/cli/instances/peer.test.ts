/** Which process is believed that it is the instance it says it is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { peerRefusal, type PeerFacts } from '../../../../src/cli/instances/peer.ts';

/** A master of the user 33, asked by root. */
const master: PeerFacts = {
  peer: { pid: 4711, uid: 33 },
  ownUid: 0,
  fileUid: 33,
  comm: 'reeve',
  innerPid: 4711,
};

test('a master is believed: of its user, of root, of the one who asks, in a container', () => {
  assert.equal(peerRefusal(master, 4711), undefined);
  assert.equal(peerRefusal({ ...master, peer: { pid: 4711, uid: 0 } }, 4711), undefined);
  assert.equal(peerRefusal({ ...master, ownUid: 33, fileUid: undefined }, 4711), undefined);
  assert.equal(peerRefusal({ ...master, innerPid: 1 }, 1), undefined);
  // DynamicUser=: the owner of the socket's file is not known outside of the unit.
  assert.equal(peerRefusal({ ...master, fileUid: undefined }, 4711), undefined);
});

test('a master in a pid namespace that is not seen is believed', () => {
  const unseen = { ...master, peer: { pid: 0, uid: 33 }, comm: undefined, innerPid: undefined };
  assert.equal(peerRefusal(unseen, 1), undefined);
});

test('a process that names another pid, is called otherwise or has another user is not', () => {
  assert.match(peerRefusal(master, 1) ?? '', /reeve \(pid 4711\) answers.*says that it is pid 1/);
  assert.match(peerRefusal({ ...master, comm: 'python3' }, 4711) ?? '', /python3.*not Reeve/);
  const foreign = { ...master, peer: { pid: 4711, uid: 1000 } };
  assert.match(peerRefusal(foreign, 4711) ?? '', /runs as user 1000/);
  assert.match(peerRefusal({ ...master, peer: undefined }, 4711) ?? '', /not known/);
});
