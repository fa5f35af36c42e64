/**
 * A client that opens a connection per request and sees what is really on the wire.
 *
 * Node's own client hides what the tests ask about: whether a response was complete, the case and
 * order of header names, bytes after the end. This one sends what it is told, and reads until the
 * end of the response or of the connection.
 */

import net from 'node:net';

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
  const timeoutMs = options.timeoutMs ?? 20_000;
  const timer = setTimeout(() => {
    socket.destroy();
    reject(new Error(`no complete answer in ${timeoutMs} ms`));
  }, timeoutMs);
  socket.on('connect', () => socket.write(bytes));
  socket.on('data', (piece) => {
    pieces.push(piece);
    options.onData?.(piece);
  });
  const settle = (error?: Error): void => {
    clearTimeout(timer);
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

/** Reads one response out of everything that a connection brought; 1xx responses are skipped. */
export function parseAnswer(raw: Buffer, method: string, ms: number): Answer {
  const end = raw.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`no response head in: ${raw.toString('latin1').slice(0, 200)}`);
  const [first = '', ...lines] = raw.subarray(0, end).toString('latin1').split('\r\n');
  const match = /^HTTP\/(\d\.\d) (\d{3}) ?(.*)$/.exec(first);
  if (match === null) throw new Error(`no status line: ${first}`);
  const status = Number(match[2]);
  const rest = raw.subarray(end + 4);
  if (status >= 100 && status < 200) return parseAnswer(rest, method, ms);
  const headerList = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const headers = Object.fromEntries(
    headerList.map(([name, value]) => [name.toLowerCase(), value]),
  );
  const bodyless = method === 'HEAD' || status === 204 || status === 304;
  const { body, complete } = bodyless
    ? { body: rest, complete: rest.length === 0 }
    : decodeBody(rest, headers);
  const text = body.toString('utf8');
  const reason = match[3] ?? '';
  const version = match[1] ?? '';
  return { status, reason, version, headerList, headers, body, text, complete, raw, ms };
}

function decodeBody(
  rest: Buffer,
  headers: Readonly<Record<string, string>>,
): { readonly body: Buffer; readonly complete: boolean } {
  if (/\bchunked\b/i.test(headers['transfer-encoding'] ?? '')) return decodeChunks(rest);
  const length = headers['content-length'];
  if (length === undefined) return { body: rest, complete: true };
  return { body: rest, complete: rest.length === Number(length) };
}

function decodeChunks(rest: Buffer): { readonly body: Buffer; readonly complete: boolean } {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return { body: Buffer.concat(chunks), complete: false };
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    if (!(size >= 0)) return { body: Buffer.concat(chunks), complete: false };
    if (size === 0) return { body: Buffer.concat(chunks), complete: rest.length >= lineEnd + 4 };
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
