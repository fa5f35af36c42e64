/** Ports and sockets as the kernel lists them, and ports that nobody uses. */

import { readFileSync } from 'node:fs';
import net from 'node:net';

/** Below the range from which the kernel takes ports for outgoing connections. */
const FIRST_PORT = 18_000;
const PORTS = 14_000;

/** A TCP port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await canListen(port)) return port;
  }
  throw new Error('no free port found');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}

/** Whether any process listens on this TCP port. */
export function isListening(port: number): boolean {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['tcp', 'tcp6'].some((table) =>
    readFileSync(`/proc/net/${table}`, 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .some(([, local, , state]) => state === '0A' && local?.endsWith(ending)),
  );
}

/** Names of unix sockets (abstract ones begin with @) that contain `text`. */
export function unixSocketsNamed(text: string): string[] {
  return readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .map((line) => line.split(/\s+/)[7] ?? '')
    .filter((name) => name.includes(text));
}
