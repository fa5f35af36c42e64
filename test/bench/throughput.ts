/**
 * Requests per second beside the peers: hello WSGI and hello Flask, 2 processes × 2 threads, no
 * request lines, 16 and 64 keep-alive connections of wrk. Each server in turn, in one run.
 *
 * `throughput.ts [seconds] [word]`: how long each measurement takes (default 5), and which servers.
 */
import { spawnSync } from 'node:child_process';

import {
  family,
  inDirectory,
  isHere,
  print,
  processorSeconds,
  reeve,
  whileServing,
} from './contest.ts';
import type { Contender } from './contest.ts';

const port = 18_991;
const [seconds = '5', word = ''] = process.argv.slice(2);
const python = process.env['REEVE_TEST_PYTHON'] ?? 'python3';

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

function contendersFor(app: string): readonly Contender[] {
  const at = `127.0.0.1:${port}`;
  const common = ['--module', app, '--master', '--processes', '2', '--threads', '2'];
  const quiet = [...common, '--disable-logging'];
  const gunicorn = ['gunicorn', '-b', at, '-w', '2', '--threads', '2', '--keep-alive', '60'];
  const granian = ['granian', '--interface', 'wsgi', '--port', String(port), '--workers', '2'];
  return [
    { name: 'reeve', command: [reeve, '--python', python, '--http', at, ...quiet] },
    { name: 'uwsgi --http', command: ['uwsgi', '--http', at, ...quiet] },
    {
      name: 'uwsgi --http-keepalive',
      command: ['uwsgi', '--http', at, '--http-keepalive', ...quiet],
    },
    { name: 'gunicorn gthread', command: [...gunicorn, `${app}:application`] },
    {
      name: 'granian',
      command: [...granian, '--blocking-threads', '2', '--no-access-log', `${app}:application`],
    },
  ].filter(({ name }) => name.includes(word));
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
    p50: /50%\s+(\S+)/.exec(stdout)?.[1] ?? '',
    p99: /99%\s+(\S+)/.exec(stdout)?.[1] ?? '',
    errors: /(Socket errors|Non-2xx).*/.exec(stdout)?.[0] ?? '',
    microsPerRequest: micros.join('+'),
  };
}

if (spawnSync('wrk', ['--version']).error !== undefined) throw new Error('wrk is missing');
const files = Object.entries(applications).map(([name, text]) => [`${name}.py`, text] as const);
await inDirectory(Object.fromEntries(files), async (directory) => {
  for (const app of Object.keys(applications)) {
    for (const connections of [16, 64]) {
      const rows: string[][] = [];
      let first = 0;
      for (const contender of contendersFor(app)) {
        if (!isHere(contender)) {
          rows.push([contender.name, 'missing']);
          continue;
        }
        const seen = await whileServing(contender, directory, port, async (pid) => {
          measure(pid, 4); // Everything has been loaded once.
          return Promise.resolve(measure(pid, connections));
        });
        first ||= seen.perSecond;
        const ratio = (first / seen.perSecond).toFixed(2);
        const { p50, p99, microsPerRequest, errors } = seen;
        rows.push([
          contender.name,
          seen.perSecond.toFixed(0),
          ratio,
          p50,
          p99,
          microsPerRequest,
          errors,
        ]);
      }
      console.log(`\n${app}, ${connections} connections`);
      print(['server', 'requests/s', 'first ÷ it', 'p50', 'p99', 'CPU µs a request', ''], rows);
    }
  }
});
