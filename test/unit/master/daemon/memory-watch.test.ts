/** The master looks at the memory of workers as often as it is told to, and only where it must. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readStatm } from '../../../../src/processes/memory.ts';
import { MemoryWatch } from '../../../../src/master/daemon/memory-watch.ts';
import { servingWorld } from '../../supervision/world.ts';
import type { WorkerMemory } from '../../../../src/supervision/events.ts';

const limits = { everyMs: 3_000, residentBytes: 0, addressSpaceBytes: 0 };

test('memory is measured every mem-collector-freq seconds where evil-reload-on-* is set', () => {
  const { fleet } = servingWorld({ killAbove: { ...limits, residentBytes: 1 } });
  const reports: (readonly WorkerMemory[])[] = [];
  const [, gone] = fleet.generations[0]!.workers;
  const watch = new MemoryWatch({
    measure: (pid) =>
      pid === gone!.pid ? undefined : { residentBytes: pid, addressSpaceBytes: 2 * pid },
    report: (workers) => reports.push(workers),
  });
  for (const nowMs of [1_000, 2_000, 3_999, 4_000, 6_999]) watch.look(fleet, nowMs);
  const pid = fleet.generations[0]!.workers[0]!.pid!;
  const report = [{ generation: 1, slot: 1, pid, residentBytes: pid, addressSpaceBytes: 2 * pid }];
  assert.deepEqual(reports, [report, report]);
});

test('nothing is measured without a limit', () => {
  const { fleet } = servingWorld();
  const watch = new MemoryWatch({ measure: () => assert.fail(), report: () => assert.fail() });
  watch.look(fleet, 1_000);
});

test('statm is read in pages, and that of a process without memory is none', () => {
  const text = '1000 200 30 1 0 100 0\n';
  assert.deepEqual(readStatm(text, 4096), {
    residentBytes: 819_200,
    addressSpaceBytes: 4_096_000,
  });
  assert.equal(readStatm('0 0 0 0 0 0 0\n', 4096), undefined);
  assert.equal(readStatm('', 4096), undefined);
});
