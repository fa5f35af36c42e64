/**
 * Kept connections: hello WSGI and hello Flask, 16 and 64 keep-alive connections of wrk. Requests
 * per second, and the processor time of a request by process.
 */
import { inDirectory, inTurn, whileAllServe } from './contest.ts';
import type { Terms } from './contest.ts';
import { applicationFiles, applications, measure, moduleOf } from './load.ts';
import { processorOf, rateOf, warmUp } from './load.ts';
import type { Measured } from './load.ts';
import type { Figure, PerServer, Row, ServerName } from './report.ts';
import { contenders, uwsgi } from './servers.ts';
import type { Server } from './servers.ts';

const port = 18_900;

export const about =
  'Kept connections, straight to the server. 2 processes × 2 threads. uWSGI is `--http`, which ' +
  'closes after each response, and the same with `--http-keepalive`.';

/** Reeve's requests per second as a multiple of each peer's. */
const goals: Readonly<Record<string, PerServer<number>>> = {
  hello: { uwsgi: 3, granian: 0.5 },
  flask: { uwsgi: 2, granian: 0.95 },
};

function serversOf(app: string): readonly Server[] {
  const hosted = { port, module: moduleOf(app), threads: 2 };
  const named = contenders(hosted).map((server): Server =>
    server.name === 'uwsgi' ? { ...server, name: 'uwsgi-kept' } : server,
  );
  return [...named, uwsgi({ ...hosted, port: port + named.length })];
}

export async function run({ seconds, rounds, isAsked }: Terms): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const times: Row[] = [];
  await inDirectory(applicationFiles, async (directory) => {
    for (const app of Object.keys(applications).filter(isAsked)) {
      const servers = serversOf(app).filter(({ name }) => isAsked(name));
      await whileAllServe(servers, directory, async (pids) => {
        const here = servers.filter(({ name }) => pids.has(name));
        for (const each of here) warmUp({ port: each.port, connections: 4, seconds });
        for (const connections of [16, 64].filter(isAsked)) {
          const seen = await inTurn(here, rounds, (server) =>
            measure(pids.get(server.name) ?? 0, { port: server.port, connections, seconds }),
          );
          const what = `${app === 'flask' ? 'Flask' : app}, ${connections} connections`;
          const row = { part: 'kept', what, goals: goals[app] ?? {} };
          rows.push({ ...row, unit: 'requests/s', better: 'more', figures: per(seen, rateOf) });
          times.push({
            ...{ part: 'kept', what: `${what}: processor time`, unit: 'µs/request' },
            ...{ better: 'less', figures: per(seen, processorOf) },
          });
        }
      });
    }
  });
  return [...rows, ...times];
}

/**
 * wrk counts an error where a response says nothing of closing and the connection is closed
 * nevertheless, as uWSGI does it: each of its requests is one.
 */
const closedInSilence = /connect 0, read \d+, write 0, timeout 0/;

/** A figure for each server that was seen. */
export function per(
  seen: ReadonlyMap<{ readonly name: ServerName }, readonly Measured[]>,
  figure: (seen: readonly Measured[]) => Figure,
): PerServer<Figure> {
  return Object.fromEntries(
    [...seen].map(([{ name }, all]) => {
      const { trouble, ...rest } = figure(all);
      const isUsual = name === 'uwsgi' && closedInSilence.test(trouble ?? '');
      return [name, trouble === undefined || isUsual ? rest : { ...rest, trouble }];
    }),
  );
}
