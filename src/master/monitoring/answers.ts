/** What the master answers at `metrics`: figures, whether it is well, and the status page. */
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
import { pageStatusOf } from '../../views/page-status.ts';
import type { HistoryPoint } from '../../views/history.ts';
import type { Evidence } from '../../protocol/stacks-view.ts';
import type { Findings } from './findings.ts';
import { memorySharesOf } from './memory-shares.ts';
import { audienceOf, pageRefusal, type PageAsked, type PageTerms } from './page-access.ts';
import { statusPage } from './status-page.ts';

/** The daemon, as far as it is asked here. */
export interface Watched {
  readonly fleet: () => Fleet;
  readonly report: () => Promise<FleetReport>;
  /** What `reeve why` looks at beside the snapshot. */
  readonly evidence: () => Promise<Evidence>;
}

/** What a client asks, as far as it counts here; '' for a header that is missing. */
export interface HttpAsked extends Omit<PageAsked, 'path'> {
  readonly path: string;
  readonly accept: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface InstanceFacts {
  readonly name: string;
  readonly version: string;
}

/** Each path of the listener; HEAD is answered as GET, without its body. */
export async function answerTo(
  asked: HttpAsked,
  watched: Watched,
  facts: InstanceFacts,
  terms: PageTerms & { readonly findings: Findings; readonly history: readonly HistoryPoint[] },
): Promise<HttpAnswer> {
  const { path } = asked;
  switch (path) {
    case '/':
    case '/status.json': {
      const refusal = pageRefusal({ ...asked, path }, terms);
      if (refusal !== '') return text(403, refusal);
      if (path === '/') return await thePage();
      const snapshot = snapshotOf(await watched.report());
      const audience = audienceOf(asked);
      const isLocal = audience === 'local';
      const findings = isLocal ? await terms.findings.of(snapshot, watched.evidence) : null;
      const { history } = terms;
      const status = pageStatusOf(snapshot, { ...facts, findings, history, audience });
      const body = `${JSON.stringify(status)}\n`;
      return { status: 200, type: 'application/json', body, headers: closed };
    }
    case '/metrics': {
      const format = metricsFormatFor(asked.accept);
      const body = await currentMetrics(watched, facts, format);
      return { status: 200, type: metricsTypes[format], body };
    }
    case '/livez':
      return health('alive', whyNotAlive(watched.fleet(), (await watched.report()).reports));
    case '/readyz':
      return health('ready', whyNotReady(watched.fleet()));
    default:
      return text(404, 'Reeve has /metrics, /livez, /readyz and the status page / here.');
  }
}

/** For what no page of somebody else may load, show in a frame, or read. */
const closed: Readonly<Record<string, string>> = {
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
};

function text(status: number, sentence: string): HttpAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: `${sentence}\n`, headers: closed };
}

/** It is the same for everybody: what it shows it asks for. */
async function thePage(): Promise<HttpAnswer> {
  const { html, policy } = await statusPage();
  const headers = { ...closed, 'Content-Security-Policy': policy };
  return { status: 200, type: 'text/html; charset=utf-8', body: html, headers };
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
