/** What listens in the sandbox, and requests to it over the protocol that the file asks for. */

import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { parseAnswer } from '../support/http.ts';
import type { Answer } from '../support/http.ts';
import { nginxVariables, packet } from '../support/uwsgi-client.ts';
import type { Listener } from './scenario.ts';

/** A listening socket as the kernel lists it: `tcp 0.0.0.0:80`, `unix /run/app.sock`. */
export function listening(): string[] {
  return [...tcpOf('tcp'), ...tcpOf('tcp6'), ...unixSockets()].toSorted();
}

function tcpOf(table: 'tcp' | 'tcp6'): string[] {
  return readFileSync(`/proc/net/${table}`, 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A')
    .map(([, local = '']) => {
      const [host = '', port = ''] = local.split(':');
      const number = Number.parseInt(port, 16);
      // A port that the kernel chose.
      const shown = number >= 32_768 ? 'ANY' : String(number);
      if (table === 'tcp6') return `tcp [${/^0+$/.test(host) ? '::' : host}]:${shown}`;
      const bytes = host.match(/../g)?.toReversed() ?? [];
      return `tcp ${bytes.map((byte) => Number.parseInt(byte, 16)).join('.')}:${shown}`;
    });
}

function unixSockets(): string[] {
  const accepts = '00010000';
  return readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , flags]) => flags === accepts)
    .map((words) => `unix ${words.slice(7).join(' ')}`);
}

/** How to reach a listener of a file; a unix socket only where it is there. */
export function reach(
  { address }: Listener,
  base: string,
): net.TcpNetConnectOpts | net.IpcNetConnectOpts | undefined {
  const [, host = '', port] = /^(?:([\w.-]*)|\[.*\]):(\d+)/.exec(address) ?? [];
  if (port !== undefined) {
    const isAny = ['', '0.0.0.0'].includes(host);
    return { host: isAny ? '127.0.0.1' : host, port: Number(port) };
  }
  const found = unixSockets()
    .map((line) => line.slice('unix '.length))
    .find((name) => path.basename(name) === path.basename(address));
  return found === undefined ? undefined : { path: path.resolve(base, found) };
}

export interface Question {
  readonly method?: string;
  readonly target?: string;
  readonly body?: string;
}

const limitMs = 5000;

/** One request on its own connection; undefined where none is made, or nothing is answered. */
export async function ask(
  listener: Listener,
  base: string,
  { method = 'GET', target = '/', body = '' }: Question,
): Promise<Answer | undefined> {
  const address = reach(listener, base);
  if (address === undefined) return undefined;
  const length = body === '' ? [] : ([['CONTENT_LENGTH', String(body.length)]] as const);
  const head = `${method} ${target} HTTP/1.1\r\nHost: front.example\r\nConnection: close\r\n`;
  const fields = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
  const bytes =
    listener.protocol === 'uwsgi'
      ? packet(nginxVariables(method, target, length), body)
      : Buffer.from(`${head}${fields}\r\n${body}`);
  const raw = await exchange(address, bytes);
  if (raw.length === 0) return undefined;
  return parseAnswer(raw, method, 0).catch(() => undefined);
}

/** All that comes until the other side closes, or for so long. */
function exchange(
  address: net.TcpNetConnectOpts | net.IpcNetConnectOpts,
  bytes: Buffer,
): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  const socket = net.connect(address);
  const timer = setTimeout(() => socket.destroy(), limitMs);
  socket.on('connect', () => socket.write(bytes));
  socket.on('data', (piece) => pieces.push(piece));
  socket.on('error', () => undefined); // It closes then.
  socket.on('close', () => {
    clearTimeout(timer);
    resolve(Buffer.concat(pieces));
  });
  return promise;
}
