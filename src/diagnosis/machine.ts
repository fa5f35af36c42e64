/** Disks, memory and processors of the machine (pure). */

import type { DiskView } from '../protocol/snapshot.ts';
import type { Finding } from './finding.ts';
import { recent, type Scene } from './scene.ts';
import { verb, duration, percent, plural, size } from './words.ts';

const MINUTES = 10;
const FULL_BELOW_BYTES = 16_000_000;
/** A small file system is full when so little of it is free. */
const FULL_BELOW_PART = 0.01;
const FILES_MIN = 50;
const FILES_FULL_FROM = 0.9;
const MEMORY_FROM = 30;
const PROCESSOR_FROM = 60;

/** A disk that takes nothing more, or an error that says so. */
export function fullDisks(scene: Scene): readonly Finding[] {
  const said = scene.evidence.lines.filter(({ atMs, fields, sentence }) => {
    const isRecent = atMs > scene.nowMs - MINUTES * 60_000;
    return (
      isRecent && (/^(ENOSPC|EDQUOT)$/.test(String(fields['errno'])) || isFullInWords(sentence))
    );
  });
  const refused = recent(scene, ['refused', 'failed']).filter(({ status }) => status === 507);
  const failed = recent(scene, ['failed'], 5);
  const full = [...(scene.now.disks ?? []), ...scene.evidence.fullDisks].filter(isFull);
  const last = said.at(-1);
  const hasFailed = said.length + refused.length + failed.length > 0;
  if (full.length === 0 && last === undefined && refused.length === 0) return [];
  const [disk] = full.toSorted((one, other) => rank(one) - rank(other));
  const isMeant = disk !== undefined && rank(disk) > 1 && !hasFailed;
  const state = disk === undefined ? '' : stateOf(disk);
  const errors = last === undefined ? '' : `${state === '' ? '' : '; '}${firstLine(last.sentence)}`;
  const bodies =
    refused.length === 0
      ? ''
      : `; ${plural(refused.length, 'request')} ${verb(refused.length, 'were')} answered with 507`;
  return [
    {
      cause: 'full-disk',
      severity: isMeant ? 'note' : hasFailed ? 'fault' : 'warning',
      weight: isMeant ? 20 : hasFailed ? 94 : 82,
      sentence: `a disk is full: ${state}${errors}${bodies}`,
      advice: 'make room there, or move the files (logto, spooler, TMPDIR, spool-max)',
      figures: { path: disk?.path ?? '', freeBytes: disk?.freeBytes ?? 0, errors: said.length },
      lines: [],
    },
  ];
}

function isFullInWords(sentence: string): boolean {
  return /ENOSPC|EDQUOT|No space left|disk is full/.test(sentence);
}

function isFull({ freeBytes, sizeBytes, freeFiles, problem }: DiskView): boolean {
  if (problem !== '' || sizeBytes === 0) return false;
  const least = Math.min(FULL_BELOW_BYTES, sizeBytes * FULL_BELOW_PART);
  return freeBytes <= least || (freeFiles !== null && freeFiles < FILES_MIN);
}

/** What Reeve itself writes comes first, then temporary files; the rest may be full for good. */
function rank({ use }: DiskView): number {
  return use === 'log' || use === 'tasks' ? 0 : use === 'temporary files' ? 1 : 2;
}

function stateOf({ use, path, freeBytes, sizeBytes, freeFiles }: DiskView): string {
  const files =
    freeFiles !== null && freeFiles < FILES_MIN
      ? `, and room for ${plural(freeFiles, 'more file')}`
      : '';
  return `${path} (${use}) has ${size(freeBytes)} of ${size(sizeBytes)} free${files}`;
}

/** A file system that does not answer, or answers with an error. */
export function diskTrouble({ now }: Scene): readonly Finding[] {
  return (now.disks ?? []).flatMap(({ problem, path, use }) => {
    if (problem === '') return [];
    const isSilent = problem === 'TIMEOUT';
    return [
      {
        cause: 'disk-trouble' as const,
        severity: 'fault' as const,
        weight: isSilent ? 85 : 55,
        sentence: isSilent
          ? `the file system of ${path} (${use}) does not answer`
          : `the file system of ${path} (${use}) cannot be looked at: ${problem}`,
        advice: 'look at the mount (findmnt, dmesg); whatever writes there hangs',
        figures: { path, problem },
        lines: [],
      },
    ];
  });
}

/** Workers that can hardly open a file or a connection more. */
export function filesUsedUp(scene: Scene): readonly Finding[] {
  const full = (scene.evidence.openFiles ?? []).filter(({ open, limit }) => {
    return open >= limit * FILES_FULL_FROM;
  });
  const [first] = full.toSorted((one, other) => other.open / other.limit - one.open / one.limit);
  if (first === undefined) return [];
  const { worker, pid, open, limit } = first;
  const others =
    full.length === 1 ? '' : `, and ${plural(full.length - 1, 'other worker')} nearly so`;
  const hasFailed = recent(scene, ['failed'], 5).length > 0;
  return [
    {
      cause: 'open-files',
      severity: hasFailed ? 'fault' : 'warning',
      weight: hasFailed ? 81 : 59,
      sentence:
        `worker ${worker} has ${open} of ${limit} files open${others}: where none is left, files and ` +
        'connections to other services cannot be opened (EMFILE)',
      advice:
        `look for what is not closed (ls -l /proc/${pid}/fd); where so many are needed, raise ` +
        'LimitNOFILE= or max-fd',
      figures: { worker, pid, open, limit },
      lines: [],
    },
  ];
}

export function memoryShort({ evidence }: Scene): readonly Finding[] {
  const waits = evidence.machine.waitsForMemory;
  if (waits === null || waits < MEMORY_FROM) return [];
  return [
    {
      cause: 'memory-short',
      severity: 'warning',
      weight: 61,
      sentence: `processes of this machine wait for memory for ${percent(waits / 100)} of the time`,
      advice: 'fewer workers, or more memory; `reeve status` shows what each worker has',
      figures: { waitsForMemory: waits },
      lines: [],
    },
  ];
}

export function machineBusy({ evidence, now }: Scene): readonly Finding[] {
  const { waitsForProcessor: waits, load, processors } = evidence.machine;
  const findings: Finding[] = [];
  if (waits !== null && waits >= PROCESSOR_FROM) {
    findings.push({
      cause: 'machine-busy',
      severity: 'note',
      weight: 12,
      sentence: `the machine is busy: processes wait for a processor for ${percent(waits / 100)} of the time (load ${load}, ${plural(processors, 'processor')})`,
      advice: 'look at what else runs here (top)',
      figures: { waitsForProcessor: waits, load, processors },
      lines: [],
    });
  }
  const slept = evidence.lines.findLast(({ event }) => event === 'daemon.slept');
  const ageSeconds = ((now.takenAtMs ?? 0) - (slept?.atMs ?? 0)) / 1000;
  if (slept !== undefined && ageSeconds < MINUTES * 60) {
    findings.push({
      cause: 'machine-busy',
      severity: 'note',
      weight: 18,
      sentence: `${duration(ageSeconds)} ago: ${slept.sentence}`,
      advice: 'look at the machine: suspended, or no processor for it',
      figures: { ageSeconds: Math.round(ageSeconds) },
      lines: [],
    });
  }
  return findings;
}

/** The log was not written as fast as it was filled. */
export function logLost({ now, before }: Scene): readonly Finding[] {
  const lost = now.totals?.droppedLogLines ?? 0;
  const more = lost - (before.totals?.droppedLogLines ?? 0);
  if (lost === 0) return [];
  return [
    {
      cause: 'log-lines-lost',
      severity: more > 0 ? 'warning' : 'note',
      weight: more > 0 ? 46 : 14,
      sentence: `${plural(lost, 'request line')} ${verb(lost, 'were')} lost, as the log did not take them`,
      advice:
        'look for a full disk or a log reader that hangs; log fewer lines (log-slow, log-5xx)',
      figures: { lost },
      lines: [],
    },
  ];
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
