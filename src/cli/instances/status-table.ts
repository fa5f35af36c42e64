/** PURE. What `reeve status` prints for people. */
import { visibleLine } from '../process/visible.ts';

import type { QuarantinedView } from '../../protocol/gateway-views.ts';
import type { Instance } from '../../protocol/operator-messages.ts';
import type {
  CronView,
  GatewayView,
  GenerationView,
  JobView,
  MailboxView,
  ProcessView,
  Snapshot,
  WorkerView,
} from '../../protocol/snapshot.ts';
import type { RaiserView } from '../../protocol/gateway-views.ts';

export interface Memory {
  readonly rssBytes: number | null;
  readonly pssBytes: number | null;
}

export type MemoryOf = (pid: number) => Memory;

const heads = ['', 'PID', 'STATE', 'AGE', 'REQUESTS', 'RSS', 'PSS', 'NOW'];
/** Numbers are aligned by their last digit. */
const isNumeric = [false, true, false, true, true, true, true, false];

/** The instance, its line of status, and a table of its processes. */
export function statusTable(instance: Instance, status: Snapshot, memoryOf: MemoryOf): string {
  const { name, pid, version, files } = instance;
  const first = `${name}: pid ${pid}, Reeve ${version}, ${files[0] ?? 'no file'}`;
  const rows = [
    heads,
    ...status.gateways.flatMap((gateway) => [
      gatewayRow(gateway, memoryOf),
      ...(gateway.quarantine ?? []).map((each) => [quarantined(each)]),
    ]),
    ...status.generations.flatMap((generation) => generationRows(generation, memoryOf)),
    ...jobRows(status, memoryOf),
    ...mailboxRows(status.shared?.mailboxes ?? []),
  ];
  return `${first}\n${status.line}\n\n${columns(rows)}\n`;
}

const instanceHeads = ['NAME', 'PID', 'VERSION', 'STATUS', 'FILE'];

/** All instances, a line each; then those that cannot be asked, and why. */
export function instancesTable(
  instances: readonly { readonly instance: Instance; readonly status: Snapshot }[],
  silent: readonly { readonly name: string; readonly reason: string }[],
): string {
  const rows = [
    instanceHeads,
    ...instances.map(({ instance: { name, pid, version, files }, status }) => {
      return [name, String(pid), version, status.line, files[0] ?? '-'];
    }),
  ];
  const widths = instanceHeads.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  const others = silent.map(({ name, reason }) => `${name}: cannot be asked: ${reason}`);
  return `${[...rows.map(line), ...others].join('\n')}\n`;
}

function gatewayRow(gateway: GatewayView, memoryOf: MemoryOf): readonly string[] {
  const { running, queued, connections, spool } = gateway;
  const now =
    running === null
      ? 'does not answer'
      : `${running} running, queue ${queued ?? 0}, ${connections ?? 0} connections${spooled(spool)}`;
  return row(`gateway ${gateway.epoch}`, gateway, gateway.requests, now, memoryOf);
}

/** Only where something waits in files: most gateways have nothing there. */
function spooled(spool: GatewayView['spool']): string {
  if (spool === undefined || spool === null || spool.files === 0) return '';
  const { bytes, limitBytes, directory } = spool;
  return `, spool ${megabytes(bytes)} of ${megabytes(limitBytes)} in ${directory}`;
}

function quarantined({ method, path, seconds, waiting }: QuarantinedView): string {
  return `  in quarantine for ${age(seconds)}: ${method} ${path}, ${waiting} waiting`;
}

function generationRows(
  { number, role, spawner, workers, jobs = [] }: GenerationView,
  memoryOf: MemoryOf,
): readonly (readonly string[])[] {
  return [
    [`generation ${number}, ${role}`],
    row('  spawner', spawner, null, '', memoryOf),
    ...workers.map((worker) => workerRow(worker, memoryOf)),
    ...jobs.map((job) => row(`  ${job.name}`, job, null, jobNow(job), memoryOf)),
  ];
}

/** A spooler says what it runs, and what it has done. */
function jobNow({ kind, state, directory, task, done, failed }: JobView): string {
  if (kind !== 'spooler' || state !== 'up') return '';
  const now = task === '' ? 'idle' : `runs ${task}`;
  return `${now}, ${done} done, ${failed} failed in ${directory}`;
}

/** Daemons, cron entries and directories of tasks, where there are any. */
function jobRows(
  { jobs, takenAtMs = 0 }: Snapshot,
  memoryOf: MemoryOf,
): readonly (readonly string[])[] {
  if (jobs === undefined) return [];
  const daemons = jobs.daemons.map((daemon) => {
    const { starts, lastEnd, state } = daemon;
    const ended = state === 'down' && lastEnd !== '' ? `, ${lastEnd}` : '';
    const now = `started ${times(starts)}${ended}`;
    return row(`daemon ${daemon.name}`, daemon, null, now, memoryOf);
  });
  const crons = jobs.crons.map((cron) => [`cron ${cron.name}: ${cronNow(cron, takenAtMs)}`]);
  const spools = jobs.spoolers.map(({ directory, queued, dead }) => {
    return [`tasks in ${directory}: ${queued} queued, ${dead} put aside`];
  });
  const raisers = (jobs.raisers ?? []).map((raiser) => [raiserRow(raiser, takenAtMs)]);
  return [...daemons, ...crons, ...raisers, ...spools];
}

/** What waits for mules and spoolers; a mule or a farm for which nothing waits is left out. */
function mailboxRows(mailboxes: readonly MailboxView[]): readonly (readonly string[])[] {
  return mailboxes
    .filter(({ waiting }) => waiting > 0)
    .map(({ of, holds, waiting, bytes, bytesMax }) => {
      const room = holds === 'messages' ? `, ${megabytes(bytes)} of ${megabytes(bytesMax)}` : '';
      return [`${holds} for ${of}: ${waiting} waiting${room}`];
    });
}

function times(count: number): string {
  return `${count} ${count === 1 ? 'time' : 'times'}`;
}

/** What code has registered: `@timer`, `@cron`, `@filemon`. */
function raiserRow(raiser: RaiserView, nowMs: number): string {
  const { kind, signal, nextAtMs, raised, lastAtMs, lastFailure } = raiser;
  const next = kind === 'file' ? [] : [nextIn(nextAtMs, nowMs)];
  const ago = (atMs: number): string => `${age(Math.max((nowMs - atMs) / 1000, 0))} ago`;
  const last = lastAtMs === null ? [] : [`raised ${times(raised)}, last ${ago(lastAtMs)}`];
  const failure =
    lastFailure === null
      ? []
      : [`${raiser.failures} failed, last ${lastFailure.error} ${ago(lastFailure.atMs)}`];
  return [`${raiserName(raiser)} → signal ${signal}`, ...next, ...last, ...failure].join(', ');
}

function raiserName({ kind, seconds, path }: RaiserView): string {
  if (kind === 'timer') return `timer every ${seconds ?? 0} s`;
  return kind === 'file' ? `file ${path ?? ''}` : 'cron';
}

function nextIn(nextAtMs: number | null, nowMs: number): string {
  if (nextAtMs === null) return 'never runs';
  return `next in ${age(Math.max((nextAtMs - nowMs) / 1000, 0))}`;
}

function cronNow({ pids, nextAtMs, lastResult }: CronView, nowMs: number): string {
  const running = pids.length === 0 ? [] : [`runs as pid ${pids.join(', ')}`];
  const next = nextIn(nextAtMs, nowMs);
  const last =
    lastResult === null
      ? []
      : [`last ${lastResult.how} ${age((nowMs - lastResult.endedAtMs) / 1000)} ago`];
  return [...running, next, ...last].join(', ');
}

function workerRow(worker: WorkerView, memoryOf: MemoryOf): readonly string[] {
  const idle = worker.state === 'up' && worker.requests !== null ? 'idle' : '';
  const now = worker.now.length === 0 ? idle : worker.now.join('; ');
  return row(`  worker ${worker.slot}`, worker, worker.requests, now, memoryOf);
}

function row(
  name: string,
  { pid, state, ageSeconds }: ProcessView,
  requests: number | null,
  now: string,
  memoryOf: MemoryOf,
): readonly string[] {
  const memory = pid === null ? { rssBytes: null, pssBytes: null } : memoryOf(pid);
  return [
    name,
    pid === null ? '-' : String(pid),
    state,
    age(ageSeconds),
    requests === null ? '-' : String(requests),
    megabytes(memory.rssBytes),
    megabytes(memory.pssBytes),
    now,
  ];
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '-' : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** "12 s", "3 min", "5 h", "2 d": how old in the unit that says most. */
export function age(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A line of one cell is a heading, and widens no column. */
function columns(raw: readonly (readonly string[])[]): string {
  const rows = raw.map((cells) => cells.map(visibleLine));
  const widths = heads.map((_, column) =>
    Math.max(
      ...rows.filter((cells) => cells.length > 1).map((cells) => cells[column]?.length ?? 0),
    ),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = cells.length === 1 ? 0 : (widths[column] ?? 0);
        return isNumeric[column] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return rows.map((cells) => line(cells)).join('\n');
}
