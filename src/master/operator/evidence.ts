/** Collects what `reeve why` looks at beside the snapshot and the stacks. */
import { availableParallelism, loadavg } from 'node:os';
import { readFileSync } from 'node:fs';

import type { Logger } from '../../log/logger.ts';
import type { Evidence, MachineView } from '../../protocol/snapshot.ts';
import type { Daemon } from '../daemon/daemon.ts';

const LINES_MAX = 100;

export async function evidenceFor(
  daemon: Daemon,
  { logger, now }: { readonly logger: Logger; readonly now: () => number },
): Promise<Evidence> {
  const histories = await daemon.reports.history();
  const lines = [...logger.recent(), ...histories.flatMap((each) => each.lines)];
  return {
    atMs: now(),
    requests: histories
      .flatMap((each) => each.requests)
      .toSorted((one, other) => other.endedAtMs - one.endedAtMs),
    lines: lines.toSorted((one, other) => one.atMs - other.atMs).slice(-LINES_MAX),
    machine: machine(),
  };
}

function machine(): MachineView {
  return {
    processors: availableParallelism(),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    waitsForProcessor: pressureOn('cpu'),
    waitsForMemory: pressureOn('memory'),
    waitsForDisk: pressureOn('io'),
  };
}

/** From /proc/pressure, which not every kernel has. */
function pressureOn(what: 'cpu' | 'memory' | 'io'): number | null {
  try {
    const text = readFileSync(`/proc/pressure/${what}`, 'latin1');
    const part = /^some avg10=([\d.]+)/m.exec(text)?.[1];
    return part === undefined ? null : Number(part);
  } catch {
    return null;
  }
}
