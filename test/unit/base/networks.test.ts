/** Addresses and networks as an operator writes them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { networkSet, readNetwork } from '../../../src/base/networks.ts';
import type { Network } from '../../../src/base/networks.ts';

function networks(...texts: string[]): Network[] {
  return texts.map((text) => readNetwork(text) ?? assert.fail(`${text} is a network`));
}

test('an address alone is the network of itself', () => {
  const isIn = networkSet(networks('192.0.2.1', '::1'));
  assert.ok(isIn('192.0.2.1') && isIn('::1'));
  assert.ok(!isIn('192.0.2.2') && !isIn('::2'));
});

test('a prefix counts in bits, of IPv4 and of IPv6', () => {
  const isIn = networkSet(networks('10.0.0.0/9', '2001:db8::/32', '0.0.0.0/32'));
  assert.ok(isIn('10.127.0.1') && isIn('2001:db8:ffff::1'));
  assert.ok(!isIn('10.128.0.1') && !isIn('2001:db9::1') && !isIn('') && !isIn('nonsense'));
});

test('a prefix of 0 is every address of its family', () => {
  const isIn = networkSet(networks('0.0.0.0/0'));
  assert.ok(isIn('8.8.8.8') && !isIn('::1'));
});

for (const text of [
  ...['', 'localhost', '10.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/-1', '/8'],
  ...['10.0.0.0/8/8', '256.0.0.1', 'fe80::1%eth0', '10.0.0.0-10.0.0.9'],
]) {
  test(`"${text}" is none`, () => assert.equal(readNetwork(text), undefined));
}
