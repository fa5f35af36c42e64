/** Clients whose every request has a number, so that its fate can be told. */

import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { RequestOptions } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** A status, or 'cut': the connection ended before the whole answer. */
export type Fate = number | 'cut';

/** One connection for all requests of a client, or one for each. */
export type Connections = 'kept' | 'short';

const RECONNECT_MS = 20;

/**
 * Lets `count` clients ask `/?NUMBER` again and again until `happening` has ended, which is given
 * the fates so far.
 */
export async function numberedClientsDuring(
  port: number,
  count: number,
  happening: (fates: ReadonlyMap<string, Fate>) => Promise<void>,
  connections: Connections = 'kept',
): Promise<ReadonlyMap<string, Fate>> {
  const fates = new Map<string, Fate>();
  const state = { isOver: false, next: 0 };
  const take = (): string | undefined => (state.isOver ? undefined : String((state.next += 1)));
  const clients = Array.from({ length: count }, () => client({ port, connections }, take, fates));
  try {
    await happening(fates);
  } finally {
    state.isOver = true;
    await Promise.all(clients);
  }
  return fates;
}

/** Asks until there is nothing more to ask. */
async function client(
  { port, connections }: { readonly port: number; readonly connections: Connections },
  take: () => string | undefined,
  fates: Map<string, Fate>,
): Promise<void> {
  const agent = new Agent({ keepAlive: connections === 'kept', maxSockets: 1 });
  for (let number = take(); number !== undefined; number = take()) {
    try {
      fates.set(number, await statusOf({ port, agent, path: `/?${number}` }));
    } catch {
      fates.set(number, 'cut');
      await pause(RECONNECT_MS);
    }
  }
  agent.destroy();
}

/** Fails when the connection ends before the whole answer, or was refused. */
async function statusOf(options: RequestOptions): Promise<number> {
  const asking = get({ ...options, host: '127.0.0.1' });
  const [response] = await once(asking, 'response');
  response.resume();
  await finished(response);
  return response.statusCode;
}
