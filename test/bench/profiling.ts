/**
 * What `reeve profile` costs: the processor time of a request while a profile is taken, as a
 * multiple of without, in turn in one run, of one instance.
 *
 * node test/bench/profiling.ts [SECONDS [ROUNDS [APPLICATION [THREADS]]]]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { inDirectory, inTurn, whileAllServe } from './contest.ts';
import { applicationFiles, measure, moduleOf, warmUp } from './load.ts';
import type { Measured } from './load.ts';
import { sum } from './processes.ts';
import { python, reeve } from './servers.ts';

const port = 18_980;
const allowed = 1.02;
const [, , first, second, application = 'flask', threads = '2'] = process.argv;
const seconds = Number(first ?? 4);
const rounds = Number(second ?? 7);

/** Processor time of each request in µs, by rounds. */
function micros(seen: readonly Measured[]): readonly number[] {
  return seen.map(({ processorSeconds, requests }) => (sum(processorSeconds) / requests) * 1e6);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Takes a profile that lasts longer than the load, and begins before it. */
async function profiled(control: string, load: () => Measured): Promise<Measured> {
  const words = ['profile', '--seconds', String(seconds + 3), '--format', 'collapsed', control];
  const command = spawn(reeve, words, { stdio: 'ignore' });
  const ended = once(command, 'exit');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const seen = load();
  const [code] = await ended;
  if (code !== 0) throw new Error(`reeve profile ended with ${code}`);
  return seen;
}

await inDirectory(applicationFiles, async (directory) => {
  const control = join(directory, 'control');
  const server = {
    name: 'reeve',
    port,
    command: [
      ...[reeve, '--python', python, '--module', moduleOf(application)],
      ...['--processes', '2', '--threads', threads, '--disable-logging'],
      ...['--http', `127.0.0.1:${port}`, '--control-socket', control],
    ],
  };
  await whileAllServe([server], directory, async (pids) => {
    const load = { port, connections: 16, seconds };
    warmUp(load);
    const ways = [{ name: 'without' }, { name: 'with' }];
    const pid = pids.get(server.name) ?? 0;
    const seen = await inTurn(ways, rounds, ({ name }) =>
      name === 'with' ? profiled(control, () => measure(pid, load)) : measure(pid, load),
    );
    const [without = [], during = []] = ways.map((way) => micros(seen.get(way) ?? []));
    // Of each pair of loads, one right after the other: the machine is the same for both.
    const ratio = median(during.map((each, round) => each / (without[round] ?? Number.NaN)));
    const [before, beside] = [median(without), median(during)].map((each) => each.toFixed(1));
    const both = `without ${before} µs, during a profile ${beside} µs`;
    const what = `${application}, ${threads} threads`;
    process.stdout.write(`${what}: ${both}: ${ratio.toFixed(3)} (at most ${allowed})\n`);
    process.exitCode = ratio <= allowed ? 0 : 1;
  });
});
