/** Which clients are admitted, and what is logged of those that are not. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Admission } from '../../../../src/gateway/client/admission.ts';
import { namedProxies, peerOf } from '../../../../src/gateway/request/forwarded.ts';
import { keptLog } from '../../../support/kept-log.ts';

const isNamed = namedProxies(['10.0.0.0/8']);
const unlimited = { openFilesMax: 1_000, maxConnections: 0, maxConnectionsPerAddress: 0 };

function admissionWith(limits: Partial<typeof unlimited> = {}) {
  const log = keptLog();
  const admission = new Admission({ ...unlimited, ...limits }, log);
  const admit = (address: string, nowMs = 0) => admission.admit(peerOf(address, 1, isNamed), nowMs);
  return { log, admission, admit };
}

describe('a client', () => {
  test('is admitted while descriptors are left that are not kept for other things', () => {
    const { admit, log } = admissionWith();
    const admitted = Array.from({ length: 900 }, () => admit('127.0.0.1'));
    assert.equal(admitted.filter((each) => each === 'yes').length, 875);
    assert.match(log.lines[0] ?? '', /^error gateway.full: 875 clients .* 1000 open files allow/);
  });
  test('is not admitted to descriptors that workers need', () => {
    const { admit, admission } = admissionWith({ openFilesMax: 120 });
    admission.keep(100);
    const admitted = Array.from({ length: 50 }, () => admit('127.0.0.1'));
    assert.equal(admitted.filter((each) => each === 'yes').length, 20);
  });
  test('is counted until it has left', () => {
    const { admit, admission } = admissionWith({ maxConnections: 1 });
    const peer = peerOf('192.0.2.1', 1, isNamed);
    assert.equal(admission.admit(peer, 0), 'yes');
    assert.equal(admit('192.0.2.2'), 'full');
    admission.left(peer);
    assert.equal(admit('192.0.2.2'), 'yes');
  });
  test('is one of so many from its address; others are still admitted', () => {
    const { admit, log } = admissionWith({ maxConnectionsPerAddress: 2 });
    const seen = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'].map((each) => admit(each));
    assert.deepEqual(seen, ['yes', 'yes', 'address-full', 'yes']);
    assert.match(log.lines[0] ?? '', /^warn gateway.address-full: 2 clients .* 192\.0\.2\.1/);
  });
  test('has half of all for its address where the operator has not said; this machine has all', () => {
    const { admit } = admissionWith({ maxConnections: 4 });
    const seen = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '127.0.0.1', '127.0.0.1'];
    const admitted = seen.map((each) => admit(each));
    assert.deepEqual(admitted, ['yes', 'yes', 'address-full', 'yes', 'yes']);
  });
  test('that is a named proxy, or comes by a unix socket, has no limit of its address', () => {
    const { admit } = admissionWith({ maxConnectionsPerAddress: 1 });
    const seen = ['10.1.2.3', '10.1.2.3', '', ''].map((each) => admit(each));
    assert.deepEqual(seen, ['yes', 'yes', 'yes', 'yes']);
  });
});

test('clients that are not admitted are logged now and then, with how many there were', () => {
  const { admit, log } = admissionWith({ maxConnections: 1 });
  for (const nowMs of [0, 1, 2, 3, 10_001]) admit('127.0.0.1', nowMs);
  assert.equal(log.lines.length, 2);
  assert.match(log.lines[0] ?? '', /closed: 1; raise it$/);
  assert.match(log.lines[1] ?? '', /closed: 3; raise it$/);
});
