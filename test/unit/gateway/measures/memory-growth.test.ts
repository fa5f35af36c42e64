/** Memory by path: what is measured, and whose the difference is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemoryGrowth } from '../../../../src/gateway/measures/memory-growth.ts';

const MIB = 1024 * 1024;

/** A worker whose memory is this, and the ends of its requests. */
function measured() {
  let bytes = 100 * MIB;
  let reads = 0;
  const growth = new MemoryGrowth(() => {
    reads += 1;
    return bytes;
  });
  const worker = { pid: 1, taken: 100, lastMemory: 0 };
  const end = (path: string, moreBytes: number, nowMs: number): void => {
    bytes += moreBytes;
    if (growth.isDue(worker, nowMs)) growth.ended(worker, () => `GET ${path}`, nowMs);
  };
  return { growth, worker, end, reads: () => reads };
}

test('at a low rate each request is measured, and the growth is that of its path', () => {
  const { growth, end } = measured();
  for (let at = 0; at < 41; at += 1)
    end(at % 2 === 0 ? '/leaks' : '/well', at % 2 === 0 ? MIB : 0, at * 100);
  assert.deepEqual(growth.view, [
    {
      ...{ method: 'GET', path: '/leaks', samples: 20, bytes: 20 * MIB },
      ...{ grown: 20, grewBytes: 20 * MIB, shrankBytes: 0 },
    },
    {
      ...{ method: 'GET', path: '/well', samples: 20, bytes: 0 },
      ...{ grown: 0, grewBytes: 0, shrankBytes: 0 },
    },
  ]);
});

test('at a high rate some are measured, however many there are', () => {
  const { growth, end, reads } = measured();
  for (let at = 0; at < 100_000; at += 1) end('/leaks', 1_000, at / 10);
  assert.ok(reads() <= 600, `${reads()} reads in ten seconds`);
  const [first] = growth.view;
  assert.equal(first?.bytes, (first?.samples ?? 0) * 1_000);
  assert.ok((first?.samples ?? 0) >= 15);
});

test('what a process loads with its first requests is no growth', () => {
  const { growth, worker, end } = measured();
  worker.taken = 3;
  for (let at = 0; at < 5; at += 1) end('/', 10 * MIB, at * 1_000);
  assert.deepEqual(growth.view, []);
});

test('where others ran beside it, the difference is nobody’s', () => {
  const { growth, worker, end } = measured();
  end('/a', 0, 0);
  growth.mixed(worker);
  end('/b', MIB, 100);
  end('/c', 0, 200);
  assert.deepEqual(
    growth.view.map(({ path, bytes }) => [path, bytes]),
    [['/c', 0]],
  );
});

test('what is long ago counts less, and paths are bounded', () => {
  const { growth, end } = measured();
  for (let at = 0; at < 300; at += 1) end('/filled', at < 100 ? MIB : 0, at * 100);
  const before = growth.view[0];
  assert.ok((before?.bytes ?? 0) <= 50 * MIB, 'it has stopped to grow');
  for (let at = 0; at < 300; at += 1) end(`/made-up/${at}`, 0, 1e6 + at * 100);
  assert.equal(growth.view.length, 64);
  assert.ok(!growth.view.some(({ path }) => path === '/filled'));
});
