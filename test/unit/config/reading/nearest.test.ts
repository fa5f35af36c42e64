/** Which name is meant by one that is nearly right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nearest } from '../../../../src/config/reading/nearest.ts';

test('letters that are missing, doubled, wrong or swapped', () => {
  const names = ['processes', 'procname', 'harakiri'];
  for (const written of ['proceses', 'proccesses', 'procasses', 'porcesses', 'processe']) {
    assert.equal(nearest(written, names), 'processes', written);
  }
});

test('other dashes, capitals, and words in another order', () => {
  assert.equal(nearest('wsgi_file', ['wsgi-file']), 'wsgi-file');
  assert.equal(nearest('WsgiFile', ['wsgi-file']), 'wsgi-file');
  assert.equal(nearest('master-log', ['log-level', 'log-master']), 'log-master');
});

test('words that are left out', () => {
  const names = ['procname-prefix', 'procname-prefix-spaced'];
  assert.equal(nearest('proc-name-spaced', names), 'procname-prefix-spaced');
});

test('of two that are equally near, the one with the same first letter', () => {
  assert.equal(nearest('guid', ['uid', 'gid']), 'gid');
});

test('what is too far from all is nobody', () => {
  assert.equal(nearest('base', ['mount', 'home']), undefined);
  assert.equal(nearest('x', ['http']), undefined);
});
