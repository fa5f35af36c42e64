/**
 * One connection for each request: behind nginx by `uwsgi_pass` over a unix socket and over TCP, by
 * `proxy_pass` with and without kept connections, and direct with `Connection: close`. 16
 * connections of wrk, nginx with one process.
 */
import { inDirectory, inTurn, whileAllServe } from './contest.ts';
import type { Terms } from './contest.ts';
import { per } from './kept.ts';
import { applicationFiles, applications, measure, moduleOf } from './load.ts';
import { processorOf, rateOf, warmUp } from './load.ts';
import type { Measured } from './load.ts';
import { behind, whileNginx } from './nginx.ts';
import type { Passing } from './nginx.ts';
import type { PerServer, Row, ServerName } from './report.ts';
import { serverAt } from './servers.ts';
import type { Place, Server } from './servers.ts';

const connections = 16;

export const about =
  'One connection for each request, 16 clients at a time, 2 processes × 2 threads; nginx has one ' +
  'process. The processor time is that of the server, without nginx. `proxy_pass` with kept ' +
  'connections is compared with uWSGI behind `uwsgi_pass` on a unix socket, as its http-socket ' +
  'keeps none.';

interface Way {
  readonly name: string;
  /** What nginx does with a request; undefined: there is no nginx between. */
  readonly passing: Passing | undefined;
  readonly servers: readonly ServerName[];
  /** For each server two ports, from here. */
  readonly port: number;
  /** Reeve's requests per second as a multiple of uWSGI's. */
  readonly goals: Readonly<Record<string, number>>;
  readonly beside?: string;
}

const all = ['reeve', 'uwsgi', 'gunicorn', 'granian'] as const;
const unix = 'nginx uwsgi_pass, unix';

const ways: readonly Way[] = [
  {
    ...{ name: unix, passing: 'uwsgi-unix', port: 18_910 },
    ...{ servers: ['reeve', 'uwsgi'], goals: { flask: 0.85, hello: 0.6 } },
  },
  {
    ...{ name: 'nginx uwsgi_pass, TCP', passing: 'uwsgi-tcp', port: 18_920 },
    ...{ servers: ['reeve', 'uwsgi'], goals: { flask: 0.85, hello: 0.6 } },
  },
  {
    ...{ name: 'nginx proxy_pass, kept', passing: 'http-kept', port: 18_930 },
    ...{ servers: all, goals: { flask: 1 }, beside: unix },
  },
  {
    ...{ name: 'nginx proxy_pass, not kept', passing: 'http', port: 18_940 },
    ...{ servers: all, goals: { flask: 1, hello: 1 } },
  },
  {
    ...{ name: 'http, Connection: close', passing: undefined, port: 18_950 },
    ...{ servers: all, goals: { flask: 1.2, hello: 1.2 } },
  },
];

const closing = ['-H', 'Connection: close'];

/** Where the servers of a way listen, by their names. */
function placeOf(way: Way, name: ServerName, directory: string): Place {
  const port = way.port + 2 * all.findIndex((each) => each === name);
  if (way.passing !== undefined) return behind({ port, passing: way.passing }, directory);
  const bind = `127.0.0.1:${port}`;
  return { options: ['--http', bind], bind, port };
}

type Seen = ReadonlyMap<Server, readonly Measured[]>;

async function seenOn(way: Way, app: string, directory: string, terms: Terms): Promise<Seen> {
  const { seconds, rounds, isAsked } = terms;
  const hosted = { port: 0, module: moduleOf(app), threads: 2 };
  const servers = way.servers
    .filter(isAsked)
    .map((name) => serverAt(name, hosted, placeOf(way, name, directory)));
  return whileAllServe(servers, directory, async (pids) => {
    const here = servers.filter(({ name }) => pids.has(name));
    const more = way.passing === undefined ? closing : [];
    for (const { port } of here) warmUp({ port, connections, seconds, more });
    return inTurn(here, rounds, ({ name, port }) =>
      measure(pids.get(name) ?? 0, { port, connections, seconds, more }),
    );
  });
}

function rowsOf(way: Way, app: string, seen: Seen): readonly [Row, Row] {
  const title = app === 'flask' ? 'Flask' : app;
  const what = `${title}, ${way.name}`;
  const goal = way.goals[app];
  const goals: PerServer<number> = goal === undefined ? {} : { uwsgi: goal };
  return [
    {
      ...{ part: 'short', what, unit: 'requests/s', better: 'more', goals },
      ...{ figures: per(seen, rateOf) },
      ...(way.beside === undefined ? {} : { beside: `${title}, ${way.beside}` }),
    },
    {
      ...{ part: 'short', what: `${what}: processor time`, unit: 'µs/request', better: 'less' },
      ...{ figures: per(seen, processorOf) },
    },
  ];
}

export async function run(terms: Terms): Promise<readonly Row[]> {
  const rows: (readonly [Row, Row])[] = [];
  await inDirectory(applicationFiles, async (directory) => {
    const fronts = ways.flatMap(({ passing, port }) =>
      passing === undefined ? [] : all.map((_, at) => ({ port: port + 2 * at, passing })),
    );
    await whileNginx(fronts, directory, async () => {
      for (const app of Object.keys(applications).filter(terms.isAsked)) {
        for (const way of ways) {
          rows.push(rowsOf(way, app, await seenOn(way, app, directory, terms)));
        }
      }
    });
  });
  return [...rows.map(([rate]) => rate), ...rows.map(([, time]) => time)];
}
