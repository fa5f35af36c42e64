/**
 * One connection for each request, beside uWSGI: behind nginx by `uwsgi_pass` over a unix socket
 * and over TCP, by `proxy_pass` with and without kept connections, and direct with
 * `Connection: close`. 2 processes × 2 threads, no request lines, 16 connections of wrk, nginx
 * with one process. The servers take turns in one run, and the middle of what was seen counts.
 *
 * `short.ts [seconds] [rounds]`: how long each measurement takes (default 4), how often (3).
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { inDirectory, print, python, reeve, whileServing } from './contest.ts';
import { applicationFiles, applications, measure, median, moduleOf } from './load.ts';
import type { Measured } from './load.ts';

const [seconds = '4', rounds = '3'] = process.argv.slice(2);
const connections = 16;
/** nginx answers here by itself: it is up. */
const nginxPort = 18_980;
/** Behind nginx a server listens here where it does not listen on a unix socket. */
const serverPort = 18_981;

interface Way {
  readonly name: string;
  /** Where wrk asks. */
  readonly port: number;
  /** The option of uWSGI and of Reeve that makes the server's socket, with its address. */
  readonly listen: (directory: string) => readonly string[];
  /** What nginx does with a request; undefined: there is no nginx between. */
  readonly location: ((directory: string) => string) | undefined;
  readonly more?: readonly string[];
  /** Reeve's requests per second as a multiple of those of uWSGI in the same row of `beside`. */
  readonly goals: Readonly<Record<string, number>>;
  /** The way on which uWSGI is measured for the ratio, if it is not this one. */
  readonly beside?: string;
}

const atPort = `127.0.0.1:${serverPort}`;
const unixSocket = (directory: string): string => join(directory, 'app.sock');
const uwsgiUnix = 'nginx uwsgi_pass, unix';

const ways: readonly Way[] = [
  {
    name: uwsgiUnix,
    port: 18_982,
    listen: (directory) => ['--socket', unixSocket(directory), '--chmod-socket=666'],
    location: (directory) =>
      `uwsgi_pass unix:${unixSocket(directory)}; include /etc/nginx/uwsgi_params;`,
    goals: { flask: 0.85, hello: 0.6 },
  },
  {
    name: 'nginx uwsgi_pass, TCP',
    port: 18_983,
    listen: () => ['--socket', atPort],
    location: () => `uwsgi_pass ${atPort}; include /etc/nginx/uwsgi_params;`,
    goals: { flask: 0.85, hello: 0.6 },
  },
  {
    name: 'nginx proxy_pass, kept',
    port: 18_984,
    listen: () => ['--http-socket', atPort],
    location: () =>
      'proxy_pass http://kept; proxy_http_version 1.1; proxy_set_header Connection "";',
    goals: { flask: 1 },
    beside: uwsgiUnix,
  },
  {
    name: 'nginx proxy_pass, not kept',
    port: 18_985,
    listen: () => ['--http-socket', atPort],
    location: () => `proxy_pass http://${atPort};`,
    goals: { flask: 1, hello: 1 },
  },
  {
    name: 'http, Connection: close',
    port: 18_986,
    listen: () => ['--http', '127.0.0.1:18986'],
    location: undefined,
    more: ['-H', 'Connection: close'],
    goals: { flask: 1.2, hello: 1.2 },
  },
];

function nginxConfiguration(directory: string): string {
  const servers = ways.flatMap(({ port, location }) => {
    if (location === undefined) return [];
    return [`server { listen 127.0.0.1:${port}; location / { ${location(directory)} } }`];
  });
  return `
user root;
worker_processes 1;
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/nginx.log;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  uwsgi_temp_path ${directory}/uwsgi; fastcgi_temp_path ${directory}/fastcgi;
  scgi_temp_path ${directory}/scgi;
  upstream kept { server ${atPort}; keepalive 16; }
  server { listen 127.0.0.1:${nginxPort}; location / { return 200; } }
  ${servers.join('\n  ')}
}
`;
}

type Server = 'reeve' | 'uwsgi';

async function once(server: Server, way: Way, app: string, directory: string): Promise<Measured> {
  const pool = ['--module', moduleOf(app), '--master', '--processes', '2', '--threads', '2'];
  const words = [...way.listen(directory), ...pool, '--disable-logging', '--die-on-term'];
  const program = server === 'reeve' ? [reeve, '--python', python] : ['uwsgi'];
  const command = [...program, ...words];
  const { port, more = [] } = way;
  return whileServing({ name: server, command }, directory, port, async (pid) =>
    Promise.resolve(measure(pid, { port, connections, seconds, more })),
  );
}

async function compare(app: string, directory: string): Promise<void> {
  const seen = new Map<string, Measured[]>();
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const way of ways) {
      for (const server of ['reeve', 'uwsgi'] as const) {
        const key = `${server} ${way.name}`;
        seen.set(key, [...(seen.get(key) ?? []), await once(server, way, app, directory)]);
      }
    }
  }
  const rows = ways.map((way) => {
    const ours = median(seen.get(`reeve ${way.name}`) ?? []);
    const theirs = median(seen.get(`uwsgi ${way.name}`) ?? []);
    const peer = median(seen.get(`uwsgi ${way.beside ?? way.name}`) ?? []);
    const ratio = (ours?.perSecond ?? 0) / (peer?.perSecond ?? 0);
    const perSecond = [ours, theirs].map((each) => each?.perSecond.toFixed(0) ?? '');
    const micros = [ours, theirs].map((each) => each?.microsPerRequest ?? '');
    const errors = [ours, theirs].map((each) => each?.errors ?? '').join(' ');
    const goal = way.goals[app]?.toString() ?? '';
    return [way.name, ...perSecond, ratio.toFixed(2), goal, ...micros, errors];
  });
  console.log(`\n${app}, ${connections} connections, middle of ${rounds}`);
  const head = ['way', 'reeve/s', 'uwsgi/s', 'ratio', 'goal', 'CPU µs: reeve', 'uwsgi', ''];
  print(head, rows);
}

for (const program of ['wrk', 'nginx']) {
  if (spawnSync(program, ['-v']).error !== undefined) throw new Error(`${program} is missing`);
}
await inDirectory(applicationFiles, async (directory) => {
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, nginxConfiguration(directory));
  const nginx = { name: 'nginx', command: ['nginx', '-c', file, '-e', `${directory}/nginx.log`] };
  await whileServing(nginx, directory, nginxPort, async () => {
    for (const app of Object.keys(applications)) await compare(app, directory);
  });
});
