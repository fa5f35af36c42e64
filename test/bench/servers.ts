/** The commands of Reeve and its peers, for one application in the same number of processes. */
import { resolve } from 'node:path';

import type { Contender } from './contest.ts';
import type { ServerName } from './report.ts';

export const reeve: string = resolve(import.meta.dirname, '../../dist/reeve');
export const python: string = process.env['REEVE_TEST_PYTHON'] ?? 'python3';

export interface Server extends Contender {
  readonly name: ServerName;
  readonly port: number;
}

export interface Hosted {
  /** The servers listen from here on, one port each. */
  readonly port: number;
  /** A Python module in the directory; its callable is `application`. */
  readonly module: string;
  readonly processes?: number;
  readonly threads: number;
}

/** How the clients reach a server: by options of uWSGI, or where the others listen. */
export interface Place {
  readonly options: readonly string[];
  readonly bind: string;
  /** Where it can be asked for something, directly or through a front server. */
  readonly port: number;
}

const over = (port: number): Place => ({
  options: ['--http', `127.0.0.1:${port}`],
  bind: `127.0.0.1:${port}`,
  port,
});

/** The options of uWSGI that Reeve takes as well. */
function words({ module, processes = 2, threads }: Hosted): readonly string[] {
  const pool = ['--master', '--processes', String(processes), '--threads', String(threads)];
  return ['--module', module, ...pool, '--disable-logging'];
}

/** One of the servers, at a place: no request lines, connections kept where the client wants it. */
export function serverAt(name: ServerName, hosted: Hosted, place: Place): Server {
  const { port, bind, options } = place;
  const { module, processes = 2, threads } = hosted;
  const count = [String(processes), String(threads)] as const;
  const target = `${module}:application`;
  const uwsgi = ['uwsgi', ...options, ...words(hosted), '--die-on-term', '--auto-procname'];
  const commands: Readonly<Record<ServerName, readonly string[]>> = {
    reeve: [reeve, '--python', python, ...options, ...words(hosted)],
    uwsgi,
    'uwsgi-kept': [...uwsgi, '--http-keepalive'],
    gunicorn: [
      ...['gunicorn', '-b', bind, '-w', count[0], '-k', 'gthread', '--threads', count[1]],
      ...['--keep-alive', '60', target],
    ],
    granian: [
      ...['granian', '--interface', 'wsgi', '--port', bind.split(':')[1] ?? '', '--workers'],
      ...[count[0], '--blocking-threads', count[1], '--no-access-log', target],
    ],
  };
  return { name, port, command: commands[name] };
}

/** All of them, answering HTTP on a port each; uWSGI with connections that are kept. */
export function contenders(hosted: Hosted): readonly Server[] {
  const names = ['reeve', 'uwsgi-kept', 'gunicorn', 'granian'] as const;
  return names.map((name, at) => {
    const server = serverAt(name, hosted, over(hosted.port + at));
    return name === 'uwsgi-kept' ? { ...server, name: 'uwsgi' } : server;
  });
}

/** uWSGI as it is started most often: with a router that closes after each response. */
export function uwsgi(hosted: Hosted): Server {
  return serverAt('uwsgi', hosted, over(hosted.port));
}
