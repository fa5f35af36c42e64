/** What the master answers monitoring and load balancers: metrics, and whether it is well. */
import type { Fleet } from '../../supervision/fleet.ts';
import {
  metricsFormatFor,
  metricsText,
  metricsTypes,
  type MetricsFormat,
} from '../reporting/exposition.ts';
import { metricsOf } from '../reporting/metrics.ts';
import { whyNotAlive, whyNotReady } from '../reporting/readiness.ts';
import { snapshotOf, type FleetReport } from '../reporting/snapshot.ts';
import { memorySharesOf } from './memory-shares.ts';

/** The daemon, as far as it is asked here. */
export interface Watched {
  readonly fleet: Fleet;
  readonly report: () => Promise<FleetReport>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface InstanceFacts {
  readonly name: string;
  readonly version: string;
}

/** Each path of the listener; HEAD is answered as GET, without its body. */
export async function answerTo(
  path: string,
  accept: string,
  watched: Watched,
  facts: InstanceFacts,
): Promise<HttpAnswer> {
  switch (path) {
    case '/metrics': {
      const format = metricsFormatFor(accept);
      const body = await currentMetrics(watched, facts, format);
      return { status: 200, type: metricsTypes[format], body };
    }
    case '/livez':
      return health('alive', whyNotAlive(watched.fleet, (await watched.report()).reports));
    case '/readyz':
      return health('ready', whyNotReady(watched.fleet));
    default: {
      const body = 'Reeve has /metrics, /livez and /readyz here.\n';
      return { status: 404, type: 'text/plain; charset=utf-8', body };
    }
  }
}

function health(word: 'alive' | 'ready', reason: string): HttpAnswer {
  const isWell = reason === '';
  const body = `${JSON.stringify({ [word]: isWell, ...(isWell ? {} : { reason }) })}\n`;
  return { status: isWell ? 200 : 503, type: 'application/json', body };
}

/** The text of all metrics, as they are now. */
export async function currentMetrics(
  watched: Pick<Watched, 'report'>,
  facts: InstanceFacts,
  format: MetricsFormat,
): Promise<string> {
  const snapshot = snapshotOf(await watched.report());
  const pids = snapshot.generations
    .flatMap(({ workers }) => workers.map(({ pid }) => pid))
    .filter((pid) => pid !== null);
  const shares = await memorySharesOf(pids);
  return metricsText(metricsOf(snapshot, { ...facts, shares: (pid) => shares.get(pid) }), format);
}
