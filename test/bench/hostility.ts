/**
 * A healthy probe among clients that mean no good, at full size: how long its answer takes, what
 * memory the gateway takes, and whether that comes back. The promise is a second.
 *
 * A client on its own would be turned away: the crowd comes from loopback, which has no limit of
 * its own.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { Crowd } from '../support/hostile-crowd.ts';
import { hostilities } from '../support/hostility.ts';
import { ask, inDirectory, print, whileServing } from './contest.ts';
import { memoryByRole } from './memory-use.ts';
import { python, reeve } from './servers.ts';

const port = 18_994;
const PROBES = 40;

const application = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'x' * 1000000 if environ['PATH_INFO'] == '/much' else b'well']
`;
const command = [
  ...[reeve, '--python', python, '--http', `127.0.0.1:${port}`, '--module', 'probes'],
  ...['--processes', '2', '--listen', '1024', '--queue-max', '100', '--disable-logging'],
];

await inDirectory({ 'probes.py': application }, async (directory) => {
  const rows: string[][] = [];
  await whileServing({ name: 'reeve', command }, directory, port, async (pid) => {
    rows.push(await row('nobody', pid, () => Promise.resolve()));
    for (const { what, begin } of hostilities) {
      using crowd = new Crowd(port);
      rows.push(await row(what, pid, () => begin(crowd, 1)));
    }
    await wait(5000);
    rows.push(await row('nobody any more', pid, () => Promise.resolve()));
  });
  print(['beside', 'probes answered', 'p50', 'longest', 'gateway'], rows);
});

/** Probes while the crowd comes, and after. */
async function row(what: string, pid: number, begin: () => Promise<void>): Promise<string[]> {
  const begun = begin();
  const times: number[] = [];
  let answered = 0;
  let most = 0;
  for (let count = 0; count < PROBES; count += 1) {
    const startMs = performance.now();
    if ((await ask(port)) !== undefined) answered += 1;
    times.push(performance.now() - startMs);
    most = Math.max(most, memoryByRole(pid).gateway / 1e6);
    await wait(50);
  }
  await begun;
  times.sort((one, other) => one - other);
  const ms = (value: number | undefined): string => `${(value ?? 0).toFixed(0)} ms`;
  const counts = `${answered} of ${PROBES}`;
  return [what, counts, ms(times[PROBES / 2]), ms(times.at(-1)), `${most.toFixed(0)} MB`];
}
