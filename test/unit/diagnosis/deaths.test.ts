/** Workers that end, requests that are cut, memory that grows: what is blamed for it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { endedRequest, looksAt, NOW_MS } from '../../support/looks.ts';
import { snapshot } from '../../support/snapshots.ts';

type Change = Parameters<typeof looksAt>[1];

function found(change: Change) {
  return diagnose(looksAt([[]], change));
}

function causes(change: Change): readonly string[] {
  return found(change).map(({ cause }) => cause);
}

const [gateway] = snapshot([]).gateways;
assert.ok(gateway !== undefined);

describe('deaths', () => {
  const lost = endedRequest('lost', {
    uri: '/export?x=1',
    why: 'was killed by SIGSEGV',
    status: 502,
  });

  /** Each in a worker of its own. */
  function inWorkers(...requests: readonly (typeof lost)[]) {
    return requests.map((each, at) => ({ ...each, pid: 1_001 + at }));
  }

  test('always the same path', () => {
    const [first] = found({ evidence: { requests: inWorkers(lost, lost, lost) } });
    assert.equal(
      first?.sentence,
      '3 workers have ended, always while they ran GET /export (the last was killed by SIGSEGV)',
    );
  });

  test('requests in other threads of the workers that ended are not to blame', () => {
    const beside = { ...lost, uri: '/home', ranMs: 5_000 };
    const other = { ...lost, uri: '/slow', ranMs: 9_000 };
    // One of them is there each time, the others now and then.
    const pid = (request: typeof lost, number: number) => ({ ...request, pid: number });
    const requests = [1, 2, 3].map((number) => pid(lost, number));
    const some = found({ evidence: { requests: [pid(other, 1), pid(beside, 2), ...requests] } });
    assert.deepEqual(
      some.map(({ figures }) => [figures['path'], figures['deaths']]),
      [['/export', 3]],
    );
    // One death: the one that had just begun, with the others beside it.
    const once = found({ evidence: { requests: [pid(beside, 7), pid(lost, 7), pid(lost, 7)] } });
    assert.deepEqual(
      once.map(({ sentence }) => sentence),
      [
        '1 worker has ended, while it ran GET /export (it was killed by SIGSEGV); beside it ran GET /home',
      ],
    );
  });

  test('paths that differ in numbers and ids are one', () => {
    const requests = [7, 14, 21].map((number) => ({
      ...lost,
      pid: number,
      uri: `/orders/${number}?a=${number}`,
    }));
    const quarantine = [{ method: 'GET', path: '/orders/7', seconds: 5, waiting: 1 }];
    const all = found({ evidence: { requests }, now: { gateways: [{ ...gateway, quarantine }] } });
    assert.equal(all.length, 1);
    assert.match(
      all[0]?.sentence ?? '',
      /^3 workers have ended, always while they ran GET \/orders\/\* \(.* run alone now, and 1 of/,
    );
    const failed = requests.map((each) => ({ ...each, end: 'failed' as const, status: 500 }));
    assert.match(
      found({ evidence: { requests: failed } })[0]?.sentence ?? '',
      /\(GET \/orders\/\*\)/,
    );
  });

  test('a limit of Reeve that has killed them is named', () => {
    const sentence =
      'worker 2 (pid 77) is killed: its memory is 162 MiB (evil-reload-on-rss = 120)';
    const line = { atMs: NOW_MS, level: 'error', event: 'worker.killed', sentence } as const;
    const request = { ...lost, pid: 77, why: 'was killed by SIGKILL' };
    const lines = [{ ...line, fields: { pid: 77 } }];
    const all = found({ evidence: { requests: [request, request], lines } });
    assert.match(
      all[0]?.sentence ?? '',
      /\(it was killed by Reeve: its memory is 162 MiB \(evil-reload-on-rss = 120\)\)$/,
    );
    assert.equal(all.length, 1);
  });

  test('in quarantine, with those that wait', () => {
    const quarantine = [{ method: 'GET', path: '/export', seconds: 5, waiting: 2 }];
    const now = { gateways: [{ ...gateway, quarantine }] };
    assert.match(
      found({ now })[0]?.sentence ?? '',
      /^at least 3 workers .* \/export; .* 2 of them wait/,
    );
    assert.match(
      found({ now, evidence: { requests: [lost] } })[0]?.sentence ?? '',
      /^1 worker has ended/,
    );
  });

  test('one death is a warning, a long time ago it is nothing', () => {
    assert.deepEqual(
      found({ evidence: { requests: [lost] } }).map(({ severity }) => severity),
      ['warning'],
    );
    const old = endedRequest('lost', {}, 3_600);
    assert.deepEqual(causes({ evidence: { requests: [old] } }), []);
  });

  test('without a request to blame', () => {
    const fields = { slot: 1, generation: 1, pid: 77 };
    const line = { atMs: NOW_MS - 1_000, level: 'error', event: 'worker.exited', fields } as const;
    const lines = [
      { ...line, sentence: 'worker 1 (pid 77) was killed by SIGKILL; starting another' },
    ];
    assert.match(found({ evidence: { lines } })[0]?.sentence ?? '', /1 worker ended .* SIGKILL/);
  });
});

describe('requests that a limit has cut', () => {
  const cut = {
    uri: '/x',
    why: 'harakiri = 2 s',
    status: 504,
    ranMs: 2_000,
    stack: '  File "/v/site-packages/pg.py", line 9 in wait\n  File "/srv/a.py", line 3 in f',
  };

  test('where it was, and what it waited for', () => {
    const requests = [endedRequest('cut', { ...cut, waitsIn: 'wait_woken' })];
    const [first] = found({ evidence: { requests } });
    assert.equal(first?.cause, 'slow-requests');
    assert.match(
      first?.sentence ?? '',
      /1 request of GET \/x ran longer than harakiri = 2 s .* waited for an answer .*, in srv\/a\.py:3 in f$/,
    );
  });

  test('in a lock', () => {
    const requests = [endedRequest('cut', { ...cut, waitsIn: 'futex_do_wait' })];
    assert.deepEqual(causes({ evidence: { requests } }), ['deadlock']);
    const generation = { lostThreads: { count: 1, names: ['pump'] } };
    assert.deepEqual(causes({ evidence: { requests }, generation }), ['fork-unsafe-thread']);
  });
});

describe('memory', () => {
  const MB = 1_000_000;
  const grown = (bytes: number, count: number, shrankBytes = 0) => ({
    gateways: [
      {
        ...gateway,
        growth: [
          {
            method: 'GET',
            path: '/upload',
            samples: 100,
            bytes,
            grown: count,
            grewBytes: bytes + shrankBytes,
            shrankBytes,
          },
        ],
      },
    ],
  });

  test('grows with a path', () => {
    assert.match(
      found({ now: grown(30 * MB, 90) })[0]?.sentence ?? '',
      /grows by 300 MB with 1000 requests of GET \/upload \(30 MB in 100 requests/,
    );
  });

  test('that comes and goes, once, or hardly, is no leak', () => {
    for (const now of [grown(10 * MB, 50, 40 * MB), grown(50 * MB, 1), grown(MB, 90)]) {
      assert.deepEqual(causes({ now }), []);
    }
  });
});
