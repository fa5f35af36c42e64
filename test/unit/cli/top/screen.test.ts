/** The screen of `reeve top`: its lines in terminals of two sizes, and what keys change. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { keysOf } from '../../../../src/cli/top/keys.ts';
import { fit, line, painted, piece, plainText, widthOf } from '../../../../src/cli/top/line.ts';
import { instanceLine, type InstanceLine } from '../../../../src/cli/top/look.ts';
import { pageOf, plainLines, screenLines, type Screen } from '../../../../src/cli/top/screen.ts';
import { afterKeys, firstState, type TopState, type Wish } from '../../../../src/cli/top/state.ts';
import type { WholeSnapshot } from '../../../../src/protocol/snapshot.ts';
import {
  generationView,
  requestTimes,
  runningRequest,
  snapshot,
  workerView,
} from '../../../support/snapshots.ts';

const small = { columns: 80, rows: 24 };
const large = { columns: 120, rows: 40 };
const now = 1_800_000_000_000;

function seen(status: WholeSnapshot, atMs: number, name = 'shop') {
  const instance = { name, pid: 4711, version: '1.2.3', files: ['/srv/shop/shop.ini'] };
  return { path: `/run/reeve/${name}/control.sock`, instance, status, atMs, silentFor: 0 };
}

/** Two workers of two threads; one runs two requests. 100 requests were answered in 2 s. */
function busyShop(): InstanceLine {
  const at = (requests: number, change: Partial<WholeSnapshot>): WholeSnapshot =>
    snapshot(
      [
        generationView(
          [
            workerView(1, {
              requests,
              running: [
                runningRequest({ uri: '/report?secret=1', thread: 0, seconds: 12 }),
                runningRequest({ method: 'POST', uri: '/upload', thread: 1, seconds: 0.4 }),
              ],
            }),
            workerView(2, { starts: 3 }),
          ],
          { threads: 2 },
        ),
      ],
      change,
    );
  const base = at(0, {}).totals;
  const before = at(0, {});
  const after = at(90, {
    queue: { running: 2, queued: 7, oldestMs: 3_400 },
    totals: { ...base, times: requestTimes(90, 10), workerDeaths: 2 },
    jobs: {
      daemons: [
        {
          ...{ name: 'worker', command: 'x', pid: 5, state: 'up', ageSeconds: 1, starts: 1 },
          ...{ outlivesReeve: false, lastEnd: '' },
        },
      ],
      crons: [],
      spoolers: [{ directory: '/var/spool', queued: 4, dead: 1 }],
    },
    reloads: [
      { atMs: now - 300_000, outcome: 'failed', generation: null, sentence: 'no module x' },
    ],
  });
  return instanceLine(instanceLine(undefined, seen(before, 1_000)), seen(after, 3_000));
}

function screenOf(instances: readonly InstanceLine[], change: Partial<TopState> = {}): Screen {
  const state: TopState = { ...firstState, path: instances[0]?.path ?? '', ...change };
  return { state, instances, silent: [], intervalSeconds: 1 };
}

function text(screen: Screen, size: typeof small): readonly string[] {
  return screenLines(screen, size).map(plainText);
}

describe('the workers of an instance', () => {
  const screen = screenOf([busyShop()], { table: 'workers' });

  test('in 80 columns and 24 lines', () => {
    assert.deepEqual(text(screen, small), [
      'shop  pid 4711  Reeve 1.2.3  serving, ready  every 1 s',
      'requests  50.0/s  p50 3.9 ms  p95 1.8 s  waited p95 950 us  5xx 5.0/s',
      'queue     7, the oldest for 3.4 s  0 connections',
      'slots     [##..]  2 of 4 busy',
      'workers   2 of 2 up  memory 100.0 MiB  2 restarts  2 deaths',
      'jobs      1 of 1 daemon up, 4 tasks queued, 1 put aside',
      'reload    failed 5 min ago: no module x',
      '',
      'WORKER     PID SLOTS    REQ/S    MEMORY RESTARTS     FOR RUNS',
      '   1.1    1001 ##        45.0  50.0 MiB        0    12 s GET /report',
      '                                                  400 ms POST /upload',
      '   1.2    1002 ..           0  50.0 MiB        2',
      ...Array.from({ length: 11 }, () => ''),
      'q quit  o order  arrows choose  s stacks  r reload  h help',
    ]);
  });

  test('in any size: so many lines, none too wide', () => {
    for (const size of [small, large, { columns: 7, rows: 3 }, { columns: 1, rows: 1 }]) {
      const lines = text(screen, size);
      assert.equal(lines.length, size.rows);
      assert.deepEqual(
        lines.filter((each) => widthOf(each) > size.columns),
        [],
      );
    }
  });

  test('the help fits into 80 columns and 24 lines', () => {
    const help = plainLines({ ...screen, state: { ...screen.state, reads: 'help' } });
    assert.deepEqual(
      help.filter((each) => each.length > 80),
      [],
    );
    assert.ok(help.length < 24);
  });

  test('are scrolled to the one that is chosen', () => {
    const workers = Array.from({ length: 60 }, (_, at) => workerView(at + 1));
    const many = instanceLine(undefined, seen(snapshot([generationView(workers)]), 1_000));
    const shown = text(screenOf([many], { table: 'workers', worker: '1.50' }), small);
    assert.match(shown.join('\n'), /1\.50 /);
    assert.doesNotMatch(shown.join('\n'), / 1\.1 |1\.51 /);
    assert.equal(shown.length, 24);
    assert.match(shown[3] ?? '', /\[\.{40}\] {2}0 of 60 busy/);
  });

  test('of an old generation are shown while they are there', () => {
    const leaving = [workerView(1, { state: 'draining' }), workerView(2, { state: 'down' })];
    const generations = [
      generationView(leaving, { role: 'leaving' }),
      generationView([workerView(1)], { number: 2 }),
    ];
    const both = instanceLine(undefined, seen(snapshot(generations), 1_000));
    const shown = text(screenOf([both], { table: 'workers' }), large).join('\n');
    assert.match(shown, /^workers {3}1 of 2 up/m);
    assert.match(shown, / 1\.1 .* draining$/m);
    assert.doesNotMatch(shown, / 1\.2 /);
  });

  test('without a terminal are all there', () => {
    const lines = plainLines(screen);
    assert.equal(lines.length, 12);
    assert.match(lines.join('\n'), /GET \/report$/m);
  });
});

describe('all instances', () => {
  const idle = instanceLine(undefined, seen(snapshot([generationView([])]), 1_000, 'blog'));
  const screen: Screen = {
    ...screenOf([busyShop(), { ...idle, silentFor: 12 }]),
    silent: [{ name: 'other', reason: 'not permitted' }],
  };

  test('in 80 columns, with what is wrong below', () => {
    assert.deepEqual(text(screen, small).slice(0, 7), [
      '2 instances  every 1 s',
      '',
      'INSTANCE     REQ/S    P50    P95 QUEUE SLOTS             MEMORY RESTARTS JOBS',
      'blog             -      -      -     0  0/0                   -        0',
      '  no answer for 12 s',
      'shop          50.0 3.9 ms  1.8 s     7 ##.. 2/4       100.0 MiB        2   5!',
      'other: cannot be asked: not permitted',
    ]);
  });

  test('are sorted by the column that is chosen', () => {
    const sorted = { ...screen, state: { ...screen.state, orders: { instances: 1, workers: 0 } } };
    assert.match(text(sorted, small)[3] ?? '', /^shop/);
  });
});

describe('what others wrote', () => {
  const hostile = '/\x1b]0;owned\x07\x1b[2J\n\t\u202e\x9b31m/日本語?q=1';
  const worker = workerView(1, { running: [runningRequest({ uri: hostile })] });
  const shop = instanceLine(
    undefined,
    seen(
      snapshot([generationView([worker])], {
        reloads: [{ atMs: now, outcome: 'failed', generation: null, sentence: 'a\x1b[31m\nb' }],
      }),
      1_000,
      'na\x1b[5mme',
    ),
  );

  test('moves no cursor, and breaks no line', () => {
    for (const table of ['workers', 'instances'] as const) {
      for (const each of screenLines(screenOf([shop], { table }), large)) {
        assert.doesNotMatch(painted(each, 'none'), /[\p{Cc}\u202e]/u);
      }
    }
    const shown = text(screenOf([shop], { table: 'workers' }), large).join('\n');
    assert.match(shown, /GET \/\\x1b\]0;owned\\x07\\x1b\[2J\\n\\t\\u202e\\x9b31m\/日本語$/m);
  });

  test('is as wide as it looks', () => {
    assert.equal(widthOf('日本語'), 6);
    assert.equal(widthOf('e\u0301\u200b'), 1);
    assert.equal(plainText(fit(line('a日本'), 4)), 'a日');
  });
});

test('styles: colours, none of them, and no codes at all', () => {
  const bad = line(piece('x', 'bad'), piece('y', 'head'));
  assert.equal(painted(bad, 'coloured'), '\x1b[1;31mx\x1b[0m\x1b[7my\x1b[0m');
  assert.equal(painted(bad, 'styled'), '\x1b[1mx\x1b[0m\x1b[7my\x1b[0m');
  assert.equal(painted(bad, 'none'), 'xy');
});

describe('keys', () => {
  const shop = busyShop();

  /** Types pieces one after the other. */
  function typed(...pieces: string[]): { readonly state: TopState; readonly wishes: Wish[] } {
    let state: TopState = { ...firstState, path: shop.path };
    const wishes: Wish[] = [];
    for (const each of pieces) {
      const screen = screenOf([shop], state);
      const shown = { instances: [shop], isOne: false, ...pageOf(screen, small) };
      const step = afterKeys(state, keysOf(each), shown);
      state = step.state;
      wishes.push(step.wish);
    }
    return { state, wishes };
  }

  test('are read from what terminals send, in both modes of the arrows', () => {
    assert.deepEqual(
      keysOf('a\x1b[A\x1bOB\x1b[5~\x1b\r\x03\x1b[200~é').map((key) => {
        return key.kind === 'letter' ? key.letter : key.kind;
      }),
      ['a', 'up', 'down', 'page-up', 'escape', 'enter', 'interrupt', 'é'],
    );
  });
  test('end it', () => {
    for (const key of ['q', '\x03', '\x04'])
      assert.deepEqual(typed(key).wishes, [{ kind: 'quit' }]);
  });
  test('open an instance, choose a worker, and go back', () => {
    assert.equal(typed('\r').state.table, 'workers');
    assert.equal(typed('\r', '\x1b[B').state.worker, '1.2');
    assert.equal(typed('\r', '\x1b[B', '\x1b[H').state.worker, '1.1');
    assert.equal(typed('\r', 'h', '\x1b').state.table, 'workers');
    assert.equal(typed('\r', '\x1b').state.table, 'instances');
  });
  test('sort, around the columns', () => {
    assert.equal(typed('\r', 'o').state.orders.workers, 1);
    assert.equal(typed('\r', '<').state.orders.workers, 4);
  });
  test('reload only when the question was answered with y', () => {
    assert.deepEqual(typed('r', 'y').wishes.at(-1), { kind: 'reload', path: shop.path });
    assert.deepEqual(typed('r', 'n', 'y').wishes.at(-1), { kind: 'none' });
    assert.deepEqual(typed('r', '\r').wishes.at(-1), { kind: 'none' });
  });
  test('ask for the stacks of the chosen worker, or of all in the list', () => {
    const wish = typed('\r', '\x1b[B', 's').wishes.at(-1);
    assert.equal(wish?.kind === 'stacks' ? wish.worker?.worker.slot : undefined, 2);
    assert.deepEqual(typed('s').wishes, [{ kind: 'stacks', path: shop.path, worker: undefined }]);
    assert.equal(typed('s').state.reads, 'stacks');
  });
  test('that were pasted answer no question', () => {
    const { state, wishes } = typed('ry');
    assert.deepEqual([wishes, state.question?.name], [[{ kind: 'none' }], 'shop']);
  });
});
