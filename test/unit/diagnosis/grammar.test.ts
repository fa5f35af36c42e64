/** Each sentence of `reeve why` with the figures 0, 1 and 2: nouns and verbs agree with them. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { pathStory, storyOf } from '../../../src/diagnosis/request-story.ts';
import type { Looks } from '../../../src/diagnosis/scene.ts';
import { verb, thatWait, times } from '../../../src/diagnosis/words.ts';
import { pageView } from '../../../src/page/view.ts';
import { pageStatusOf } from '../../../src/views/page-status.ts';
import { endedRequest, looksAt, NOW_MS, type Doing } from '../../support/looks.ts';
import { snapshot } from '../../support/snapshots.ts';

const things = 'request|worker|slot|thread|client|task|processor|file|error|process|try|line|other';
const what = `(?:of them|(?:of \\d+ )?(?:other |more )?(?:request line|${things})(?:s|es)?)`;
/** A figure that stands by itself: no part of 0.1, 31 or worker 1. */
const one = '(?<![\\d.]|of |worker |gateway |spooler )1';
const many = '(?<![\\d.]|of |worker |gateway |spooler )(?:0|[2-9]|\\d\\d+)';
const wrong: readonly RegExp[] = [
  new RegExp(
    `${one} (?:other |more )?(?:requests|${things.replaceAll('|', 's|')}s|processes|tries)\\b`,
  ),
  new RegExp(`${many} (?:other |more )?(?:${things})\\b(?! lines| \\w+s\\b)`),
  new RegExp(`${one} ${what} (?:run|wait|have|are|were|fit)\\b`),
  new RegExp(`${many} ${what} (?:runs|waits|has|is|was|fits)\\b`),
  /\b1 times\b|\bnone of them wait\b/,
];

function judge(sentences: readonly string[]): void {
  for (const sentence of sentences) {
    for (const pattern of wrong) assert.doesNotMatch(sentence, pattern);
  }
}

function sentencesOf(looks: Looks): readonly string[] {
  return diagnose(looks).map(({ sentence }) => sentence);
}

function gatewayView() {
  const [gateway] = snapshot([]).gateways;
  assert.ok(gateway);
  return gateway;
}

const query: Doing = { uri: '/report', waitsIn: 'wait_woken', at: ['/srv/db.py:30 in fetch'] };
const lock: Doing = { uri: '/a', waitsIn: 'futex_do_wait', at: ['/srv/a.py:3 in take'] };
const holder: Doing = { uri: '/c', share: 0.96, at: ['/srv/c.py:1 in spin'] };
const held: Doing = { uri: '/d', waitsIn: 'futex_do_wait', sleeps: 190, share: 0.01 };

function several<Item>(count: number, item: Item): readonly Item[] {
  return Array.from({ length: count }, () => item);
}

/** So many of everything that is counted. */
function scenes(count: number): readonly Looks[] {
  const queue = { queued: count, oldestMs: 2_000 };
  const lostThreads = { count: Math.max(count, 1), names: ['pump'] };
  const lost = { uri: '/x', why: 'was killed by SIGSEGV', status: 502 };
  const cut = {
    uri: '/y',
    why: 'harakiri = 2 s',
    status: 504,
    stack: '  File "a.py", line 3 in f',
  };
  const quarantine = [{ method: 'GET', path: '/x', seconds: 5, waiting: count }];
  const disk = { use: 'log', path: '/var/log', sizeBytes: 1e9, freeBytes: 5e8, problem: '' };
  const line = { atMs: NOW_MS - 1_000, level: 'error', fields: {}, sentence: 'it ended' } as const;
  const full = endedRequest('refused', { status: 507, worker: 0 });
  const slow = endedRequest('slow', { status: 200, waitedMs: 3_000, ranMs: 20 });
  const totals = { ...snapshot([]).totals, droppedLogLines: count };
  const listeners = [
    { address: '*:80', option: 'http', protocol: 'http', waiting: count, backlog: count },
  ];
  const daemon = { command: 'd', ageSeconds: 1, outlivesReeve: false };
  const jobs = {
    daemons: [{ name: 'd', starts: count, lastEnd: 'exited', state: 'down', pid: null, ...daemon }],
    crons: [],
    spoolers: [{ directory: '/spool', queued: count, dead: count }],
  };
  return [
    looksAt([several(Math.max(count, 1), query), [lock]], queue),
    looksAt([[query], [query]], queue),
    looksAt([several(Math.max(count, 1), lock)], queue),
    looksAt([[lock]], { ...queue, generation: { lostThreads } }),
    looksAt([[{}]], { generation: { lostThreads } }),
    looksAt([[holder, ...several(count, held)]], queue),
    { ...looksAt([several(Math.max(count, 1), query)], queue), stacks: undefined },
    looksAt([[]], {
      now: { gateways: [{ ...gatewayView(), quarantine }], totals, jobs, listeners },
      evidence: { requests: several(count, endedRequest('lost', lost)) },
    }),
    looksAt([[]], { evidence: { requests: several(count, endedRequest('cut', cut)) } }),
    looksAt([[]], { evidence: { lines: several(count, { ...line, event: 'worker.exited' }) } }),
    looksAt([[]], { evidence: { lines: several(count, { ...line, event: 'sendfile.refused' }) } }),
    looksAt([[]], { now: { disks: [{ ...disk, freeFiles: count }] } }),
    looksAt([[]], {
      now: { disks: [{ ...disk, freeFiles: count }] },
      evidence: { requests: several(count, full) },
    }),
    looksAt(several(Math.max(count, 1), []), { evidence: { requests: several(4, slow) } }),
  ];
}

describe('sentences agree with their figures', () => {
  for (const count of [0, 1, 2]) {
    test(`of ${count}`, () => {
      for (const looks of scenes(count)) judge(sentencesOf(looks));
    });
    test(`of ${count} in the story of a request, and of a path`, () => {
      const ended = endedRequest('failed', { requestId: 'e', uri: '/report', queuedBehind: count });
      const waiting = { requestId: 'w', method: 'GET', uri: '/', seconds: 2, before: count };
      const looks = looksAt([several(Math.max(count, 1), query)], {
        evidence: { requests: [ended], waiting: [waiting] },
      });
      const stories = [storyOf(looks, 'e'), storyOf(looks, 'w'), pathStory(looks, '/report')];
      assert.deepEqual(
        stories.map(({ kind }) => kind),
        ['ended', 'waiting', 'running'],
      );
      judge(stories.flatMap(({ sentences }) => sentences));
    });
    test(`of ${count} on the status page`, () => {
      const looks = looksAt([several(count, query)], { queued: count, oldestMs: 1_000 });
      const facts = { name: 'shop', version: '1', findings: null, history: [] } as const;
      const shown = { ...facts, audience: 'local' } as const;
      const last = { atMs: 0, status: pageStatusOf(looks.now, shown) };
      const view = pageView([last], last);
      judge([view.slotsTitle, ...view.cards.map(({ note }) => note)]);
    });
  }

  test('the patterns find what is wrong', () => {
    for (const sentence of [
      '1 of 8 slots run /a',
      '1 requests',
      '2 request wait',
      '0 slot',
      '1 slot were too few',
      '2 of 2 slots runs',
      '1 of them wait',
      'started 1 times',
      '1 request lines were lost',
      '1 other thread wait for it',
    ]) {
      assert.throws(() => judge([sentence]), sentence);
    }
    judge([
      'worker 2 thread 0: 1 of 8 slots runs /a for 0.1 s',
      '31 requests wait, 1 of them waits',
    ]);
  });
});

test('verbs and counts', () => {
  assert.deepEqual(
    [verb(1, 'run'), verb(2, 'run'), verb(0, 'are'), verb(1, 'are'), verb(1, 'have')],
    ['runs', 'run', 'are', 'is', 'has'],
  );
  assert.deepEqual([1, 2, 3].map(times), ['once', 'twice', '3 times']);
  assert.equal(thatWait(1, 'task'), '1 task waits');
});
