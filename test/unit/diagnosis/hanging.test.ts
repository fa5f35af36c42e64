/** Requests that hang: what they wait for, and who is to blame. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { looksAt, type Doing } from '../../support/looks.ts';

/** The causes in their order, with notes. */
function causes(...args: Parameters<typeof looksAt>): readonly string[] {
  return diagnose(looksAt(...args)).map(({ cause }) => cause);
}

function firstSentence(...args: Parameters<typeof looksAt>): string {
  return diagnose(looksAt(...args))[0]?.sentence ?? '';
}

const query: Doing = { uri: '/report?a=1', waitsIn: 'wait_woken', at: ['/srv/db.py:30 in fetch'] };
const lock: Doing = { uri: '/a', waitsIn: 'futex_do_wait', at: ['/srv/a.py:3 in take'] };
const idle: Doing = {};

test('an instance at rest, or with quick requests, has nothing wrong', () => {
  assert.deepEqual(causes([[{ ...idle }], []]), []);
  assert.deepEqual(
    causes([[{ uri: '/', seconds: 0.2, share: 0.9, at: ['/srv/a.py:1 in f'] }]]),
    [],
  );
});

describe('requests that are slow by themselves', () => {
  test('the queue, how many slots, for how long, what they wait for, and where', () => {
    assert.equal(
      firstSentence([[query], [query]], { queued: 40, oldestMs: 9_000 }),
      '40 requests wait, the oldest for 9 s, because 2 of 2 slots run /report for 12 s: the oldest ' +
        'waits for an answer (a database, another service), in srv/db.py:30 in fetch',
    );
  });

  test('the place is the innermost of the application, not of a library', () => {
    const at = ['/usr/lib/python3.11/socket.py:7 in recv', '/v/site-packages/pg/x.py:2 in wait'];
    assert.match(
      firstSentence([[{ ...query, at: [...at, '/srv/db.py:30 in fetch'] }]]),
      /srv\/db.py:30/,
    );
    assert.match(firstSentence([[{ ...query, at }]]), /python3.11\/socket.py:7 in recv/);
  });

  test('requests of several paths that hang in one place are one cause', () => {
    const found = diagnose(looksAt([[query], [{ ...query, uri: '/other' }]]));
    assert.deepEqual(
      found.map(({ cause }) => cause),
      ['slow-requests'],
    );
    assert.match(found[0]?.sentence ?? '', /2 of 2 slots run \/report and \/other/);
  });

  for (const [waitsIn, words] of [
    ['hrtimer_nanosleep', 'it sleeps'],
    ['do_wait', 'it waits for a process that it has started'],
    ['locks_lock_inode_wait', 'it waits for a file that is locked'],
    ['folio_wait_bit_common', 'it waits for a disk'],
    ['anon_pipe_read', 'it waits for another process'],
    ['poll_schedule_timeout.constprop.0', 'it waits for an answer'],
    ['', 'it has not returned'],
  ] as const) {
    test(`in ${waitsIn || 'no function of the kernel'}: ${words}`, () => {
      assert.ok(firstSentence([[{ ...query, waitsIn }]]).includes(words));
    });
  }

  test('one that sends its response waits for no database', () => {
    const at = ['/usr/lib/reeve/python/reeve_worker/requests/channel.py:187 in send'];
    assert.match(
      firstSentence([[{ ...query, at }]]),
      /it waits to send its response, or for the body of its request$/,
    );
  });

  test('one that computes is not said to wait', () => {
    assert.match(firstSentence([[{ ...query, waitsIn: '', share: 0.97 }]]), /it computes, in/);
    assert.match(firstSentence([[{ ...query, waitsIn: '', share: 0.1 }]]), /it computes, in/);
  });

  test('one that others wait for with a lock is to blame, not they', () => {
    const found = diagnose(looksAt([[lock, query]]));
    assert.deepEqual(
      found.map(({ cause }) => cause),
      ['slow-requests'],
    );
    assert.match(found[0]?.sentence ?? '', /run.* \/report .*1 other request waits for a lock/);
  });

  test('why a stack could not be read stands beside it', () => {
    const looks = looksAt([[{ uri: '/', seconds: 3 }]]);
    const reason = 'it is stopped (SIGSTOP, or a debugger)';
    const processes = looks.stacks?.processes.map((each) => ({ ...each, reason }));
    const stacks = { takenAtMs: 0, processes: processes ?? [] };
    assert.match(
      diagnose({ ...looks, stacks })[0]?.sentence ?? '',
      /it has not returned \(it is stopped \(SIGSTOP, or a debugger\)\)$/,
    );
  });

  test('without stacks what the gateway knows is told', () => {
    const looks = { ...looksAt([[query]]), stacks: undefined };
    assert.equal(diagnose(looks)[0]?.sentence, '1 of 1 slot runs /report for 12 s');
  });
});

describe('locks that nobody opens', () => {
  test('two requests of one worker', () => {
    const other = { ...lock, uri: '/b', at: ['/srv/b.py:9 in take'] };
    const found = diagnose(looksAt([[lock, other]], { queued: 3, oldestMs: 2_000 }));
    assert.equal(found[0]?.cause, 'deadlock');
    assert.match(
      found[0]?.sentence ?? '',
      /2 requests \(\/a and \/b\) in worker 1 have waited for 12 s/,
    );
    assert.match(found[0]?.sentence ?? '', /3 requests wait behind them, the oldest for 2 s/);
    assert.equal(found.length, 1);
  });

  test('one request that waits for itself', () => {
    assert.deepEqual(causes([[lock]]), ['deadlock']);
  });

  test('a short wait for a lock is nothing', () => {
    assert.deepEqual(
      causes([
        [
          { ...lock, seconds: 0.3 },
          { ...lock, seconds: 0.1 },
        ],
      ]),
      [],
    );
  });

  test('where workers lack a thread of the application, that is the cause', () => {
    const generation = { lostThreads: { count: 1, names: ['flusher'] } };
    const found = diagnose(looksAt([[lock]], { generation }));
    assert.deepEqual(
      found.map(({ cause }) => cause),
      ['fork-unsafe-thread'],
    );
    assert.match(found[0]?.sentence ?? '', /started 1 thread \(flusher\) while it was imported/);
  });

  test('threads of a C library are less likely the cause, and none while nothing hangs', () => {
    const generation = { lostThreads: { count: 3, names: [] } };
    assert.deepEqual(causes([[lock]], { generation }).slice(0, 1), ['deadlock']);
    const [note] = diagnose(looksAt([[idle]], { generation }));
    assert.deepEqual([note?.cause, note?.severity], ['fork-unsafe-thread', 'note']);
  });
});

describe('a thread that holds the interpreter', () => {
  const waiting: Doing = { uri: '/', waitsIn: 'futex_do_wait', sleeps: 190, share: 0.01 };

  test('a request that computes, for which others wait', () => {
    const holder = { uri: '/search', share: 0.96, at: ['/srv/search.py:7 in matches'] };
    const found = diagnose(looksAt([[holder, { ...waiting, at: ['/srv/v.py:5 in home'] }]]));
    assert.equal(found[0]?.cause, 'interpreter-held');
    assert.match(
      found[0]?.sentence ?? '',
      /^GET \/search, .* in worker 1 for 96 % of the time, in srv\/search/,
    );
    assert.match(found[0]?.sentence ?? '', /1 other thread waits for it \(\/\)/);
  });

  test('a request that waits for it before the application has begun', () => {
    const holder = { uri: '/search', share: 0.96, at: ['/srv/search.py:7 in matches'] };
    const at = ['/usr/lib/reeve/python/reeve_worker/requests/channel.py:90 in read'];
    const found = diagnose(looksAt([[holder, { ...waiting, at }]]));
    assert.match(found[0]?.sentence ?? '', /^GET \/search, .*1 other thread waits for it/);
  });

  const inLoop = ['channel.py:282 in _receive', 'serve.py:185 in _serve_channel'];
  const between = inLoop.map((place) => `/usr/lib/reeve/python/reeve_worker/requests/${place}`);

  test('requests that the question for the stacks has let go on', () => {
    const holder = { uri: '/search', share: 0.96, at: ['/srv/search.py:7 in matches'] };
    for (const waitsIn of ['', 'futex_do_wait']) {
      const ended = { uri: '/', seconds: 2.4, waitsIn, sleeps: 20, at: between };
      const found = diagnose(looksAt([[holder, ended, ended]]));
      assert.match(found[0]?.sentence ?? '', /^GET \/search, .*2 other threads wait for it/);
    }
  });

  test('a request that has ended since is not said to hang', () => {
    const ended = { uri: '/', seconds: 2.4, waitsIn: 'unix_stream_read_generic', at: between };
    assert.deepEqual(causes([[ended]]), []);
  });

  test('C code that sleeps and holds it', () => {
    const holder = { uri: '/c', waitsIn: 'hrtimer_nanosleep', at: ['/srv/c.py:1 in nap'] };
    const found = diagnose(looksAt([[waiting, holder, { waitsIn: 'futex_do_wait' }]]));
    assert.match(found[0]?.sentence ?? '', /GET \/c, .* without computing, in srv\/c.py:1/);
  });

  test('a thread beside requests', () => {
    const pump = { share: 0.98, at: ['/srv/pump.py:3 in spin'] };
    const found = diagnose(looksAt([[pump, { ...waiting }]]));
    assert.match(found[0]?.sentence ?? '', /^a thread beside requests holds .* 98 % .*pump.py:3/);
    const alone = diagnose(looksAt([[pump]]));
    assert.deepEqual(
      alone.map(({ cause, severity }) => [cause, severity]),
      [['interpreter-held', 'warning']],
    );
  });

  test('a thread beside requests that has only a part of a busy processor', () => {
    const pump = { share: 0.2, at: ['/srv/pump.py:3 in spin'] };
    assert.deepEqual(causes([[pump]]), []);
    const usual = { load: 9, processors: 2, waitsForMemory: 0, waitsForDisk: 0 };
    const machine = { ...usual, waitsForProcessor: 90 };
    assert.deepEqual(causes([[pump]], { evidence: { machine } }), [
      'interpreter-held',
      'machine-busy',
    ]);
  });

  test('a stream that sleeps holds nobody up, though quick requests run beside it', () => {
    const stream = { uri: '/stream', waitsIn: 'hrtimer_nanosleep', at: ['/srv/s.py:8 in ticks'] };
    const quick = { ...waiting, seconds: 0.1 };
    assert.deepEqual(causes([[stream, quick]]), ['slow-requests']);
    // Nor where another thread runs Python meanwhile.
    const long = { ...waiting, seconds: 0.4 };
    const runs = { uri: '/cpu', seconds: 0.4, share: 0.15 };
    assert.deepEqual(causes([[stream, long, runs]]), ['slow-requests']);
  });

  test('a thread that waits with short timeouts does not wait for the interpreter', () => {
    const at = ['/usr/lib/python3.11/threading.py:331 in wait', '/srv/poll.py:4 in look'];
    const poller = { waitsIn: 'futex_do_wait', sleeps: 95, share: 0.02, at };
    assert.deepEqual(causes([[query, poller]]), ['slow-requests']);
    assert.deepEqual(causes([[poller]]), []);
  });

  test('a request that computes alone holds nobody up', () => {
    const alone = { uri: '/search', share: 0.96, at: ['/srv/search.py:7 in matches'] };
    assert.deepEqual(causes([[alone]]), ['slow-requests']);
  });
});
