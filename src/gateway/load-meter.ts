/** How much the workers had to do since the last look: the master may want more of them. */

import type { LoadView } from '../protocol/gateway-views.ts';
import type { Router } from './exchange/router.ts';
import type { WorkerPool } from './workers/pool.ts';

export class LoadMeter {
  #seenAtMs: number;
  #ranMs = 0;

  constructor(nowMs: number) {
    this.#seenAtMs = nowMs;
  }

  look(pool: WorkerPool, router: Pick<Router, 'takeWaitedMs'>, nowMs: number): LoadView {
    const { oldest, waiting } = pool.assigner.dispatcher;
    const ranMs = pool.ranMs(nowMs);
    // What a worker that has ended was running is missing now.
    const busyMs = Math.max(ranMs - this.#ranMs, 0);
    const intervalMs = nowMs - this.#seenAtMs;
    this.#ranMs = ranMs;
    this.#seenAtMs = nowMs;
    const idle = [...pool.workers].filter(({ busy, takesRequests }) => busy === 0 && takesRequests);
    return {
      intervalMs: Math.round(intervalMs),
      busyMs: Math.round(busyMs),
      queued: waiting,
      waitedMaxMs: Math.round(
        Math.max(router.takeWaitedMs(), nowMs - (oldest?.queuedAtMs ?? nowMs)),
      ),
      idle: idle.map(({ generation, slot }) => ({ generation, slot })),
    };
  }
}
