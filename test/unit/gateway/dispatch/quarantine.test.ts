/** Which requests are held to have killed their workers, and which only ran beside them. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Quarantine, mayBeOfRequest } from '../../../../src/gateway/dispatch/quarantine.ts';

const [poison, other, home] = ['GET /poison', 'GET /other', 'GET /'];

/** What is in quarantine after deaths one second apart; "+key" is a request that ended well. */
function activeAfter(...events: readonly (readonly string[] | string)[]): readonly string[] {
  const rules = new Quarantine();
  let nowMs = 0;
  for (const event of events) {
    nowMs += 1000;
    if (typeof event === 'string') rules.success(event.slice(1));
    else rules.death(event, nowMs);
  }
  return rules.active.map(({ key }) => key);
}

describe('a request is in quarantine', () => {
  test('that was alone in three workers that died', () => {
    assert.deepEqual(activeAfter([poison], [poison]), []);
    assert.deepEqual(activeAfter([poison], [poison], [poison]), [poison]);
    assert.deepEqual(activeAfter([poison], [other], [poison], [home], [poison]), [poison]);
  });
  test('that ran several times in them, and nothing else did', () => {
    assert.deepEqual(activeAfter([poison, poison], [poison], [poison, poison]), [poison]);
  });
  test('that was alone in them, though others like it ended well', () => {
    assert.deepEqual(activeAfter([poison], `+${poison}`, [poison], [poison]), [poison]);
  });
  test('that is the one thing that the last three deaths have in common', () => {
    assert.deepEqual(activeAfter([poison, home], [home, poison], [poison, other]), [poison]);
    assert.deepEqual(
      activeAfter([poison, home], [poison, home], `+${home}`, [poison, home]),
      [poison],
      'of the other one some have ended well',
    );
  });
  test('that is found as soon as more deaths tell it from what always runs', () => {
    const both = [poison, home];
    assert.deepEqual(activeAfter(both, both, both), []);
    assert.deepEqual(activeAfter([poison, other], both, both, both), [poison]);
    assert.deepEqual(activeAfter(both, both, both, [poison]), [poison]);
  });
});

describe('a request is in no quarantine', () => {
  test('that another one crashed beside', () => {
    const events = [[poison, home], `+${home}`, [poison, home], `+${home}`, [poison, home]];
    assert.deepEqual(activeAfter(...events), [poison]);
  });
  test('that ran beside others which ended well since', () => {
    const both = [poison, home];
    assert.deepEqual(activeAfter(both, `+${poison}`, `+${home}`, both, both), []);
  });
  test('that ran beside one which explains the death', () => {
    const known = [[poison], [poison], [poison]];
    const beside = [poison, home];
    assert.deepEqual(activeAfter(...known, beside, beside, beside), [poison]);
  });
  test('whose three deaths are not within a minute', () => {
    const rules = new Quarantine();
    for (const atMs of [0, 30_000, 60_000, 90_000]) {
      assert.equal(rules.death([poison], atMs), undefined);
      assert.equal(rules.death([other, home], atMs + 1), undefined);
    }
  });
  test('whose workers ran nothing', () => {
    assert.deepEqual(activeAfter([], [], []), []);
  });
});

describe('a quarantine ends', () => {
  const three = [[poison], [poison], [poison]];
  test('when one ends well, and it takes three more deaths', () => {
    assert.deepEqual(activeAfter(...three, `+${other}`), [poison]);
    assert.deepEqual(activeAfter(...three, `+${poison}`, [poison], [poison]), []);
    assert.deepEqual(activeAfter(...three, `+${poison}`, ...three), [poison]);
  });
  test('ten minutes after the last such request', () => {
    const rules = new Quarantine();
    for (const key of [poison, poison, poison]) rules.death([key], 0);
    rules.seen(poison, 300_000);
    assert.deepEqual(rules.look(899_999), []);
    assert.deepEqual(rules.look(901_000), [poison]);
    assert.equal(rules.isWatching, false);
  });
});

test('a minute after the last death nothing is watched any more', () => {
  const rules = new Quarantine();
  assert.equal(rules.isWatching, false);
  rules.death([poison, other], 0);
  rules.death([poison], 0);
  assert.equal(rules.isWatching, true);
  rules.look(59_000);
  assert.equal(rules.isWatching, true);
  rules.look(61_000);
  assert.equal(rules.isWatching, false);
});

test('of a thousand deadly paths the last are remembered', () => {
  const rules = new Quarantine();
  for (let number = 0; number < 1000; number += 1) {
    for (let time = 0; time < 3; time += 1) rules.death([`GET /${number}`], number);
  }
  assert.equal(rules.active.length, 64);
  assert.ok(rules.isActive('GET /999'));
  assert.ok(!rules.isActive('GET /900'));
  // Each once, again and again: the two that were forgotten in between do not count.
  for (let number = 0; number < 3000; number += 1) {
    assert.equal(rules.death([`GET /once/${number % 1000}`], 2000), undefined);
  }
});

describe('a worker can have died of its requests', () => {
  const none = { code: -1, signal: -1, isOutOfMemory: false };
  const serving = { state: 'serving', isLeaving: false } as const;
  const draining = { state: 'draining', isLeaving: true } as const;
  const overrun = { state: 'overrun', isLeaving: false } as const;
  const may = (end: Partial<typeof none>, worker: Parameters<typeof mayBeOfRequest>[1] = serving) =>
    mayBeOfRequest({ ...none, ...end }, worker);

  test('when it has exited, or crashed', () => {
    for (const code of [0, 1, 3, 255]) assert.ok(may({ code }), `code ${code}`);
    for (const signal of [4, 5, 6, 7, 8, 11, 31]) assert.ok(may({ signal }), `signal ${signal}`);
    assert.ok(may({ signal: 9, isOutOfMemory: true }));
    assert.ok(may({ signal: 11 }, draining));
  });
  test('but not by a signal from outside', () => {
    for (const signal of [1, 2, 3, 9, 10, 12, 13, 14, 15, 24]) assert.ok(!may({ signal }));
  });
  test('nor when it was to end, or a request had overrun, or it has never been', () => {
    assert.ok(!may({ code: 0 }, draining));
    assert.ok(!may({ signal: 9 }, draining));
    assert.ok(!may({ code: 1 }, overrun));
    assert.ok(!may({ signal: 11 }, overrun));
    assert.ok(!may({}));
  });
});
