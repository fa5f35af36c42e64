/**
 * Requests per second beside the peers: hello WSGI and hello Flask, 2 processes × 2 threads, no
 * request lines, 16 and 64 keep-alive connections of wrk. The servers take turns, several rounds in
 * one run, and the middle of what was seen counts: a neighbour's noise then meets all alike.
 *
 * `throughput.ts [seconds] [rounds] [words]`: how long each measurement takes (default 4), how
 * often (3), and which of them: "flask 16 reeve granian"; without a word of a kind, all of it.
 */
import { spawnSync } from 'node:child_process';

import { contenders, inDirectory, isHere, print, uwsgi, whileServing } from './contest.ts';
import type { Contender } from './contest.ts';
import { applicationFiles, applications, measure, median, moduleOf } from './load.ts';
import type { Measured } from './load.ts';

const port = 18_991;
const [seconds = '4', rounds = '3', words = ''] = process.argv.slice(2);

/** What must be reached: Reeve's requests per second as a multiple of each peer's. */
const goals: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  hello: { 'uwsgi --http': 2.5, 'uwsgi --http --http-keepalive': 1.5 },
  flask: { 'uwsgi --http': 1.8, 'uwsgi --http --http-keepalive': 1.3, granian: 0.85 },
};

function contendersFor(app: string): readonly Contender[] {
  const hosted = { port, module: moduleOf(app), threads: 2 };
  return [...contenders(hosted), uwsgi(hosted)];
}

/** One measurement of a server; a sentence when it could not be had. */
async function attempt(
  contender: Contender,
  directory: string,
  connections: number,
): Promise<Measured | string> {
  if (!isHere(contender)) return 'missing';
  try {
    return await whileServing(contender, directory, port, async (pid) => {
      return Promise.resolve(measure(pid, { port, connections, seconds }));
    });
  } catch (error) {
    return `missing: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function table(app: string, connections: number, directory: string): Promise<void> {
  const asked = contendersFor(app).filter(({ name }) =>
    isAsked('reeve uwsgi gunicorn granian', name),
  );
  const seen = new Map<Contender, Measured[]>(asked.map((each) => [each, []]));
  const problems = new Map<Contender, string>();
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const [contender, all] of seen) {
      const result = await attempt(contender, directory, connections);
      if (typeof result === 'string') problems.set(contender, result);
      else all.push(result);
    }
  }
  const ours = median([...seen].find(([{ name }]) => name === 'reeve')?.[1] ?? []);
  const rows = [...seen].map(([contender, all]) => {
    const middle = median(all);
    if (middle === undefined) return [contender.name, problems.get(contender) ?? ''];
    const { perSecond, p50, p99, microsPerRequest, errors } = middle;
    const ratio = ours === undefined ? '' : (ours.perSecond / perSecond).toFixed(2);
    const goal = goals[app]?.[contender.name]?.toString() ?? '';
    return [contender.name, perSecond.toFixed(0), ratio, goal, p50, p99, microsPerRequest, errors];
  });
  console.log(`\n${app}, ${connections} connections, middle of ${rounds}`);
  const head = ['server', 'requests/s', 'reeve ÷ it', 'goal', 'p50', 'p99', 'CPU µs a request', ''];
  print(head, rows);
}

/** Whether `value` is among the words of its kind, or none of that kind was said. */
function isAsked(kind: string, value: string): boolean {
  const said = words.split(/[ ,]+/).filter((word) => kind.split(' ').includes(word));
  return said.length === 0 || said.some((word) => value.includes(word));
}

if (spawnSync('wrk', ['--version']).error !== undefined) throw new Error('wrk is missing');
await inDirectory(applicationFiles, async (directory) => {
  for (const app of Object.keys(applications)) {
    for (const connections of [16, 64]) {
      const isWanted = isAsked('hello flask', app) && isAsked('16 64', String(connections));
      if (isWanted) await table(app, connections, directory);
    }
  }
});
