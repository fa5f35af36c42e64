/** Collects what `reeve why` looks at beside the snapshot and the stacks. */
import { availableParallelism, loadavg } from 'node:os';
import { readFileSync } from 'node:fs';

import type { Logger } from '../../log/logger.ts';
import type { DiskView } from '../../protocol/snapshot.ts';
import { openFilesOf } from '../../processes/open-files.ts';
import type { Evidence, MachineView, OpenFilesView } from '../../protocol/stacks-view.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { DiskPlace } from '../daemon/disks.ts';

const LINES_MAX = 100;
const MOUNTS_MAX = 64;
const LOCAL = /^(ext[234]|xfs|btrfs|f2fs|tmpfs|overlay|zfs|vfat)$/;
const FULL_BELOW_PART = 0.001;

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
    waiting: histories
      .flatMap((each) => each.waiting)
      .toSorted((one, other) => other.seconds - one.seconds),
    lines: lines.toSorted((one, other) => one.atMs - other.atMs).slice(-LINES_MAX),
    fullDisks: (await daemon.reports.disksAt(mounts())).filter(isFull),
    openFiles: openFiles(daemon),
    machine: machine(),
  };
}

/** Of the workers. */
function openFiles({ fleet }: Daemon): readonly OpenFilesView[] {
  return fleet.generations
    .flatMap(({ workers }) => workers)
    .flatMap(({ slot, pid }) => {
      const files = pid === undefined ? undefined : openFilesOf(pid);
      return files === undefined || pid === undefined ? [] : [{ worker: slot, pid, ...files }];
    });
}

/** Those of this machine that an application may write to: local ones, not mounted read-only. */
function mounts(): readonly DiskPlace[] {
  const text = contentOf('/proc/self/mounts');
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type = '', options = '']) => LOCAL.test(type) && /^rw(,|$)/.test(options))
    .slice(0, MOUNTS_MAX)
    .map(([, path = '']) => ({ use: 'mount', path: path.replaceAll('\\040', ' ') }));
}

function isFull({ freeBytes, sizeBytes, problem }: DiskView): boolean {
  return problem === '' && sizeBytes > 0 && freeBytes < sizeBytes * FULL_BELOW_PART;
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
  const part = /^some avg10=([\d.]+)/m.exec(contentOf(`/proc/pressure/${what}`))?.[1];
  return part === undefined ? null : Number(part);
}

/** '' where it cannot be read. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
