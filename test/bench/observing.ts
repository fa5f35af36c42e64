/**
 * What observing costs: the processor time of a request with all of it on (metrics and stats that
 * are read every three seconds, as uwsgitop does, a health path that is asked each second, a label,
 * a statsd, a memory limit), and with the options that watch memory and the log, each as a multiple
 * of without, in turn in one run; and what the counting takes, which is always on. A second server
 * without shows how far two of the same differ on this machine.
 *
 * node test/bench/observing.ts [SECONDS [ROUNDS]]
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';

import { RequestTimes } from '../../src/gateway/measures/request-times.ts';
import { RouteLabels } from '../../src/gateway/measures/route-labels.ts';
import { inDirectory, inTurn, whileAllServe } from './contest.ts';
import { applicationFiles, measure, moduleOf, warmUp } from './load.ts';
import type { Measured } from './load.ts';
import { sum } from './processes.ts';
import { python, reeve } from './servers.ts';

const port = 18_960;
const metricsPort = port + 10;
const statsPort = port + 11;
const otherStatsPort = port + 12;
const statsdPort = port + 13;
const [seconds = 2, rounds = 15] = process.argv.slice(2).map(Number);

function serverAt(at: number, name: string, more: readonly string[]) {
  const command = [
    ...[reeve, '--python', python, '--module', moduleOf('hello')],
    ...['--processes', '2', '--threads', '2', '--http', `127.0.0.1:${port + at}`, ...more],
  ];
  return { name, port: port + at, command };
}

const readStats = (at: number) => ['--stats', `127.0.0.1:${at}`, '--stats-http'];
const [quiet, observed, logging, watched, again] = [
  serverAt(0, 'without', ['--disable-logging']),
  serverAt(1, 'all of it', [
    ...['--disable-logging', '--metrics', `127.0.0.1:${metricsPort}`, ...readStats(statsPort)],
    ...['--metrics-label', 'home ^/$', '--health-path', '/healthz', '--reload-on-rss', '1000'],
    ...['--stats-push', `statsd:127.0.0.1:${statsdPort}`, '--stats-pusher-default-freq', '1'],
  ]),
  serverAt(2, 'with a log', ['--logto', 'without.log']),
  serverAt(3, 'stats, memory-report, log-maxsize, reload-on-rss', [
    ...['--logto', 'watched.log', '--log-maxsize', '100000000', '--memory-report'],
    ...['--reload-on-rss', '1000', ...readStats(otherStatsPort)],
  ]),
  serverAt(4, 'without again', ['--disable-logging']),
];
const servers = [quiet, observed, logging, watched, again];
/** Processor time with, as a multiple of without; 1/0.98 is 0.98 of the throughput. */
const pairs = [
  { without: quiet, withAll: observed, allowed: 1.02 },
  { without: logging, withAll: watched, allowed: 1 / 0.98 },
  { without: quiet, withAll: again, allowed: Infinity },
] as const;

/** In a process of its own: a load of wrk is waited for. */
const asking = spawn('sh', [
  '-c',
  'health=$1; shift; for second in $(seq 3600); do sleep 1; curl -s "$health"; ' +
    '[ $((second % 3)) = 0 ] || continue; for url; do curl -s "$url"; done; done >/dev/null',
  'asking',
  `http://127.0.0.1:${observed.port}/healthz`,
  `http://127.0.0.1:${metricsPort}/metrics`,
  `http://127.0.0.1:${statsPort}/`,
  `http://127.0.0.1:${otherStatsPort}/`,
]);
/** What nobody reads is dropped, as with a statsd that is busy. */
const statsd = createSocket('udp4').bind(statsdPort, '127.0.0.1');

/** What one request costs the counting, in ns. */
function countingNs(): number {
  const times = new RequestTimes([''], new RouteLabels(['home ^/$']));
  const count = (): void => {
    const kind = times.kindOf(0, '/', 200);
    kind.ran(1.5);
    kind.waited(0.1);
    kind.sent(6);
  };
  const many = 2_000_000;
  for (let at = 0; at < many; at += 1) count();
  const beganAtMs = performance.now();
  for (let at = 0; at < many; at += 1) count();
  return ((performance.now() - beganAtMs) * 1e6) / many;
}

/** Processor time of a request in µs, in each round. */
function micros(seen: readonly Measured[]): readonly number[] {
  return seen.map(({ processorSeconds, requests }) => (sum(processorSeconds) / requests) * 1e6);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function limitOf(allowed: number): string {
  return Number.isFinite(allowed) ? ` (at most ${allowed.toFixed(3)})` : '';
}

try {
  await inDirectory(applicationFiles, contest);
} finally {
  asking.kill();
  statsd.close();
}

async function contest(directory: string): Promise<void> {
  await whileAllServe(servers, directory, async (pids) => {
    for (const each of servers) warmUp({ port: each.port, connections: 16, seconds });
    const seen = await inTurn(servers, rounds, (server) =>
      measure(pids.get(server.name) ?? 0, { port: server.port, connections: 16, seconds }),
    );
    for (const { without, withAll, allowed } of pairs) {
      const [before, after] = [micros(seen.get(without) ?? []), micros(seen.get(withAll) ?? [])];
      // Round by round: what else the machine does changes, and is nearly the same in one round.
      const ratio = median(after.map((each, round) => each / (before[round] ?? Number.NaN)));
      const times = [before, after].map((each) => `${median(each).toFixed(1)} µs`);
      const both = `${without.name} ${times[0]}, ${withAll.name} ${times[1]}`;
      const asked = `${ratio.toFixed(3)}${limitOf(allowed)}`;
      process.stdout.write(`processor time of a request: ${both}: ${asked}\n`);
      if (ratio > allowed) process.exitCode = 1;
    }
    process.stdout.write(`counting takes ${countingNs().toFixed(0)} ns of it\n`);
  });
}
