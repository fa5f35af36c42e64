/**
 * Clients that keep their connections, as a front server does, while something happens to the
 * daemon: each sends its next request on the connection of the last, until an answer says
 * `Connection: close` or the connection has ended while it rested.
 */

import { once } from 'node:events';
import http from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { until } from './until.ts';

export interface KeepAliveLoad {
  readonly answered: number;
  /** Requests on a connection that had carried one before. */
  readonly again: number;
  /** Requests that were sent and not answered, and connections that were refused. */
  readonly failures: readonly string[];
}

/** Rests between two requests, in ms: some at once, some as a person would. */
const rests = [0, 0, 0, 1, 5, 30];

/** Lets `count` clients ask for `/` until `happening` has ended. */
export async function keepAliveClientsDuring(
  address: { readonly port: number } | { readonly path: string },
  count: number,
  happening: () => Promise<void>,
): Promise<KeepAliveLoad> {
  const failures: string[] = [];
  const seen = { answered: 0, again: 0, isOver: false };
  const where = 'port' in address ? address : { socketPath: address.path };
  const client = async (): Promise<void> => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = 0; !seen.isOver; turn += 1) {
      await pause(rests[turn % rests.length]);
      try {
        const { status, isAgain } = await answerOf({ ...where, agent });
        seen.answered += 1;
        if (isAgain) seen.again += 1;
        if (status !== 200) failures.push(`status ${status}`);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
        await pause(10); // Not a storm of refusals.
      }
    }
    agent.destroy();
  };
  const clients = Array.from({ length: count }, client);
  try {
    await happening();
    // It may have been quicker than any client on a busy machine.
    await until('a connection is used again', () => seen.again > 0 || failures.length > 0);
  } finally {
    seen.isOver = true;
    await Promise.all(clients);
  }
  return { answered: seen.answered, again: seen.again, failures };
}

/** Asks once; fails when the connection ends before the whole answer. */
async function answerOf(
  options: http.RequestOptions,
): Promise<{ readonly status: number; readonly isAgain: boolean }> {
  const asking = http.get({ ...options, host: '127.0.0.1', path: '/', timeout: 30_000 });
  asking.on('timeout', () => asking.destroy(new Error('no answer in 30 s')));
  const [response] = await once(asking, 'response');
  response.resume();
  await finished(response);
  return { status: response.statusCode, isAgain: asking.reusedSocket };
}
