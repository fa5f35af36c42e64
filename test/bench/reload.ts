/**
 * The effect of a reload on clients: failed requests, the longest time without an answer, and
 * whether workers still share the application's memory afterwards.
 *
 * Eight clients open a connection for each request; the application takes 1.5 s to import and holds
 * 50 MB; there are two reloads, four seconds apart, one server after the other.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { ask, inDirectory, isHere, whileServing } from './contest.ts';
import type { Terms } from './contest.ts';
import { memoryByRole } from './memory-use.ts';
import { sum } from './processes.ts';
import { figureOf } from './report.ts';
import type { Figure, PerServer, Row } from './report.ts';
import { contenders, serverAt } from './servers.ts';
import type { Server } from './servers.ts';

export const about =
  'Two reloads by SIGHUP beside 8 clients that open a connection for each request; the application ' +
  'takes 1.5 s to import. The rows with `lazy-apps`: uWSGI reloads one worker after the other ' +
  '(the letter c in its fifo).';

const clients = 8;
const reloads = 2;
const reloadEveryMs = 4_000;
const port = 18_990;

const application = `
import time
time.sleep(1.5)
DATA = bytearray(b'x') * 50_000_000
def application(environ, start_response):
    start_response('200 OK', [('Content-Length', '3')])
    return [b'ok\\n']
`;

interface Reloading extends Server {
  readonly reload: (pid: number) => void;
}

interface Seen {
  readonly answered: number;
  readonly failed: number;
  readonly longestGapMs: number;
  readonly megabytes: number;
}

function hangUp(pid: number): void {
  process.kill(pid, 'SIGHUP');
}

const hosted = { port, module: 'slow_import', threads: 1 };

/** A reload as each server has it; uWSGI without its router, which would go on answering. */
function usual(): readonly Reloading[] {
  return contenders(hosted).map((server) => {
    const isOurs = server.name !== 'uwsgi';
    return { ...(isOurs ? server : bare('uwsgi', '--need-app')), reload: hangUp };
  });
}

function lazy(directory: string): readonly Reloading[] {
  const fifo = join(directory, 'fifo');
  const ours = bare('reeve', '--lazy-apps');
  const uwsgi = bare('uwsgi', '--lazy-apps', '--master-fifo', fifo);
  return [
    { ...ours, reload: hangUp },
    { ...uwsgi, reload: () => writeFileSync(fifo, 'c') },
  ];
}

function bare(name: 'reeve' | 'uwsgi', ...more: readonly string[]): Server {
  const bind = `127.0.0.1:${port}`;
  return serverAt(name, hosted, { options: ['--http-socket', bind, ...more], bind, port });
}

async function seenOf(server: Reloading, directory: string): Promise<Seen> {
  return whileServing(server, directory, server.port, async (pid) => {
    const load = new Load(server.port);
    const loops = Array.from({ length: clients }, () => load.run());
    for (let count = 0; count < reloads; count += 1) {
      await wait(reloadEveryMs / 2);
      server.reload(pid);
      await wait(reloadEveryMs / 2);
    }
    await wait(2_000);
    load.isOver = true;
    await Promise.all(loops);
    const { answered, failed, longestGapMs } = load;
    return { answered, failed, longestGapMs, megabytes: sum(memoryByRole(pid)) / 1e6 };
  });
}

class Load {
  isOver = false;
  answered = 0;
  failed = 0;
  longestGapMs = 0;
  readonly #port: number;
  #lastAnswerAtMs = performance.now();

  constructor(at: number) {
    this.#port = at;
  }

  async run(): Promise<void> {
    while (!this.isOver) {
      const answer = await ask(this.#port);
      if (answer?.endsWith('ok\n') === true) {
        const nowMs = performance.now();
        this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.#lastAnswerAtMs);
        this.#lastAnswerAtMs = nowMs;
        this.answered += 1;
      } else {
        this.failed += 1;
        await wait(5);
      }
    }
  }
}

async function rowsOf(
  servers: readonly Reloading[],
  directory: string,
  how: string,
): Promise<readonly Row[]> {
  const seen = new Map<Reloading, Seen>();
  for (const server of servers.filter(isHere)) seen.set(server, await seenOf(server, directory));
  const figures = (of: (seen: Seen) => number): PerServer<Figure> =>
    Object.fromEntries([...seen].map(([{ name }, each]) => [name, figureOf([of(each)])]));
  const row = { part: 'reload', better: 'less' } as const;
  return [
    { ...row, what: `${how}: failed`, unit: 'requests', figures: figures(({ failed }) => failed) },
    {
      ...{ ...row, what: `${how}: longest gap`, unit: 'ms' },
      figures: figures(({ longestGapMs }) => longestGapMs),
    },
    {
      ...{ ...row, what: `${how}: memory afterwards`, unit: 'MB' },
      figures: figures(({ megabytes }) => megabytes),
    },
  ];
}

export async function run({ isQuick, isAsked }: Terms): Promise<readonly Row[]> {
  return inDirectory({ 'slow_import.py': application }, async (directory) => {
    const asked = (servers: readonly Reloading[]): readonly Reloading[] =>
      servers.filter(({ name }) => isAsked(name));
    return [
      ...(await rowsOf(asked(usual()), directory, 'reload')),
      ...(isQuick ? [] : await rowsOf(asked(lazy(directory)), directory, 'reload, lazy-apps')),
    ];
  });
}
