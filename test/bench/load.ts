/** A load of wrk on a server: what it saw, and the processor time that each request took. */
import { spawnSync } from 'node:child_process';

import { family, processorSeconds } from './contest.ts';

export const applications: Readonly<Record<string, string>> = {
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

/** Not `flask`, which would be imported in place of Flask. */
export const moduleOf = (app: string): string => `bench_${app}`;

/** The files that serve the applications, by name. */
export const applicationFiles: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(applications).map(([name, text]) => [`${moduleOf(name)}.py`, text]),
);

export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly seconds: string;
  /** Words of wrk beside those, such as a header. */
  readonly more?: readonly string[];
}

/** What a load has seen. */
export interface Measured {
  readonly perSecond: number;
  readonly p50: string;
  readonly p99: string;
  readonly errors: string;
  readonly microsPerRequest: string;
}

/** Loads the server that was started as `pid`, after a second in which all is loaded once. */
export function measure(pid: number, load: Load): Measured {
  const { port, connections, seconds, more = [] } = load;
  const url = `http://127.0.0.1:${port}/`;
  spawnSync('wrk', ['-t1', '-c4', '-d1s', ...more, url]);
  const before = processorSeconds(family(pid));
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...more, url];
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

/** The measurement in the middle. */
export function median(seen: readonly Measured[]): Measured | undefined {
  const sorted = seen.toSorted((one, other) => one.perSecond - other.perSecond);
  return sorted[Math.floor(sorted.length / 2)];
}
