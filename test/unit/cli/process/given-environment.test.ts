/** An environment that is read and never in force. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { environmentGiven, givenAs } from '../../../../src/cli/process/given-environment.ts';

test('what is given comes back, and nothing of it is in force on the way', () => {
  const variables = new Map([
    ['LD_PRELOAD', '/tmp/evil.so'],
    ['TEXT', 'a=b\nc'],
    ['EMPTY', ''],
  ]);
  const given = givenAs(variables);
  assert.deepEqual(
    Object.keys(given).filter((name) => !/^REEVE_GIVEN(_\d+)?$/.test(name)),
    [],
  );
  const seen = environmentGiven({ ...given, PATH: '/bin', REEVE_LAUNCH: 'nofile=1024' });
  assert.deepEqual(seen, { ...Object.fromEntries(variables), REEVE_LAUNCH: 'nofile=1024' });
});

test('nothing given: everything is seen', () => {
  assert.deepEqual(environmentGiven({ PATH: '/bin' }), { PATH: '/bin' });
  assert.deepEqual(environmentGiven({ PATH: '/bin', ...givenAs(new Map()) }), {});
});
