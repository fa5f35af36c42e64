/** What is wrong with an instance, rule by rule: which cause comes first, and its figures. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { diagnose, isTrouble } from '../../../src/diagnosis/diagnose.ts';
import { TIME_BOUNDS_SECONDS } from '../../../src/protocol/gateway-views.ts';
import type { WholeSnapshot } from '../../../src/protocol/snapshot.ts';
import type { Evidence } from '../../../src/protocol/stacks-view.ts';
import { endedRequest, looksAt, NOW_MS, spoolerStacks, type Doing } from '../../support/looks.ts';
import { snapshot } from '../../support/snapshots.ts';

type Change = Parameters<typeof looksAt>[1];

function found(change: Change, workers: readonly (readonly Doing[])[] = [[]]) {
  return diagnose(looksAt(workers, change));
}

function causes(change: Change, workers?: readonly (readonly Doing[])[]): readonly string[] {
  return found(change, workers).map(({ cause }) => cause);
}

const usual = snapshot([]);
const [gateway] = usual.gateways;
assert.ok(gateway !== undefined);

describe('load', () => {
  /** So many requests that ran and waited so long, all in one second. */
  function worked(
    requests: number,
    runSeconds: number,
    waitSeconds: number,
  ): Partial<WholeSnapshot> {
    const counts = TIME_BOUNDS_SECONDS.map(() => 0);
    const times = { mount: '', route: '', status: '2xx', bodyBytes: 0 } as const;
    const run = { counts: [requests, ...counts], seconds: runSeconds };
    const wait = { counts: [requests, ...counts], seconds: waitSeconds };
    return { totals: { ...usual.totals, times: [{ ...times, run, wait }] } };
  }
  const busy: Doing = { uri: '/', seconds: 0.1, waitsIn: 'hrtimer_nanosleep' };
  const before = worked(0, 0, 0);

  test('quick requests that wait need more workers', () => {
    const change = { before, now: worked(8, 2, 16), queued: 12, oldestMs: 2_000 };
    const [first] = found(change, [[busy], [busy]]);
    assert.equal(first?.cause, 'too-few-workers');
    assert.match(
      first?.sentence ?? '',
      /wait 2 s for a worker and run for 0\.3 s only: 12 requests wait now; 2 slots are busy for 100 %/,
    );
  });

  test('cheaper that has not started more is named', () => {
    const limits = { threads: 1, harakiri: 0, 'max-requests': 0, 'reload-on-rss': 0 };
    const options = { ...limits, processes: 4, cheaper: 1 };
    const change = { before, now: worked(4, 1, 16), queued: 12, oldestMs: 2_000 };
    const [first] = found({ ...change, generation: { options } }, [[busy]]);
    assert.match(
      first?.sentence ?? '',
      /; 1 of 4 processes runs, as cheaper has not started more$/,
    );
  });

  test('where the processors are used up, more would not help', () => {
    const cpu = (cpuSeconds: number): Partial<WholeSnapshot> => ({
      gateways: [{ ...gateway, cpuSeconds }],
    });
    const change = {
      before: { ...before, ...cpu(0) },
      now: { ...worked(8, 2, 16), ...cpu(3.9) },
      ...{ queued: 12, oldestMs: 2_000 },
    };
    assert.deepEqual(causes(change, [[busy], [busy]]).slice(0, 1), ['processors-used-up']);
    // Others use them too: what it gets is a part.
    const usual = { load: 20, processors: 2, waitsForMemory: 0, waitsForDisk: 0 };
    const machine = { ...usual, waitsForProcessor: 97 };
    const beside = { ...change, now: { ...worked(8, 2, 16), ...cpu(1) }, evidence: { machine } };
    const [first] = found(beside, [[busy], [busy]]);
    assert.match(
      first?.sentence ?? '',
      /uses 50 % of 2 processors, and processes .* 97 % of the time$/,
    );
  });

  test('busy slots without a queue are well', () => {
    assert.deepEqual(causes({ before, now: worked(8, 2, 0.01) }, [[busy], [busy]]), []);
  });

  test('a crowd that is over', () => {
    const requests = Array.from({ length: 5 }, () =>
      endedRequest('slow', { waitedMs: 3_000, ranMs: 200, status: 200 }),
    );
    assert.match(
      found({ evidence: { requests } })[0]?.sentence ?? '',
      /5 requests waited for a worker, up to 3 s/,
    );
  });
});

describe('lines of the log', () => {
  function lines(count: number, line: Partial<Evidence['lines'][number]>, everyMs = 1_000) {
    const usually = { level: 'error', event: 'x', fields: {}, sentence: 'it broke' } as const;
    return Array.from({ length: count }, (_, at) => {
      return { ...usually, atMs: NOW_MS - (count - at) * everyMs, ...line };
    });
  }

  test('clients that are turned away, now or some minutes ago', () => {
    const line = { event: 'gateway.full', sentence: '4 clients are connected, which is all' };
    const [first] = found({ evidence: { lines: lines(1, line) } });
    assert.equal(first?.severity, 'fault');
    assert.equal(first.sentence, `clients were turned away 1 s ago: ${line.sentence}`);
    const before = found({ evidence: { lines: lines(1, line, 120_000) } });
    assert.deepEqual(
      before.map(({ cause, severity }) => `${cause} ${severity}`),
      ['connections-full warning'],
    );
    assert.deepEqual(causes({ evidence: { lines: lines(1, line, 3_600_000) } }), []);
  });

  test('workers that are replaced as soon as they have begun', () => {
    const line = { level: 'info', event: 'worker.retired' } as const;
    const sentence = 'worker 1 (pid 7) is replaced: it has had 3 requests (max-requests)';
    const [first] = found({ evidence: { lines: lines(20, { ...line, sentence }) } });
    assert.equal(
      first?.sentence,
      `60 workers a minute are replaced, each after 1 s; the last: ${sentence}`,
    );
    assert.deepEqual(causes({ evidence: { lines: lines(20, line, 60_000) } }), []);
  });

  test('an error that no rule knows is told; a warning, or one of another rule, is not', () => {
    const [first] = found({ evidence: { lines: lines(2, { event: 'hook.failed' }) } });
    assert.equal(
      first?.sentence,
      '2 errors in the log of the last 10 minutes, the last 1 s ago: it broke',
    );
    assert.deepEqual(causes({ evidence: { lines: lines(1, { level: 'warn' }) } }), []);
    assert.deepEqual(causes({ evidence: { lines: lines(1, { event: 'request.overran' }) } }), []);
  });
});

describe('the instance', () => {
  test('not ready, with the reason', () => {
    const now = { ready: { isReady: false, reason: 'it is suspended: requests wait' } };
    assert.match(found({ now })[0]?.sentence ?? '', /^not ready: it is suspended/);
  });

  test('a reload that failed, until one succeeds', () => {
    const reload = (outcome: 'failed' | 'reloaded', secondsAgo: number) => ({
      ...{ atMs: NOW_MS - secondsAgo * 1_000, outcome, generation: 2 },
      sentence: 'No module named x; the old generation keeps serving',
    });
    const [first] = found({ now: { reloads: [reload('failed', 40)] } });
    assert.match(first?.sentence ?? '', /the last reload failed 40 s ago, .*: No module named x/);
    assert.deepEqual(
      causes({ now: { reloads: [reload('failed', 40), reload('reloaded', 5)] } }),
      [],
    );
  });

  test('failures since a reload are a broken deploy, else failing requests', () => {
    const requests = Array.from({ length: 4 }, () => endedRequest('failed', { uri: '/pay' }));
    const reloads = [
      { atMs: NOW_MS - 60_000, outcome: 'reloaded', generation: 2, sentence: '' } as const,
    ];
    assert.deepEqual(causes({ evidence: { requests } }), ['failing-requests']);
    const [first] = found({ evidence: { requests }, now: { reloads } });
    assert.equal(first?.cause, 'broken-deploy');
    assert.match(
      first?.sentence ?? '',
      /^4 requests failed since the reload 60 s ago \(GET \/pay\)/,
    );
  });

  test('a gateway that does not answer', () => {
    const now = { gateways: [{ ...gateway, running: null, queued: null }] };
    assert.deepEqual(causes({ now }), ['gateway-silent']);
  });
});

describe('the machine', () => {
  const disk = { use: 'log', path: '/var/log', sizeBytes: 1e9, freeFiles: 1_000, problem: '' };

  test('a full disk, by its bytes or its files', () => {
    for (const state of [{ freeBytes: 0 }, { freeBytes: 5e8, freeFiles: 3 }]) {
      const now = { disks: [{ ...disk, ...state }] };
      assert.match(found({ now })[0]?.sentence ?? '', /a disk is full: \/var\/log \(log\) has/);
    }
    assert.deepEqual(causes({ now: { disks: [{ ...disk, freeBytes: 5e8 }] } }), []);
  });

  test('open files that are used up, also where requests fail for it', () => {
    const openFiles = [
      { worker: 1, pid: 11, open: 20, limit: 1_024 },
      { worker: 2, pid: 12, open: 1_020, limit: 1_024 },
    ];
    const requests = Array.from({ length: 3 }, () => endedRequest('failed'));
    const all = found({ evidence: { openFiles, requests } });
    assert.deepEqual(
      all.map(({ cause, severity }) => `${cause} ${severity}`),
      ['open-files fault'],
    );
    assert.match(all[0]?.sentence ?? '', /^worker 2 has 1020 of 1024 files open: /);
    assert.deepEqual(causes({ evidence: { openFiles: openFiles.slice(0, 1) } }), []);
  });

  test('one of the application is only a note while nothing fails', () => {
    const fullDisks = [{ ...disk, use: 'mount', path: '/srv/data', freeBytes: 0 }];
    assert.deepEqual(found({ evidence: { fullDisks } }).filter(isTrouble), []);
    const requests = Array.from({ length: 3 }, () => endedRequest('failed'));
    assert.deepEqual(causes({ evidence: { fullDisks, requests } }), ['full-disk']);
  });

  test('an error that says so', () => {
    const line = {
      atMs: NOW_MS,
      level: 'error',
      event: 'response.not-stored',
      sentence: 'no room',
    } as const;
    const lines = [{ ...line, fields: { errno: 'ENOSPC' } }];
    assert.deepEqual(causes({ evidence: { lines } }), ['full-disk']);
  });

  test('a file system that hangs', () => {
    const now = { disks: [{ ...disk, freeBytes: 0, problem: 'TIMEOUT' }] };
    assert.deepEqual(causes({ now }), ['disk-trouble']);
  });
});

describe('work beside requests', () => {
  const spooler = (taskSeconds: number) => ({
    generation: {
      jobs: [
        {
          ...{ name: 'spooler 1', kind: 'spooler', starts: 1, directory: '/spool', pid: 2_000 },
          ...{ state: 'up', ageSeconds: 60, task: '/spool/uwsgi_spoolfile_1', taskSeconds },
          ...{ done: 3, failed: 0 },
        },
      ],
    },
    now: {
      jobs: { daemons: [], crons: [], spoolers: [{ directory: '/spool', queued: 4, dead: 0 }] },
    },
  });

  test('a task that hangs, and those behind it', () => {
    const others = [spoolerStacks({ waitsIn: 'wait_woken', at: ['/srv/mail.py:4 in send'] })];
    const [first] = found({ ...spooler(30), others });
    assert.equal(
      first?.sentence,
      'spooler 1 has run the task uwsgi_spoolfile_1 for 30 s: it waits for an answer (a database, ' +
        'another service), in srv/mail.py:4 in send; 3 tasks wait behind it',
    );
  });

  test('a task that computes, or has just begun, is well', () => {
    const others = [spoolerStacks({ share: 0.9, at: ['/srv/mail.py:4 in render'] })];
    assert.deepEqual(causes({ ...spooler(30), others }), []);
    assert.deepEqual(causes(spooler(1)), []);
  });
});
