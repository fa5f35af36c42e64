/**
 * A client that opens a connection per request and sees what is really on the wire.
 *
 * It sends what it is told, byte for byte, and reads until the end of the connection; what came is
 * then read by Node's parser of HTTP, which is stricter than a client and not ours.
 */

import http from 'node:http';
import net from 'node:net';
import { Duplex } from 'node:stream';

import { afterRunning } from './until.ts';

export interface Address {
  readonly port?: number;
  readonly path?: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** '1.1' or '1.0'. */
  readonly version?: string;
  readonly timeoutMs?: number;
  /** Called with each piece of the connection as it arrives. */
  readonly onData?: (piece: Buffer) => void;
}

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly version: string;
  /** In order and as written. */
  readonly headerList: readonly (readonly [string, string])[];
  /** By lower-case name, the last one wins. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
  /** The body ended as its framing said: last chunk, or as many bytes as Content-Length. */
  readonly complete: boolean;
  readonly raw: Buffer;
  readonly ms: number;
}

/** Sends one request on a new connection; fails when the connection does, or says nothing. */
export async function request(
  address: Address,
  target: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const startMs = performance.now();
  const method = options.method ?? 'GET';
  const raw = await exchange(address, bytesOf(method, target, options), options);
  return parseAnswer(raw, method, performance.now() - startMs);
}

/** Sends these bytes and returns all that comes until the other side closes. */
export function exchange(
  address: Address,
  bytes: Buffer,
  options: Pick<RequestOptions, 'timeoutMs' | 'onData'> = {},
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  const socket = connect(address);
  const timeoutMs = options.timeoutMs ?? 60_000;
  const calledOff = afterRunning(timeoutMs, () => {
    socket.destroy();
    reject(new Error(`no complete answer in ${timeoutMs} ms`));
  });
  socket.on('connect', () => socket.write(bytes));
  socket.on('data', (piece) => {
    pieces.push(piece);
    options.onData?.(piece);
  });
  const settle = (error?: Error): void => {
    calledOff();
    if (pieces.length > 0) resolve(Buffer.concat(pieces));
    else reject(error ?? new Error('the connection was closed without an answer'));
  };
  socket.on('error', settle);
  socket.on('close', () => settle());
  return promise;
}

/** A connection to the address: TCP on 127.0.0.1, or a unix path. */
export function connect(address: Address): net.Socket {
  return address.path === undefined
    ? net.connect({ port: address.port ?? 0, host: '127.0.0.1' })
    : net.connect({ path: address.path });
}

function bytesOf(method: string, target: string, options: RequestOptions): Buffer {
  const body = Buffer.from(options.body ?? '');
  const headers: Record<string, string> = { Host: 'localhost', Connection: 'close' };
  if (options.body !== undefined) headers['Content-Length'] = String(body.length);
  Object.assign(headers, options.headers);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${target} HTTP/${options.version ?? '1.1'}\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/**
 * Reads the one response that a connection brought with Node's own parser, which is no code of
 * ours; 1xx responses are skipped. Fails for what is no response, and for bytes behind its end. A
 * response to HEAD ends with its head; bytes behind it (uWSGI sends some) are its body here, and it
 * is not complete then.
 */
export function parseAnswer(raw: Buffer, method: string, ms: number): Promise<Answer> {
  const headEnd = method === 'HEAD' ? raw.indexOf('\r\n\r\n') + 4 : raw.length;
  const behindHead = raw.subarray(headEnd);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const connection = new Duplex({
    read: () => undefined,
    write: (_piece, _encoding, taken) => taken(),
  });
  const asking = http.request({ method, createConnection: () => connection });
  asking.on('error', (error) => {
    reject(new Error(`${error.message} in: ${raw.toString('latin1').slice(0, 200)}`));
  });
  asking.on('upgrade', () => reject(new Error('the answer is an upgrade')));
  asking.on('response', (response) => {
    const pieces: Buffer[] = [behindHead];
    response.on('data', (piece) => pieces.push(piece));
    response.on('error', () => undefined); // It is not complete then.
    response.on('close', () => {
      const body = Buffer.concat(pieces);
      const answer = { ...headOf(response), body, text: body.toString('utf8') };
      const complete = response.complete && behindHead.length === 0;
      // What is wrong behind the end is an error of the request in the same turn.
      setImmediate(() => resolve({ ...answer, complete, raw, ms }));
    });
  });
  connection.push(raw.subarray(0, headEnd));
  connection.push(null);
  asking.end();
  return promise;
}

function headOf(response: http.IncomingMessage) {
  const { rawHeaders: texts, httpVersion: version } = response;
  const headerList = texts.flatMap((name, at) =>
    at % 2 === 0 ? [[name, texts[at + 1] ?? ''] as const] : [],
  );
  const headers = Object.fromEntries(
    headerList.map(([name, value]) => [name.toLowerCase(), value]),
  );
  const [status, reason] = [response.statusCode ?? 0, response.statusMessage ?? ''];
  return { status, reason, version, headerList, headers };
}
