/** Which files a path may mean. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { staticCandidates } from '../../../../src/gateway/files/candidates.ts';

const maps = [
  { mount: '/static/', root: '/srv/a/', keepsMount: false },
  { mount: '/static', root: '/srv/b', keepsMount: false },
  { mount: '/robots.txt', root: '/srv/robots.txt', keepsMount: false },
];

function paths(path: string, target = path): string[] {
  return staticCandidates(maps, path, target).map((candidate) => candidate.path);
}

describe('a path under a map', () => {
  test('is looked for in each map, in their order', () => {
    assert.deepEqual(paths('/static/x/y.css'), ['/srv/a/x/y.css', '/srv/b/x/y.css']);
  });
  test('may be the mapped file itself', () => {
    assert.deepEqual(paths('/robots.txt'), ['/srv/robots.txt']);
  });
});

describe('no file is looked for', () => {
  const nowhere: readonly (readonly [string, string])[] = [
    ['/other', '/other'],
    ['/staticx', '/staticx'],
    ['/static/../x', '/static/%2e%2e/x'],
    ['/static/a/b', '/static/a%2Fb'],
    ['/static/a\\b', '/static/a%5cb'],
    ['*', '*'],
  ];
  for (const [path, target] of nowhere) {
    test(`for ${target}`, () => assert.deepEqual(paths(path, target), []));
  }
  test('but an encoded slash in the query does no harm', () => {
    assert.equal(paths('/static/x', '/static/x?next=%2f').length, 2);
  });
});
