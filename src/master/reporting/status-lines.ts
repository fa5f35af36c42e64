/** PURE. The fleet, for people: the lines that SIGUSR1 logs, and the one that systemd shows. */
import type { GatewayStatus } from '../../protocol/control-messages.ts';
import type { SlotOf } from '../../supervision/events.ts';
import {
  coming,
  gatewayOf,
  serving,
  type Fleet,
  type Generation,
} from '../../supervision/fleet.ts';
import type { Counts } from './traffic.ts';

/** What a worker's memory is, in bytes; undefined where it is not known. */
export type WorkerMemory = (at: SlotOf, pid: number) => number | undefined;

/** One line a generation. */
export function fleetLines(fleet: Fleet, nowMs: number, memoryOf: WorkerMemory): readonly string[] {
  return fleet.generations.map((generation) => {
    const workers = generation.workers.map((worker) => {
      const seconds = Math.round((nowMs - worker.sinceMs) / 1000);
      const pid = worker.pid === undefined ? '' : ` pid ${worker.pid}`;
      const at = { generation: generation.number, slot: worker.slot };
      const bytes = worker.pid === undefined ? undefined : memoryOf(at, worker.pid);
      const memory = bytes === undefined ? '' : ` with ${Math.round(bytes / 1024 / 1024)} MB`;
      return `worker ${worker.slot}${pid} ${worker.state} for ${seconds} s${memory}`;
    });
    const spawner = `spawner ${generation.spawner.state}`;
    return `generation ${generation.number} (${generation.role}): ${[spawner, ...workers].join(', ')}`;
  });
}

/** The gateway's own report; one line for each worker that is running a request. */
export function gatewayLines(status: GatewayStatus): readonly string[] {
  const { running, queued, oldestMs, waitedMaxMs, connections, requests, droppedLogLines } = status;
  const { bytes, files, limitBytes, directory } = status.spool;
  const mib = (count: number): string => (count / 1024 / 1024).toFixed(1);
  const spool = `${mib(bytes)} of ${mib(limitBytes)} MiB in ${files} files of ${directory || 'no directory'}`;
  const first =
    `gateway: ${running} requests running, ${queued} waiting (the oldest for ${oldestMs} ms, ` +
    `longest wait since the last status ${waitedMaxMs} ms), ${connections} connections, ` +
    `${requests} requests since the start, ${droppedLogLines} access log lines dropped, ` +
    `spool ${spool}`;
  const busy = status.workers
    .filter((worker) => worker.now.length > 0)
    .map(
      (worker) =>
        `worker ${worker.slot} of generation ${worker.generation}: ${worker.now.join('; ')}`,
    );
  const quarantined = status.quarantine.map(
    ({ method, path, seconds, waiting }) =>
      `in quarantine for ${Math.round(seconds)} s: ${method} ${path}, ${waiting} waiting`,
  );
  return [first, ...quarantined, ...busy];
}

export interface StatusParts {
  readonly fleet: Fleet;
  readonly nowMs: number;
  readonly counts: Counts;
  /** What is being drained: requests that run or wait. */
  readonly draining: number | undefined;
  /** The name of what is loaded. */
  readonly application: string;
  /** What runs beside requests; '' for nothing. */
  readonly jobs: string;
  /** Why the last reload was refused or failed; '' when it was not. */
  readonly reloadFailure: string;
}

/** For `systemctl status`: one line that is of use. */
export function statusLine(parts: StatusParts): string {
  const { fleet, reloadFailure } = parts;
  if (fleet.phase === 'stopping' || fleet.phase === 'ended') return drainingLine(parts);
  const generation = serving(fleet);
  const next = coming(fleet);
  const loading = next === undefined ? [] : [loadingLine(next, parts.application)];
  if (generation === undefined || !fleet.everReady) return loading[0] ?? 'starting';
  const failed =
    reloadFailure === ''
      ? []
      : [`generation ${generation.number} serves, the last reload failed: ${reloadFailure}`];
  const besides = [...jobProcesses(generation), ...(parts.jobs === '' ? [] : [parts.jobs])];
  const beside = besides.length === 0 ? [] : [besides.join(', ')];
  return [servingLine(generation, parts), ...beside, ...loading, ...failed].join('; ');
}

/** "2 mules", "1 of 2 spoolers". */
function jobProcesses({ jobs }: Generation): readonly string[] {
  return (['mule', 'spooler'] as const).flatMap((kind) => {
    const all = jobs.filter(({ terms }) => terms.kind === kind);
    const up = all.filter(({ state }) => state === 'up').length;
    if (all.length === 0) return [];
    return [up < all.length ? `${up} of ${plural(all.length, kind)}` : plural(up, kind)];
  });
}

/** A gateway is late with its answer when so many beats have gone by. */
const lateBeats = 2;

/** Why no client is served; '' while the gateway answers. Its last report is out of date then. */
function gatewayTrouble(generation: Generation, { fleet, nowMs }: StatusParts): string {
  const gateway = gatewayOf(fleet, generation.plan.gateway);
  if (gateway === undefined || !gateway.opened) return '';
  const { state, sinceMs, ping } = gateway;
  const since = (atMs: number): string => `${Math.max(Math.round((nowMs - atMs) / 1000), 1)} s`;
  if (state === 'up') {
    if (ping === undefined || ping.beats < lateBeats) return '';
    return `the gateway has not answered for ${since(ping.sentAtMs)}`;
  }
  const isAway = state === 'down' || state === 'starting' || state === 'killed';
  return isAway ? `the gateway is being replaced, for ${since(sinceMs)}` : '';
}

function servingLine(generation: Generation, parts: StatusParts): string {
  const { fleet, counts } = parts;
  const trouble = gatewayTrouble(generation, parts);
  if (trouble !== '') return `not serving: ${trouble}`;
  const rate = `${Math.round(counts.perSecond)} req/s`;
  const suspended = fleet.suspended ? ', suspended' : '';
  if (generation.application === 'absent') return `serving 500: no application, ${rate}`;
  if (generation.plan.workers === 0) return `serving: files, ${rate}${suspended}`;
  if (generation.isAsleep) return `serving: no worker until the next request, ${rate}${suspended}`;
  const wanted = generation.plan.workers;
  const up = generation.workers.filter(({ state }) => state === 'up').length;
  const workers = up < wanted ? `${up} of ${plural(wanted, 'worker')}` : plural(up, 'worker');
  const { busy, queued } = counts;
  const stuck = spawnerTrouble(generation, parts);
  return `serving: ${workers}, ${busy} busy, queue ${queued}, ${rate}${suspended}${stuck}`;
}

/** What becomes of the next worker that dies; '' while it is replaced. */
function spawnerTrouble(generation: Generation, { fleet, nowMs }: StatusParts): string {
  const { ping, state } = generation.spawner;
  if (fleet.noReplacementSinceMs === undefined) return '';
  const since = ping?.sentAtMs ?? fleet.noReplacementSinceMs;
  const seconds = `${Math.max(Math.round((nowMs - since) / 1000), 1)} s`;
  const broken = fleet.isCodeBroken ? ', as the application does not load any more' : '';
  const why =
    state === 'up'
      ? `the spawner has not answered for ${seconds}`
      : `there has been no spawner for ${seconds}${broken}`;
  return `; no worker can be replaced: ${why}`;
}

function loadingLine(generation: Generation, application: string): string {
  const up = generation.workers.filter(({ state }) => state === 'up').length;
  const workers = `${up} of ${plural(generation.plan.workers, 'worker')}`;
  return `loading ${application === '' ? 'the application' : application} (${workers})`;
}

function drainingLine({ fleet, nowMs, draining }: StatusParts): string {
  if (draining === undefined || fleet.stopAtMs === undefined) return 'stopping';
  const seconds = Math.max(Math.ceil((fleet.stopAtMs - nowMs) / 1000), 0);
  return `draining: ${plural(draining, 'request')}, ${seconds} s left`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
