/** The requests that are kept for questions: which, how many, and what is known of them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RecentRequests } from '../../../../src/gateway/measures/recent-requests.ts';
import type { RequestEnd } from '../../../../src/protocol/gateway-views.ts';

/** One that has ended like this. */
function request(requestId: string, end: RequestEnd, endedAtMs = 0, uri = '/') {
  const where = { generation: 1, worker: 2, pid: 3, thread: 0 };
  const times = { endedAtMs, waitedMs: 5, queuedBehind: 1, ranMs: 7 };
  return { requestId, method: 'GET', uri, status: 200, end, why: '', ...times, ...where };
}

test('a request that is cut has its reason at once, its stack and its wait when they are read', () => {
  const recent = new RecentRequests();
  assert.equal(recent.isEnding, false);
  const explain = recent.ending({ end: 'cut', why: 'harakiri = 1 s' }, () => {
    assert.equal(recent.isEnding, true);
    recent.add(request('a', 'failed'));
  });
  assert.equal(recent.isEnding, false);
  recent.add(request('b', 'slow', 1));
  explain('  File "a.py", line 1 in view', 'futex_do_wait');
  const ends = recent.view.map(({ requestId, end, why, waitsIn }) => [
    requestId,
    end,
    why,
    waitsIn,
  ]);
  assert.deepEqual(ends, [
    ['b', 'slow', '', ''],
    ['a', 'cut', 'harakiri = 1 s', 'futex_do_wait'],
  ]);
  assert.match(recent.view[1]?.stack ?? '', /a\.py/);
});

test('where the answer was decided before, nothing is added', () => {
  const recent = new RecentRequests();
  const explain = recent.ending({ end: 'lost', why: 'was killed by SIGSEGV' }, () => undefined);
  explain('stack', '');
  assert.deepEqual(recent.view, []);
});

test('many slow requests push none out that has failed, and what is kept is bounded', () => {
  const recent = new RecentRequests();
  recent.add(request('failed', 'failed', 0, `/${'x'.repeat(5_000)}`));
  for (let at = 1; at <= 1_000; at += 1) recent.add(request(`${at}`, 'slow', at));
  for (let at = 1; at <= 1_000; at += 1) recent.add(request(`gone ${at}`, 'client-gone', at));
  assert.equal(recent.view.length, 129);
  assert.equal(recent.view.at(-1)?.requestId, 'failed');
  assert.equal(recent.view.at(-1)?.uri.length, 201);
  assert.equal(recent.view[0]?.requestId, 'gone 1000');
});

test('requests that are refused for a fault of their client push no others out', () => {
  const recent = new RecentRequests();
  const refused = (id: string, status: number, atMs: number) =>
    recent.add({ ...request(id, 'refused', atMs), status, why: 'x'.repeat(1_000) });
  refused('queue full', 503, 0);
  recent.add(request('slow', 'slow', 1));
  for (let at = 2; at <= 1_000; at += 1) refused(`large ${at}`, 413, at);
  assert.equal(recent.view.length, 66);
  assert.deepEqual(
    recent.view.slice(-2).map(({ requestId }) => requestId),
    ['slow', 'queue full'],
  );
  assert.equal(recent.view[0]?.why.length, 301);
});
