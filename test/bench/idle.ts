/**
 * Ten thousand kept connections on which nothing happens: what each adds to the memory of all
 * processes. Memory of the kernel, for its sockets, is not in it. One server after the other.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { inDirectory, isHere, whileServing } from './contest.ts';
import type { Terms } from './contest.ts';
import { applicationFiles, moduleOf } from './load.ts';
import { memoryByRole } from './memory-use.ts';
import { differenceOf, sum } from './processes.ts';
import { figureOf, rounded } from './report.ts';
import type { Figure, Row } from './report.ts';
import { contenders } from './servers.ts';
import type { Server } from './servers.ts';

const port = 18_890;
/** So many at a time are opened: no queue of the kernel is longer. */
const atOnce = 50;

export const about =
  'Kept connections on which one request was answered, and nothing happens since: bytes of memory ' +
  'for each, without the kernel (gateway + workers + master).';

/** Connections that have had an answer. */
class Idlers {
  readonly #sockets: Socket[] = [];

  get open(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length;
  }

  async add(count: number, at: number): Promise<void> {
    const rest = { count };
    const one = async (): Promise<void> => {
      while (rest.count > 0) {
        rest.count -= 1;
        await this.#answered(at);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
  }

  #answered(at: number): Promise<void> {
    return new Promise((done) => {
      const socket = connect(at, '127.0.0.1', () => {
        socket.write('GET / HTTP/1.1\r\nHost: idle\r\nConnection: keep-alive\r\n\r\n');
      });
      socket.once('data', () => done());
      socket.on('error', () => socket.destroy());
      socket.on('end', () => socket.destroy());
      socket.once('close', () => done());
      this.#sockets.push(socket);
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function figureFor(server: Server, directory: string, isQuick: boolean): Promise<Figure> {
  const count = isQuick ? 1_000 : 10_000;
  const restMs = isQuick ? 500 : 7_000;
  return whileServing(server, directory, server.port, async (pid) => {
    const idlers = new Idlers();
    try {
      await idlers.add(100, server.port);
      await wait(restMs);
      const before = memoryByRole(pid);
      await idlers.add(count, server.port);
      await wait(restMs);
      const each = differenceOf(before, memoryByRole(pid), 1 / count);
      const lost = count + 100 - idlers.open;
      const parts = {
        gateway: rounded(each.gateway),
        workers: rounded(each.workers),
        master: rounded(each.master),
      };
      return figureOf([sum(each)], parts, lost > 0 ? `${lost} were closed` : '');
    } finally {
      idlers.close();
    }
  });
}

/** gunicorn accepts a thousand connections for each worker if it is told nothing. */
function forCrowd(server: Server): Server {
  const { name, command } = server;
  const more = ['--worker-connections', '20000'];
  return name === 'gunicorn' ? { ...server, command: [...command, ...more] } : server;
}

export async function run({ isQuick, isAsked }: Terms): Promise<readonly Row[]> {
  const figures: Partial<Record<Server['name'], Figure>> = {};
  const servers = contenders({ port, module: moduleOf('hello'), threads: 2 }).map(forCrowd);
  await inDirectory(applicationFiles, async (directory) => {
    for (const server of servers.filter((each) => isAsked(each.name) && isHere(each))) {
      figures[server.name] = await figureFor(server, directory, isQuick);
    }
  });
  const what = `${isQuick ? '1 000' : '10 000'} idle connections`;
  return [{ part: 'idle', what, unit: 'bytes each', better: 'less', figures }];
}
