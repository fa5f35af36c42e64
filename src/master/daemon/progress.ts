/**
 * PURE but for the look at /proc. Whether a start, a reload or a stop still gets on, so that
 * systemd may be asked for more time: every import is younger than start-timeout and its process
 * runs, or a stop is within its mercy. A process that was stopped, or waits for its parent as a
 * zombie, gets nowhere.
 */
import { readFileSync } from 'node:fs';

import type { Child } from '../../supervision/lives/child-lifecycle.ts';
import { gatewayExtraMs } from '../../supervision/children.ts';
import { coming, gatewayOf, type Fleet, type Generation } from '../../supervision/fleet.ts';

export interface ProgressParts {
  readonly spawnerPid: (generation: number) => number | undefined;
  readonly gatewayPid: (epoch: number) => number | undefined;
  readonly isRunning: (pid: number) => boolean;
  /** Daemons and cron commands, which have limits of their own. */
  readonly areJobsEnding: () => boolean;
}

/** After mercy everything is killed; that takes a moment too. */
const killedMs = 2_000;

export function isProgressing(fleet: Fleet, nowMs: number, parts: ProgressParts): boolean {
  if (fleet.phase === 'stopping') {
    return nowMs < (fleet.stopAtMs ?? nowMs) + gatewayExtraMs + killedMs;
  }
  // It serves on, and systemd waits for its end.
  if (fleet.lingersUntilMs !== undefined) return true;
  if (fleet.phase === 'ended') return parts.areJobsEnding();
  const generation = coming(fleet);
  return generation !== undefined && isLoading(fleet, generation, nowMs, parts);
}

function isLoading(
  fleet: Fleet,
  generation: Generation,
  nowMs: number,
  parts: ProgressParts,
): boolean {
  const { spawner, number } = generation;
  const gateway = gatewayOf(fleet, generation.plan.gateway);
  const workers = generation.workers.filter((worker) => worker.state === 'starting');
  const isYoung = (child: Child) => child.limitAtMs !== undefined && nowMs < child.limitAtMs;
  const isAtWork = (child: Child, pid: number | undefined) =>
    isYoung(child) && pid !== undefined && parts.isRunning(pid);
  const starting = [
    ...(spawner.state === 'starting' ? [isAtWork(spawner, parts.spawnerPid(number))] : []),
    ...(gateway?.state === 'starting' ? [isAtWork(gateway, parts.gatewayPid(gateway.epoch))] : []),
    // One that is not forked yet depends on its spawner.
    ...workers.map((worker) => isAtWork(worker, worker.pid ?? parts.spawnerPid(number))),
  ];
  return starting.length > 0 && starting.every(Boolean);
}

/** Whether the process is there, and neither stopped (T, t) nor ended (Z, X). */
export function isRunningProcess(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const state = stat.charAt(stat.lastIndexOf(')') + 2);
    return !/[TtZXx]/.test(state);
  } catch {
    // There is no such process any more.
    return false;
  }
}
