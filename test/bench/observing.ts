/**
 * What observing costs: the processor time of a request with metrics scraped each second, a label
 * and a health path that is checked each second, as a multiple of without, in one run; and what the
 * counting takes, which is always on.
 *
 * node test/bench/observing.ts [SECONDS [ROUNDS]]
 */
import { spawn } from 'node:child_process';

import { RequestTimes } from '../../src/gateway/measures/request-times.ts';
import { RouteLabels } from '../../src/gateway/measures/route-labels.ts';
import { inDirectory, inTurn, whileAllServe } from './contest.ts';
import { applicationFiles, measure, moduleOf, warmUp } from './load.ts';
import type { Measured } from './load.ts';
import { sum } from './processes.ts';
import { python, reeve } from './servers.ts';

const port = 18_960;
const metricsPort = port + 10;
const allowed = 1.02;
const [seconds = 4, rounds = 5] = process.argv.slice(2).map(Number);

const words = [
  ...[reeve, '--python', python, '--module', moduleOf('hello')],
  ...['--processes', '2', '--threads', '2', '--disable-logging'],
];
const servers = [
  { name: 'without', port, command: [...words, '--http', `127.0.0.1:${port}`] },
  {
    name: 'with',
    port: port + 1,
    command: [
      ...[...words, '--http', `127.0.0.1:${port + 1}`, '--metrics', `127.0.0.1:${metricsPort}`],
      ...['--metrics-label', 'home ^/$', '--health-path', '/healthz'],
    ],
  },
];

/** In a process of its own: a load of wrk is waited for. */
const scraping = spawn('sh', [
  '-c',
  'while sleep 1; do curl -s "$0" "$1" >/dev/null; done',
  ...urls(),
]);

function urls(): readonly string[] {
  return [`http://127.0.0.1:${metricsPort}/metrics`, `http://127.0.0.1:${port + 1}/healthz`];
}

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

/** Processor time of a request in µs, the median of all rounds. */
function micros(seen: readonly Measured[]): number {
  const each = seen
    .map(({ processorSeconds, requests }) => (sum(processorSeconds) / requests) * 1e6)
    .sort((a, b) => a - b);
  return each[Math.floor(each.length / 2)] ?? Number.NaN;
}

await inDirectory(applicationFiles, async (directory) => {
  await whileAllServe(servers, directory, async (pids) => {
    for (const each of servers) warmUp({ port: each.port, connections: 16, seconds });
    const seen = await inTurn(servers, rounds, (server) =>
      measure(pids.get(server.name) ?? 0, { port: server.port, connections: 16, seconds }),
    );
    const [without, withAll] = servers.map((each) => micros(seen.get(each) ?? []));
    const ratio = (withAll ?? 0) / (without ?? 1);
    const both = `without ${without?.toFixed(1)} µs, with ${withAll?.toFixed(1)} µs`;
    const asked = `${ratio.toFixed(3)} (at most ${allowed})`;
    process.stdout.write(`processor time of a request: ${both}: ${asked}\n`);
    process.stdout.write(`counting takes ${countingNs().toFixed(0)} ns of it\n`);
    process.exitCode = ratio <= allowed ? 0 : 1;
  });
});
scraping.kill();
