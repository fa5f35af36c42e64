/** PURE. The lines above the table of an instance: how it is as a whole. */
import type { JobsView, Snapshot } from '../../protocol/snapshot.ts';
import { bytes, counted, duration, perSecond } from '../../views/words.ts';
import { barOf } from './bar.ts';
import { line, piece, type Line, type Piece } from './line.ts';
import type { InstanceLine } from './look.ts';

const BAR_COLUMNS = 40;
/** A queue is a warning from so many seconds on. */
const WAITS_SECONDS = 1;

export interface HeadTerms {
  readonly instance: InstanceLine;
  readonly intervalSeconds: number;
}

export function headLines({ instance, intervalSeconds }: HeadTerms): readonly Line[] {
  const { name, status, rates, silentFor } = instance;
  const { pid, version } = instance.instance;
  const silent = silentFor === 0 ? [] : [piece(`  no answer for ${silentFor} s`, 'bad')];
  const every = `  every ${intervalSeconds} s`;
  return [
    line(
      piece(name, 'strong'),
      `  pid ${pid}  Reeve ${version}  `,
      stateOf(status),
      ...(silent.length > 0 ? silent : [piece(every, 'dim')]),
    ),
    line(
      ...label('requests'),
      piece(`${perSecond(rates?.requestsPerSecond)}/s`, 'strong'),
      `  p50 ${duration(rates?.p50 ?? null)}  p95 ${duration(rates?.p95 ?? null)}`,
      `  waited p95 ${duration(rates?.waitP95 ?? null)}  `,
      errorsOf(instance),
    ),
    queueLine(status),
    slotsLine(instance),
    workersLine(instance),
    ...(status.jobs === undefined || isIdle(status.jobs) ? [] : [jobsLine(status.jobs, status)]),
    ...reloadLine(status),
  ];
}

function label(word: string): readonly Piece[] {
  return [piece(word.padEnd(10), 'dim')];
}

function stateOf({ phase, ready }: Snapshot): Piece {
  if (ready === undefined) return piece(phase, phase === 'serving' ? 'good' : 'warn');
  return ready.isReady ? piece(`${phase}, ready`, 'good') : piece(ready.reason, 'bad');
}

function errorsOf({ rates }: InstanceLine): Piece {
  const isFailing = (rates?.errorsPerSecond ?? 0) > 0;
  return piece(`5xx ${perSecond(rates?.errorsPerSecond)}/s`, isFailing ? 'bad' : 'plain');
}

function queueLine({ queue, gateways, listeners = [] }: Snapshot): Line {
  const { queued = null, oldestMs = null } = queue ?? {};
  const seconds = (oldestMs ?? 0) / 1000;
  const oldest = queued === null || queued === 0 ? '' : `, the oldest for ${duration(seconds)}`;
  const style = seconds >= WAITS_SECONDS ? 'bad' : (queued ?? 0) > 0 ? 'warn' : 'plain';
  const connections = sumOf(gateways.map((gateway) => gateway.connections));
  const waiting = sumOf(listeners.map((listener) => listener.waiting));
  const quarantined = gateways.flatMap((gateway) => gateway.quarantine ?? []).length;
  return line(
    ...label('queue'),
    piece(`${queued ?? '-'}${oldest}`, style),
    `  ${counted(connections, 'connection')}`,
    waiting === 0 ? '' : piece(`  ${waiting} in the kernel`, 'warn'),
    quarantined === 0 ? '' : piece(`  ${quarantined} in quarantine`, 'bad'),
  );
}

function slotsLine({ workers, busy, slots }: InstanceLine): Line {
  const bar = barOf(
    workers.flatMap((worker) => worker.slots),
    BAR_COLUMNS,
  );
  const isFull = slots > 0 && busy === slots;
  return line(
    ...label('slots'),
    '[',
    piece(bar, isFull ? 'bad' : 'good'),
    `]  ${busy} of ${slots} busy`,
  );
}

function workersLine({ workers, memoryBytes, restarts, status }: InstanceLine): Line {
  const up = workers.filter(({ worker }) => worker.state === 'up').length;
  const deaths = status.totals?.workerDeaths ?? 0;
  return line(
    ...label('workers'),
    `${up} of ${workers.length} up  memory ${bytes(memoryBytes)}  `,
    counted(restarts, 'restart'),
    deaths === 0 ? '' : piece(`  ${counted(deaths, 'death')}`, 'warn'),
    spoolOf(status),
  );
}

function spoolOf({ gateways }: Snapshot): string {
  const waiting = gateways.reduce((sum, { spool }) => sum + (spool?.bytes ?? 0), 0);
  return waiting === 0 ? '' : `  spool ${bytes(waiting)}`;
}

function isIdle({ daemons, crons, spoolers }: JobsView): boolean {
  return daemons.length + crons.length + spoolers.length === 0;
}

function jobsLine(jobs: JobsView, status: Snapshot): Line {
  return line(...label('jobs'), jobsInWords(jobs, status));
}

function jobsInWords({ daemons, crons, spoolers }: JobsView, { generations }: Snapshot): string {
  const up = daemons.filter(({ state }) => state === 'up').length;
  const running = crons.reduce((sum, { pids }) => sum + pids.length, 0);
  const failures = crons.reduce((sum, cron) => sum + cron.failures, 0);
  const queued = spoolers.reduce((sum, spooler) => sum + spooler.queued, 0);
  const dead = spoolers.reduce((sum, spooler) => sum + spooler.dead, 0);
  const mules = generations.flatMap(({ jobs = [] }) => jobs).filter(({ kind }) => kind === 'mule');
  return [
    daemons.length === 0 ? '' : `${up} of ${counted(daemons.length, 'daemon')} up`,
    mules.length === 0 ? '' : counted(mules.length, 'mule'),
    crons.length === 0 ? '' : `${running} of ${counted(crons.length, 'cron')} running`,
    failures === 0 ? '' : `${counted(failures, 'run')} failed`,
    spoolers.length === 0 ? '' : `${counted(queued, 'task')} queued`,
    dead === 0 ? '' : `${dead} put aside`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** The same in a cell: daemons that are up, commands that run, tasks that wait; `!` for trouble. */
export function jobsInShort({ jobs }: Snapshot): string {
  if (jobs === undefined || isIdle(jobs)) return '';
  const up = jobs.daemons.filter(({ state }) => state === 'up').length;
  const running = jobs.crons.reduce((sum, { pids }) => sum + pids.length, 0);
  const queued = jobs.spoolers.reduce((sum, spooler) => sum + spooler.queued, 0);
  const isTrouble = up < jobs.daemons.length || jobs.spoolers.some(({ dead }) => dead > 0);
  return `${up + running + queued}${isTrouble ? '!' : ''}`;
}

/** The last reload, where there was one. */
function reloadLine({ reloads = [], takenAtMs = 0 }: Snapshot): readonly Line[] {
  const last = reloads.at(-1);
  if (last === undefined || last.outcome === 'started') return [];
  const ago = duration(Math.max((takenAtMs - last.atMs) / 1000, 0));
  const isGood = last.outcome === 'reloaded';
  return [
    line(
      ...label('reload'),
      piece(`${last.outcome} ${ago} ago`, isGood ? 'plain' : 'bad'),
      isGood ? '' : `: ${last.sentence}`,
    ),
  ];
}

function sumOf(numbers: readonly (number | null)[]): number {
  return numbers.reduce<number>((sum, number) => sum + (number ?? 0), 0);
}
