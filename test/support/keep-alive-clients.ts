/**
 * Clients that keep their connections, as a front server does, while something happens to the
 * daemon: each sends its next request on the connection of the last, until an answer says
 * `Connection: close` or the connection has ended while it rested.
 */

import net from 'node:net';
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

/** Lets `count` clients ask for `/` until `happening` has ended; answers must have a length. */
export async function keepAliveClientsDuring(
  address: { readonly port: number } | { readonly path: string },
  count: number,
  happening: () => Promise<void>,
): Promise<KeepAliveLoad> {
  const failures: string[] = [];
  const seen = { answered: 0, again: 0, isOver: false };
  const client = async (): Promise<void> => {
    let connection: net.Socket | undefined;
    for (let turn = 0; !seen.isOver; turn += 1) {
      await pause(rests[turn % rests.length]);
      if (connection?.readyState !== 'open') connection = undefined;
      const isAgain = connection !== undefined;
      try {
        connection ??= await connected(address);
        const head = await exchanged(connection);
        seen.answered += 1;
        if (isAgain) seen.again += 1;
        if (!head.startsWith('HTTP/1.1 200 ')) failures.push(head.slice(0, 40));
        if (/^connection: close\r$/im.test(head)) connection.destroy();
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
        connection?.destroy();
        await pause(10);
      }
    }
    connection?.destroy();
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

function connected(address: net.NetConnectOpts): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect('port' in address ? { ...address, host: '127.0.0.1' } : address);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined); // Whoever waits for an answer hears of the end.
      resolve(socket);
    });
  });
}

/** Sends one request, and returns the head of its answer when all of that has come. */
function exchanged(socket: net.Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const ended = (): void => reject(new Error(`the connection ended after "${text}"`));
    const timer = setTimeout(() => reject(new Error('no answer in 30 s')), 30_000);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('close', ended).off('data', take);
    };
    const take = (piece: Buffer): void => {
      text += piece.toString('latin1');
      const end = text.indexOf('\r\n\r\n') + 4;
      const length = Number(/^content-length: (\d+)/im.exec(text)?.[1]);
      if (end < 4 || text.length < end + length) return;
      settle();
      resolve(text.slice(0, end));
    };
    socket.on('data', take).once('close', ended);
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
  });
}
