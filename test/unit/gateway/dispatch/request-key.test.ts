/** Which requests are the same for the quarantine. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { requestKey } from '../../../../src/gateway/dispatch/request-key.ts';

describe('one path', () => {
  const spellings = [
    '/a/poison',
    '/a/poison?x=1',
    '/a/poison#part',
    '//a///poison',
    '/a/../a/poison',
    '/../a/./b/../poison',
    '/a/%2e%2E/a/poison',
    '/%61/%70oison',
    '/a%2Fpoison',
    'http://host:80/a/poison?y',
    'HTTP://host//a/poison',
  ];
  for (const spelling of spellings) {
    test(`is ${spelling}`, () => assert.equal(requestKey('GET', spelling), 'GET /a/poison'));
  }
  test('is also one whose bytes are written out or escaped', () => {
    assert.equal(requestKey('GET', '/\xc3\xa9 %0a'), 'GET /%C3%A9%20%0A');
    assert.equal(requestKey('GET', '/%c3%A9%20\n'), 'GET /%C3%A9%20%0A');
  });
});

describe('another one', () => {
  const others = ['/a/poison/', '/A/poison', '/a/poison%2520', '/a/poiso', '/', '*', ''];
  for (const other of others) {
    test(`is ${other}`, () => assert.notEqual(requestKey('GET', other), 'GET /a/poison'));
  }
  test('is that of another method', () => {
    assert.equal(requestKey('POST', '/a/poison'), 'POST /a/poison');
  });
  test('is what ends with a slash, or with what stands for one', () => {
    for (const path of ['/a/', '/a//', '/a/.', '/a/b/..']) {
      assert.equal(requestKey('GET', path), 'GET /a/');
    }
    assert.equal(requestKey('GET', 'http://host'), 'GET /');
  });
});

describe('a long path', () => {
  test('is cut, and is not one of those that it begins with', () => {
    const key = requestKey('GET', `/${'a'.repeat(70_000)}`);
    assert.equal(key, `GET /${'a'.repeat(255)}…`);
    assert.notEqual(requestKey('GET', `/${'./'.repeat(2000)}poison`), requestKey('GET', '/'));
  });
  test('that is short without its query is whole', () => {
    assert.equal(requestKey('GET', `/a?${'x'.repeat(70_000)}`), 'GET /a');
  });
  test('has a bounded size whatever its bytes are, and so has a method', () => {
    assert.ok(requestKey('M'.repeat(5000), `/${'\xff'.repeat(70_000)}`).length < 2000);
  });
});
