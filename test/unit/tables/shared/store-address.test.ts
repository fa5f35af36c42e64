/** Addresses of servers in place of directories and files. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  parseStoreAddress,
  shownAddress,
  storeAddressProblem,
} from '../../../../src/tables/shared/store-address.ts';

describe('the address of a server', () => {
  test('has its parts', () => {
    const parts = (text: string) => {
      const parsed = parseStoreAddress(text);
      assert.ok(parsed.ok, text);
      const { user, password, host, port, path, database, queue } = parsed.address;
      return [user, password, host, port, path, database, queue];
    };
    assert.deepEqual(parts('redis://h'), ['', '', 'h', 0, '', '', undefined]);
    assert.deepEqual(parts('rediss://:a%40b@h:1/2?queue=x'), ['', 'a@b', 'h', 1, '', '2', 'x']);
    assert.deepEqual(parts('valkey://u:p@[::1]:7/'), ['u', 'p', '::1', 7, '', '', undefined]);
    const unix = ['u', 'p', '', 0, '/run/r s', '3', undefined];
    assert.deepEqual(parts('unix://u:p@/run/r%20s?db=3'), unix);
    const query = ['', 'p', '', 0, '/r', '', undefined];
    assert.deepEqual(parts('unix:///r?password=p'), query);
  });
  test('that is none is named with what is wrong', () => {
    for (const [text, problem] of [
      ['memcached://h', /^memcached:\/\/ is none of redis:\/\/, rediss:\/\//],
      ['REDIS://h', /none of/],
      ['redis://', /no address such as|no host/],
      ['redis://h/shop', /^shop is not the number of a database/],
      ['redis://h:port/0', /no address such as/],
      ['redis://h/0?db=x', /^x is not the number/],
      ['redis://%zz@h', /no address such as/],
      ['unix://run/redis.sock', /no path of a socket/],
      ['unix://', /no path of a socket/],
    ] as const) {
      assert.match(storeAddressProblem(text) ?? 'nothing', problem, text);
    }
  });
  test('is shown without a password, and a path as it is', () => {
    assert.equal(shownAddress('redis://u:p@h:1/0?queue=x&password=p'), 'redis://h:1/0?queue=x');
    assert.equal(shownAddress('unix://u:p@/run/r.sock?db=1'), 'unix:///run/r.sock');
    assert.equal(shownAddress('redis://u:%zz@h/shop?password=p'), 'redis://h/shop');
    assert.equal(shownAddress('/var/spool/a@b'), '/var/spool/a@b');
  });
});
