/**
 * HTTP for monitoring: small answers, and no client that can hold the master up. node:http reads
 * what clients send; each connection carries one request.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { HttpAnswer, HttpAsked } from './answers.ts';

export interface HttpServerParts {
  readonly fd: number;
  readonly answer: (asked: HttpAsked) => Promise<HttpAnswer>;
}

/** More at the same time are closed at once. */
const CLIENTS_MAX = 64;
/** How long a client may take to ask, and to take its answer. */
const CLIENT_MS = 10_000;
const HEAD_BYTES_MAX = 16_384;

export class HttpServer {
  readonly #parts: HttpServerParts;
  readonly #server: Server;

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
    const limits = { requestTimeout: CLIENT_MS, headersTimeout: CLIENT_MS };
    this.#server = createServer(
      { ...limits, maxHeaderSize: HEAD_BYTES_MAX, connectionsCheckingInterval: 1_000 },
      (request, response) => void this.#take(request, response),
    );
    this.#server.maxConnections = CLIENTS_MAX;
    this.#server.timeout = CLIENT_MS;
    // One that cannot be accepted (too many open files) may ask again.
    this.#server.on('error', () => {});
    this.#server.listen({ fd: parts.fd });
  }

  /** Ends every connection, and closes the listener. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '' } = request;
    response.shouldKeepAlive = false;
    request.resume();
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0 }).end();
      return;
    }
    const { status, type, body, headers: more } = await this.#parts.answer(askedBy(request));
    response.writeHead(status, {
      ...more,
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
    });
    response.end(method === 'HEAD' ? undefined : body);
  }
}

function askedBy({ url = '/', headers, socket }: IncomingMessage): HttpAsked {
  const [path = ''] = url.split('?');
  const one = (name: string): string => headers[name]?.toString() ?? '';
  return {
    path,
    accept: one('accept'),
    host: one('host'),
    origin: one('origin'),
    site: one('sec-fetch-site'),
    mode: one('sec-fetch-mode'),
    localAddress: socket.localAddress ?? '',
    remoteAddress: socket.remoteAddress ?? '',
  };
}
