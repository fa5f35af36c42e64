/** The processes of the server that runs in this sandbox: all but the first one. */

import { allProcesses, processInfo } from '../support/processes.ts';
import type { ProcessInfo } from '../support/processes.ts';

export function others(): ProcessInfo[] {
  return allProcesses().filter(({ pid, state }) => pid !== process.pid && state !== 'Z');
}

/** The oldest process of the server; 0 where none is left. */
export function topPid(): number {
  return others().find(({ parent }) => parent === process.pid)?.pid ?? 0;
}

export function masterOf(pid: number): number {
  const parent = processInfo(pid)?.parent ?? 0;
  return parent <= process.pid ? pid : masterOf(parent);
}
