/**
 * Memory of all processes of a server: two workers with hello Flask, at rest and right after a
 * load; and eight workers with an application of 200 MB, after each has answered. One server after
 * the other: servers that run beside each other would share the pages of Python's files.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { inDirectory, isHere, whileServing } from './contest.ts';
import type { Terms } from './contest.ts';
import { applications, measure } from './load.ts';
import { memoryByRole } from './memory-use.ts';
import { sum } from './processes.ts';
import type { PerRole } from './processes.ts';
import { figureOf, rounded } from './report.ts';
import type { Figure, PerServer, Row } from './report.ts';
import { contenders } from './servers.ts';
import type { Server } from './servers.ts';

const port = 18_995;
/** A start is over by then, and what it needed was given back. */
const restMs = 10_000;
/** A gateway that has grown gives back in a pause; peers do nothing like it. */
const laterMs = 25_000;

export const about =
  'Memory of all processes, each shared page counted once (what PSS is on a machine with nothing ' +
  'else); megabytes: gateway + workers + master, the spawner is with the master. Hello Flask in ' +
  '2 processes × 1 thread: 10 s after the start, right after a load of 16 connections, and 25 s ' +
  'later (Reeve alone gives memory back). A Flask application of 200 MB, half of it small ' +
  'objects, in 8 processes, after a load; gunicorn with `--preload`, Granian has nothing like it.';

/** Half of it are a million small objects, whose counts of references a request changes. */
const large = `
BLOB = bytes(bytearray(b'x') * 100_000_000)
ROWS = [(number, 'name %d' % number) for number in range(620_000)]
from flask import Flask
application = Flask(__name__)
@application.route('/')
def look():
    return str(sum(number for number, _ in ROWS[:1000]))
`;

function figureFrom(bytes: PerRole): Figure {
  const megabytes = {
    gateway: rounded(bytes.gateway / 1e6),
    workers: rounded(bytes.workers / 1e6),
    master: rounded(bytes.master / 1e6),
  };
  return figureOf([sum(bytes) / 1e6], megabytes);
}

type Look = (pid: number, server: Server) => Promise<readonly PerRole[]>;

/** What a look has seen of each server: figures of the first moment, of the second… */
async function seenOf(
  servers: readonly Server[],
  files: Readonly<Record<string, string>>,
  look: Look,
): Promise<readonly PerServer<Figure>[]> {
  const moments: Partial<Record<Server['name'], Figure>>[] = [];
  await inDirectory(files, async (directory) => {
    for (const server of servers.filter(isHere)) {
      const seen = await whileServing(server, directory, server.port, (pid) => look(pid, server));
      for (const [at, bytes] of seen.entries()) {
        moments[at] = { ...moments[at], [server.name]: figureFrom(bytes) };
      }
    }
  });
  return moments;
}

function withPreload(server: Server): Server {
  const { name, command } = server;
  return name === 'gunicorn' ? { ...server, command: [...command, '--preload'] } : server;
}

export async function run({ isQuick, isAsked }: Terms): Promise<readonly Row[]> {
  const row = { part: 'memory', unit: 'MB', better: 'less' } as const;
  const small = contenders({ port, module: 'small', threads: 1 });
  const flask = { 'small.py': applications['flask'] ?? '' };
  const ofSmall = await seenOf(
    small.filter(({ name }) => isAsked(name)),
    flask,
    async (pid, server) => {
      await wait(isQuick ? restMs / 4 : restMs);
      const idle = memoryByRole(pid);
      measure(pid, { port: server.port, connections: 16, seconds: isQuick ? 1 : 3 });
      const loaded = memoryByRole(pid);
      if (isQuick || server.name !== 'reeve') return [idle, loaded];
      await wait(laterMs);
      return [idle, loaded, memoryByRole(pid)];
    },
  );
  const big = contenders({ port, module: 'large', threads: 1, processes: 8 }).map(withPreload);
  const ofLarge = await seenOf(
    big.filter(({ name }) => isAsked(name)),
    { 'large.py': large },
    async (pid, server) => {
      measure(pid, { port: server.port, connections: 64, seconds: 1 });
      await wait(isQuick ? restMs / 4 : restMs);
      return [memoryByRole(pid)];
    },
  );
  return [
    { ...row, what: '2 workers at rest', figures: ofSmall[0] ?? {}, goals: { uwsgi: 2 } },
    { ...row, what: '2 workers after a load', figures: ofSmall[1] ?? {} },
    ...(isQuick ? [] : [{ ...row, what: '25 s later', figures: ofSmall[2] ?? {} }]),
    {
      ...{ ...row, what: '8 workers, 200 MB application', figures: ofLarge[0] ?? {} },
      goals: { uwsgi: 1.1 },
    },
  ];
}
