/** Keep-alive clients whose every request has a number, so that its fate can be told. */

import { connect } from 'node:net';

/** A status, or 'cut': the connection ended before the whole answer. */
export type Fate = number | 'cut';

const RECONNECT_MS = 20;

/** Lets `count` clients ask `/?NUMBER` again and again until `happening` has ended. */
export async function numberedClientsDuring(
  port: number,
  count: number,
  happening: () => Promise<void>,
): Promise<ReadonlyMap<string, Fate>> {
  const fates = new Map<string, Fate>();
  const state = { isOver: false, next: 0 };
  const take = (): string | undefined => (state.isOver ? undefined : String((state.next += 1)));
  const clients = Array.from({ length: count }, () => client(port, take, fates));
  try {
    await happening();
  } finally {
    state.isOver = true;
    await Promise.all(clients);
  }
  return fates;
}

/** Asks on one connection after the other, until there is nothing more to ask. */
async function client(
  port: number,
  take: () => string | undefined,
  fates: Map<string, Fate>,
): Promise<void> {
  while (await connection(port, take, fates)) {
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

/** Resolves when the connection has ended: with true when there is more to ask. */
function connection(
  port: number,
  take: () => string | undefined,
  fates: Map<string, Fate>,
): Promise<boolean> {
  return new Promise((resolve) => {
    let text = '';
    let asked: string | undefined;
    let isMore = true;
    const socket = connect({ port, host: '127.0.0.1' });
    const ask = (): void => {
      asked = take();
      isMore = asked !== undefined;
      if (isMore) socket.write(`GET /?${asked} HTTP/1.1\r\nHost: test\r\n\r\n`);
      else socket.end();
    };
    socket.on('connect', ask);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const answer = /^HTTP\/1\.1 (\d+) .*?\r\nContent-Length: (\d+)\r\n.*?\r\n\r\n/is.exec(text);
      if (answer === null || text.length < answer[0].length + Number(answer[2])) return;
      if (asked !== undefined) fates.set(asked, Number(answer[1]));
      asked = undefined;
      text = '';
      ask();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (asked !== undefined) fates.set(asked, 'cut');
      resolve(isMore);
    });
  });
}
