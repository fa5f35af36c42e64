/** What is advised, case by case: the figures in, the values and their reasons out. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Observation, WorkerFacts } from '../../../src/advice/observation.ts';
import { adviceOn } from '../../../src/advice/rules.ts';
import { adviceInWords } from '../../../src/advice/words.ts';
import { TIME_BOUNDS_SECONDS } from '../../../src/protocol/gateway-views.ts';
import { snapshotOptions, type SnapshotOption } from '../../../src/protocol/snapshot.ts';

const MIB = 1_048_576;
const HOUR = 3_600;

/** A worker of 100 MiB, of which 40 are its own, that computes for 10 ms of each request. */
const worker: WorkerFacts = {
  pid: 1,
  requests: 10_000,
  residentBytes: 100 * MIB,
  privateBytes: 40 * MIB,
  cpuSeconds: 100,
};

/** Requests that ran so long: the bound of their bucket in seconds, and how many. */
function runs(...counts: readonly (readonly [bound: number, count: number])[]): readonly number[] {
  const all = [...TIME_BOUNDS_SECONDS, Infinity].map(() => 0);
  for (const [bound, count] of counts) {
    all[[...TIME_BOUNDS_SECONDS, Infinity].findIndex((each) => each === bound)] = count;
  }
  return all;
}

/** 20 000 requests in two hours, of 100 ms; in the busiest minute 40 a second. */
const seen: Observation = {
  source: 'history',
  load: { seconds: 2 * HOUR, requests: 20_000, busySeconds: 2_000 },
  busiest: { atMs: 1_795_000_000_000, seconds: 60, requests: 2_400, busySeconds: 240 },
  boundsSeconds: TIME_BOUNDS_SECONDS,
  runs: runs([0.1, 19_000], [2.5, 1_000]),
  waited: { requests: 20_000, seconds: 100 },
  overruns: 0,
  workers: [worker, { ...worker, pid: 2 }],
  workersBefore: [],
  options: {
    ...{ processes: 5, threads: 1, cheaper: 0, harakiri: 0 },
    ...{ 'max-requests': 0, 'reload-on-rss': 0 },
  },
  machine: {
    ...{ cores: 4, coresBy: 'of the machine' },
    ...{ memoryBytes: 4_096 * MIB, memoryBy: 'of the machine', roomBytes: 3_000 * MIB },
  },
};

function valuesFor(changed: Partial<Observation>): Record<SnapshotOption, number | null> {
  const { options } = adviceOn({ ...seen, ...changed });
  return {
    processes: options.processes.value,
    threads: options.threads.value,
    cheaper: options.cheaper.value,
    'max-requests': options['max-requests'].value,
    'reload-on-rss': options['reload-on-rss'].value,
    harakiri: options.harakiri.value,
  };
}

function whyOf(option: SnapshotOption, changed: Partial<Observation>): string {
  return adviceOn({ ...seen, ...changed }).options[option].why.join(' ');
}

describe('how sure it is', () => {
  for (const [what, changed, sure] of [
    ['no request', { load: { seconds: HOUR, requests: 0, busySeconds: 0 } }, 'no'],
    ['too few requests', { load: { seconds: HOUR, requests: 499, busySeconds: 9 } }, 'no'],
    ['too short a time', { load: { seconds: 9, requests: 9_999, busySeconds: 9 } }, 'no'],
    ['just enough', { load: { seconds: 10, requests: 500, busySeconds: 9 } }, 'roughly'],
    ['not an hour', { load: { seconds: 3_599, requests: 99_999, busySeconds: 9 } }, 'roughly'],
    ['an hour', { load: { seconds: HOUR, requests: 10_000, busySeconds: 9 } }, 'well'],
    ['an hour that was measured', { source: 'measured' }, 'roughly'],
  ] as const) {
    test(`${what}: ${sure}`, () => assert.equal(adviceOn({ ...seen, ...changed }).sure, sure));
  }

  test('with too few requests nothing is guessed', () => {
    const few = { ...seen, load: { seconds: 30, requests: 37, busySeconds: 1 } };
    const none = Object.fromEntries(snapshotOptions.map((option) => [option, null]));
    assert.deepEqual(valuesFor(few), none);
    assert.equal(
      adviceInWords('shop', adviceOn(few), few),
      '; No advice for shop: 37 requests in 30 s are too few to say anything: 500 requests and 10 s are the\n' +
        '; least; measure under its real load, in its busiest hour: reeve advise --seconds=300.\n',
    );
  });
});

describe('processes and threads', () => {
  test('the busiest minute decides, written out as Little has it', () => {
    assert.equal(valuesFor({}).processes, 7);
    assert.match(
      whyOf('processes', {}),
      /^In the busiest minute \(2026-11-18 \d\d:\d\d UTC\) 40 requests\/s × 100 ms in the worker = 4 busy slots \(Little's law\), of 5 that there are: 80 % busy\. Requests have waited 5 ms on average\. With 7 slots they are 57 % busy, and a request waits \d\S* ms on average\./,
    );
  });

  const at = (perSecond: number, runSeconds: number): Partial<Observation> => ({
    busiest: {
      ...{ atMs: 0, seconds: 60, requests: perSecond * 60 },
      busySeconds: perSecond * 60 * runSeconds,
    },
  });
  /** Each worker computes for this part of the 100 ms that a request takes. */
  const computing = (share: number): Partial<Observation> => ({
    workers: [{ ...worker, cpuSeconds: worker.requests * 0.1 * share }],
  });
  const threads = (processes: number, count: number): Partial<Observation> => ({
    options: { ...seen.options, processes, threads: count },
  });
  const room = (roomMiB: number): Partial<Observation> => ({
    machine: { ...seen.machine, roomBytes: roomMiB * MIB },
  });

  for (const [what, changed, expected] of [
    ['little load has two, for the one that is replaced', at(0.1, 0.1), [2, 1]],
    ['without a busiest minute the average counts', { busiest: undefined }, [2, 1]],
    ['a busiest minute below the average does not count', at(0, 0), [2, 1]],
    ['full slots are doubled, as their need cannot be seen', at(50, 0.1), [10, 1]],
    [
      'what computes only keeps the cores busy, and one more',
      { ...at(80, 0.1), ...computing(1) },
      [12, 1],
    ],
    ['threads are kept where requests wait', { ...threads(2, 4), ...computing(0.1) }, [2, 4]],
    ['threads give way where requests compute', { ...threads(2, 4), ...computing(0.9) }, [6, 1]],
    ['a process for each core that is needed', { ...threads(1, 8), ...computing(0.6) }, [4, 2]],
    ['too little memory gives threads', { ...room(120), ...computing(0.1) }, [2, 4]],
    [
      'too little memory gives what computes fewer processes',
      { ...room(120), ...computing(1) },
      [2, 1],
    ],
    ['memory for none still has one', { ...room(1), ...computing(1) }, [1, 1]],
    ['an unknown memory limits nothing', { workers: [] }, [7, 1]],
  ] as const) {
    test(what, () => {
      const values = valuesFor(changed);
      assert.deepEqual([values.processes, values.threads], expected);
    });
  }

  test('a cgroup that limits the cores is named', () => {
    const coresBy = 'by /sys/fs/cgroup/a/cpu.max';
    const machine = { ...seen.machine, cores: 1.5, coresBy };
    const changed = { machine, ...at(50, 0.1), ...computing(1) };
    assert.equal(valuesFor(changed).processes, 8);
    assert.match(whyOf('processes', { ...changed, ...threads(2, 1) }), /1\.5 cores by .*cpu\.max/);
  });
});

describe('cheaper', () => {
  const large = (privateMiB: number): Partial<Observation> => ({
    workers: [
      { ...worker, privateBytes: privateMiB * MIB, residentBytes: (privateMiB + 60) * MIB },
    ],
  });
  const busy = { atMs: 0, seconds: 60, requests: 2_400, busySeconds: 600 };
  for (const [what, changed, expected] of [
    ['quiet hours give back much memory', { busiest: busy, ...large(120) }, 2],
    ['quiet hours give back little memory', { busiest: busy, ...large(10) }, 0],
    ['the load is always the same', { ...seen, load: { ...seen.load, busySeconds: 28_000 } }, 0],
    ['the hours are not known', { busiest: undefined }, null],
    ['memory is not known', { busiest: busy, workers: [] }, null],
  ] as const) {
    test(`${what}: ${expected}`, () => assert.equal(valuesFor(changed).cheaper, expected));
  }
});

describe('max-requests', () => {
  const grown = (own: number, requests: number): WorkerFacts => ({
    ...worker,
    requests,
    privateBytes: own * MIB,
  });
  const workers = (...all: readonly WorkerFacts[]): Partial<Observation> => ({ workers: all });
  const since = (before: WorkerFacts, now: WorkerFacts): Partial<Observation> => ({
    source: 'measured',
    workersBefore: [before],
    workers: [now],
  });
  for (const [what, changed, expected] of [
    ['all have run as many requests', {}, null],
    ['the one that ran more is as large', workers(grown(40, 1_000), grown(41, 9_000)), 0],
    ['the one that ran more is larger', workers(grown(40, 1_000), grown(80, 9_000)), 16_000],
    ['a young worker says nothing', workers(grown(40, 20), grown(80, 9_000)), null],
    ['it grows very fast', workers(grown(40, 100), grown(400, 300)), 1_000],
    ['it grew between two looks', since(grown(40, 1_000), grown(60, 3_000)), 6_000],
    ['it did not grow between them', since(grown(40, 1_000), grown(40, 3_000)), 0],
    ['it is another worker now', since(grown(40, 1_000), { ...grown(60, 3_000), pid: 9 }), null],
    ['its memory is not known', workers({ ...worker, privateBytes: null }), null],
  ] as const) {
    test(`${what}: ${expected}`, () => assert.equal(valuesFor(changed)['max-requests'], expected));
  }

  test('the growth is written out', () => {
    assert.equal(
      whyOf('max-requests', workers(grown(40, 1_000), grown(80, 9_000))),
      'Workers grow by 5 MiB in 1000 requests (40 MiB over 8000). After 16000 more one has grown by 80 MiB.',
    );
  });
});

describe('reload-on-rss', () => {
  const machine = (roomMiB: number) => ({
    machine: { ...seen.machine, roomBytes: roomMiB * MIB },
  });
  for (const [what, changed, expected] of [
    ['there is enough memory: half as much again', {}, 150],
    ['little memory: what each may have of it', machine(360), 120],
    ['memory cannot be read', { workers: [{ ...worker, residentBytes: null }] }, null],
    ['one does not fit', machine(20), null],
  ] as const) {
    test(`${what}: ${expected}`, () => assert.equal(valuesFor(changed)['reload-on-rss'], expected));
  }
});

describe('harakiri', () => {
  const options = { ...seen.options, harakiri: 20 };
  for (const [what, changed, expected] of [
    ['short requests leave the first one its time', { runs: runs([0.01, 9_000]) }, 10],
    ['twice the longest', { runs: runs([0.01, 9_000], [30, 1]) }, 60],
    ['longer than is counted', { runs: runs([0.01, 9_000], [Infinity, 2]) }, null],
    ['harakiri has cut some already', { overruns: 3, options }, null],
  ] as const) {
    test(`${what}: ${expected}`, () => assert.equal(valuesFor(changed).harakiri, expected));
  }

  test('says how sure that is', () => {
    assert.match(whyOf('harakiri', { runs: runs([1, 30_000]) }), /less than 1 in 10000 does/);
  });
});

test('the text is lines for the ini, each below its reasons', () => {
  const text = adviceInWords('shop', adviceOn(seen), seen);
  const lines = text.split('\n').filter((line) => !line.startsWith(';') && line !== '');
  assert.deepEqual(lines, ['processes = 7', 'threads = 1', 'reload-on-rss = 150', 'harakiri = 10']);
  assert.deepEqual(
    text.split('\n').filter((line) => line.length > 100),
    [],
  );
});
