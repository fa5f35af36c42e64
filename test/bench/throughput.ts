/**
 * Requests per second beside the peers: hello WSGI and hello Flask, 2 processes × 2 threads, no
 * request lines, 16 and 64 keep-alive connections of wrk. The servers take turns, several rounds in
 * one run, and the middle of what was seen counts: a neighbour's noise then meets all alike.
 *
 * `throughput.ts [seconds] [rounds] [words]`: how long each measurement takes (default 4), how
 * often (3), and which of them: "flask 16 reeve granian"; without a word of a kind, all of it.
 */
import { spawnSync } from 'node:child_process';

import {
  contenders,
  family,
  inDirectory,
  isHere,
  print,
  processorSeconds,
  uwsgi,
  whileServing,
} from './contest.ts';
import type { Contender } from './contest.ts';

const port = 18_991;
const [seconds = '4', rounds = '3', words = ''] = process.argv.slice(2);

const applications: Readonly<Record<string, string>> = {
  hello: `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '6')])
    return [b'hello\\n']
`,
  flask: `
from flask import Flask
application = Flask(__name__)
@application.route('/')
def hello():
    return 'hello\\n'
`,
};

/** What must be reached: Reeve's requests per second as a multiple of each peer's. */
const goals: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  hello: { 'uwsgi --http': 2.5, 'uwsgi --http --http-keepalive': 1.5 },
  flask: { 'uwsgi --http': 1.8, 'uwsgi --http --http-keepalive': 1.3, granian: 0.85 },
};

/** Not `flask`, which would be imported in place of Flask. */
const moduleOf = (app: string): string => `bench_${app}`;

function contendersFor(app: string): readonly Contender[] {
  const hosted = { port, module: moduleOf(app), threads: 2 };
  return [...contenders(hosted), uwsgi(hosted)];
}

interface Measured {
  readonly perSecond: number;
  readonly p50: string;
  readonly p99: string;
  readonly errors: string;
  readonly microsPerRequest: string;
}

function measure(pid: number, connections: number): Measured {
  const before = processorSeconds(family(pid));
  const url = `http://127.0.0.1:${port}/`;
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', url];
  const { stdout } = spawnSync('wrk', args, { encoding: 'utf8' });
  const after = processorSeconds(family(pid));
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  const used = [...after].map(([who, end]) => end - (before.get(who) ?? 0));
  const micros = used
    .filter((each) => each > 0.05)
    .map((each) => ((each * 1e6) / requests).toFixed(0));
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0),
    p50: /\n\s+50%\s+(\S+)/.exec(stdout)?.[1] ?? '',
    p99: /\n\s+99%\s+(\S+)/.exec(stdout)?.[1] ?? '',
    errors: /(Socket errors|Non-2xx).*/.exec(stdout)?.[0] ?? '',
    microsPerRequest: micros.join('+'),
  };
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
      spawnSync('wrk', ['-t1', '-c4', '-d1s', `http://127.0.0.1:${port}/`]); // All is loaded once.
      return Promise.resolve(measure(pid, connections));
    });
  } catch (error) {
    return `missing: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The measurement in the middle. */
function median(seen: readonly Measured[]): Measured | undefined {
  const sorted = seen.toSorted((one, other) => one.perSecond - other.perSecond);
  return sorted[Math.floor(sorted.length / 2)];
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
const files = Object.entries(applications).map(
  ([name, text]) => [`${moduleOf(name)}.py`, text] as const,
);
await inDirectory(Object.fromEntries(files), async (directory) => {
  for (const app of Object.keys(applications)) {
    for (const connections of [16, 64]) {
      const isWanted = isAsked('hello flask', app) && isAsked('16 64', String(connections));
      if (isWanted) await table(app, connections, directory);
    }
  }
});
