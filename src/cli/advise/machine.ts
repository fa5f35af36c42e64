/** Cores and memory that an instance may use, and what its workers have of them. */
import { readFileSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';

import { memorySharesOf } from '../../processes/memory-shares.ts';
import { processorsOf } from '../../processes/processors.ts';
import { memoryLimitOf, processorLimitOf } from '../../systemd/resource-limits.ts';
import { servingWorkers, type Machine, type WorkerFacts } from '../../advice/observation.ts';
import type { Snapshot } from '../../protocol/snapshot.ts';

/** The rest is for other programs, and for what comes at once. */
const ROOM_PART = 0.8;

export function workersIn(snapshot: Snapshot): readonly WorkerFacts[] {
  return servingWorkers(snapshot).map(({ pid, requests, memory, cpuSeconds = null }) => {
    const shares = memorySharesOf(pid);
    return {
      pid,
      requests: requests ?? 0,
      residentBytes: shares?.residentBytes ?? memory?.residentBytes ?? null,
      privateBytes: shares?.privateBytes ?? null,
      cpuSeconds,
    };
  });
}

/** `master`: its pid; the limits of its control groups are those of the instance. */
export function machineOf(master: number, workers: readonly WorkerFacts[]): Machine {
  const mayRunOn = processorsOf(master) ?? availableParallelism();
  const quota = processorLimitOf(master);
  const byQuota = quota !== undefined && quota.value < mayRunOn;
  const limit = memoryLimitOf(master);
  const inGroup = limit !== undefined && limit.value < totalmem();
  const memoryBytes = inGroup ? limit.value : totalmem();
  const theirs = workers.reduce((sum, { privateBytes }) => sum + (privateBytes ?? 0), 0);
  // What the instance has beside its workers counts against its limit too.
  const own = memorySharesOf(master)?.proportionalBytes ?? 0;
  const free = Math.min(freeBytes() + theirs, memoryBytes - own);
  return {
    cores: Math.max(byQuota ? quota.value : mayRunOn, 0.1),
    coresBy: byQuota ? `by ${quota.file}` : 'of the machine',
    memoryBytes,
    memoryBy: inGroup ? `by ${limit.file}` : 'of the machine',
    roomBytes: Math.max(free * ROOM_PART, 0),
  };
}

/** What programs can still get: MemAvailable. */
function freeBytes(): number {
  const text = readFileSync('/proc/meminfo', 'latin1');
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}
