/** What `ps` shows. The expected strings were seen from uWSGI 2.0.21, with its name for ours. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { titles } from '../../../../src/master/start/titles.ts';
import type { TitleOptions } from '../../../../src/master/start/titles.ts';

const none: TitleOptions = {
  procname: '',
  procnameMaster: '',
  procnamePrefix: '',
  procnamePrefixSpaced: '',
  procnameAppend: '',
  ofUnit: '',
};

describe('titles', () => {
  test('name the part that a process plays', () => {
    assert.deepEqual(titles(none), {
      master: 'reeve master',
      gateway: 'reeve http 1',
      spawner: 'reeve spawner',
      worker: 'reeve worker %d',
      log: 'reeve log',
      job: 'reeve %s',
    });
  });

  test('have the prefix and what is appended as written, or the prefix with a space', () => {
    const both = { ...none, procnamePrefix: 'a', procnameAppend: '[x]' };
    assert.equal(titles(both).worker, 'areeve worker %d[x]');
    assert.equal(titles({ ...none, procnamePrefixSpaced: 'demo' }).master, 'demo reeve master');
  });

  test('have procname in place of the name, and procname-master in the master', () => {
    const all = { ...none, procname: 'x', procnameAppend: 'z', procnamePrefix: 'p' };
    assert.equal(titles(all).worker, 'pxz');
    assert.equal(titles(all).master, 'pxz');
    assert.equal(titles({ ...all, procnameMaster: 'm' }).master, 'pmz');
  });

  test('begin with the name of the unit, unless an option says how they begin', () => {
    assert.equal(titles({ ...none, ofUnit: 'blog' }).master, 'blog reeve master');
    assert.equal(titles({ ...none, ofUnit: 'blog', procnameAppend: '!' }).log, 'blog reeve log!');
    assert.equal(titles({ ...none, ofUnit: 'blog', procnamePrefix: 'x-' }).log, 'x-reeve log');
    assert.equal(titles({ ...none, ofUnit: 'blog', procnamePrefixSpaced: 'x' }).log, 'x reeve log');
    assert.equal(titles({ ...none, ofUnit: 'blog', procname: 'x' }).log, 'x');
    assert.equal(titles({ ...none, ofUnit: 'blog', procnameMaster: 'x' }).master, 'x');
  });

  test('are one line', () => {
    assert.equal(titles({ ...none, procname: 'a\nb\u001b' }).worker, 'a b ');
  });
});
