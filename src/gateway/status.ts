/** What the gateway tells the master of itself when it asks (pure). */

import type { FromGateway, GatewayStatus } from '../protocol/control-messages.ts';
import type { CountsView, LoadView, WaitingRequest } from '../protocol/gateway-views.ts';
import { shortened } from './measures/recent-requests.ts';
import type { WorkerPool } from './workers/pool.ts';

export interface GatewayCounts {
  /** Of the question that this answers. */
  readonly number: number;
  readonly connections: number;
  readonly requests: number;
  readonly droppedLogLines: number;
  readonly waitedMaxMs: number;
  readonly spool: GatewayStatus['spool'];
  readonly pid: number;
  readonly counts: CountsView;
}

/** How many paths are shown with which memory grows. */
const GROWTH_MAX = 8;
/** How many of the requests that wait are shown one by one. */
const WAITING_MAX = 512;

/** Returns the status message; `now` names what each worker runs and for how long. */
export function statusMessage(pool: WorkerPool, counts: GatewayCounts, nowMs: number): FromGateway {
  const workers = [...pool.workers].map((worker) => {
    const running = [...worker.connections.values()].filter((slot) => slot.isRunning);
    const requestsNow = running.map((slot) => ({
      method: slot.job?.method ?? '',
      uri: slot.job?.uri ?? '',
      requestId: slot.job?.id ?? '',
      thread: slot.thread,
      seconds: Math.round(slot.runTime.sinceStartMs(nowMs) / 100) / 10,
      heldByClient: slot.runTime.isHeld,
    }));
    const now = running.map((slot) => {
      const seconds = (slot.runTime.sinceStartMs(nowMs) / 1000).toFixed(1);
      const held = slot.runTime.isHeld ? ', held back by its client' : '';
      return `${slot.job?.what ?? 'a request'} for ${seconds} s${held}`;
    });
    const { generation, slot, taken: requests } = worker;
    const tally = worker.tally.view;
    return { generation, slot, now, running: requestsNow, requests, tally };
  });
  return {
    type: 'status',
    running: pool.assigner.dispatcher.running,
    queued: pool.assigner.dispatcher.waiting,
    oldestMs: Math.round(nowMs - (pool.assigner.dispatcher.oldest?.queuedAtMs ?? nowMs)),
    ...counts,
    quarantine: pool.assigner.quarantine.view(pool.assigner.dispatcher.waitingAlone),
    signalsWaiting: pool.signals.waiting,
    growth: pool.growth.view.slice(0, GROWTH_MAX),
    workers,
  };
}

/** What waits for a worker now. */
export function waitingRequests(pool: WorkerPool, nowMs: number): readonly WaitingRequest[] {
  const waiting = pool.assigner.dispatcher.waitingJobs.filter(({ isSignal }) => isSignal !== true);
  return waiting.slice(0, WAITING_MAX).map(({ id, method, uri, queuedAtMs }, before) => ({
    requestId: id,
    method,
    uri: shortened(uri),
    seconds: Math.round((nowMs - queuedAtMs) / 100) / 10,
    before,
  }));
}

/** The answer to a ping, with the counts that the master shows once a second. */
export function aliveMessage(
  pool: WorkerPool,
  counts: { readonly number: number; readonly requests: number; readonly load: LoadView },
): FromGateway {
  const { running, waiting: queued } = pool.assigner.dispatcher;
  const busy = [...pool.workers].filter((worker) => worker.busy > 0).length;
  return { type: 'alive', running, queued, busy, ...counts };
}
