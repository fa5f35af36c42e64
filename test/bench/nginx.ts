/** nginx with one process before the servers: each way to each server at a port of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { whileServing } from './contest.ts';
import type { Place } from './servers.ts';

/** nginx answers here by itself: it is up. */
const ownPort = 18_980;

/** How a request gets from nginx to a server. */
export type Passing = 'uwsgi-unix' | 'uwsgi-tcp' | 'http-kept' | 'http';

export interface Front {
  /** Where nginx listens for it; the server behind it listens on the next port, or on a socket. */
  readonly port: number;
  readonly passing: Passing;
}

function socketOf({ port }: Front, directory: string): string {
  return join(directory, `${port}.sock`);
}

/** Where a server listens so that nginx finds it. */
export function behind(front: Front, directory: string): Place {
  const { port, passing } = front;
  const bind = `127.0.0.1:${port + 1}`;
  const socket = socketOf(front, directory);
  const options: Readonly<Record<Passing, readonly string[]>> = {
    'uwsgi-unix': ['--socket', socket, '--chmod-socket=666'],
    'uwsgi-tcp': ['--socket', bind],
    'http-kept': ['--http-socket', bind],
    http: ['--http-socket', bind],
  };
  return { options: options[passing], bind, port };
}

function serverBlock(front: Front, directory: string): string {
  const { port, passing } = front;
  const at = `127.0.0.1:${port + 1}`;
  const keeping = 'proxy_http_version 1.1; proxy_set_header Connection "";';
  const toUwsgi = 'include /etc/nginx/uwsgi_params;';
  const locations: Readonly<Record<Passing, string>> = {
    'uwsgi-unix': `uwsgi_pass unix:${socketOf(front, directory)}; ${toUwsgi}`,
    'uwsgi-tcp': `uwsgi_pass ${at}; ${toUwsgi}`,
    'http-kept': `proxy_pass http://kept_${port}; ${keeping}`,
    http: `proxy_pass http://${at};`,
  };
  return `
  upstream kept_${port} { server ${at}; keepalive 16; }
  server { listen 127.0.0.1:${port}; location / { ${locations[passing]} } }`;
}

function configuration(fronts: readonly Front[], directory: string): string {
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
  server { listen 127.0.0.1:${ownPort}; location / { return 200; } }
  ${fronts.map((front) => serverBlock(front, directory)).join('')}
}
`;
}

/** Its settings are Debian's defaults, but for the log of requests. */
export async function whileNginx<T>(
  fronts: readonly Front[],
  directory: string,
  look: () => Promise<T>,
): Promise<T> {
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, configuration(fronts, directory));
  const command = ['nginx', '-c', file, '-e', join(directory, 'nginx.log')];
  return whileServing({ name: 'nginx', command }, directory, ownPort, look);
}
