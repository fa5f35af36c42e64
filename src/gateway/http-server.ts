/**
 * Connections: limits, timeouts, keep-alive, drain. What a request means is decided elsewhere.
 *
 * Node's parser stays strict. Each limit of Node's is set from a setting or switched off, so that
 * nothing cuts a request that no option names: a slow upload or a long answer may take any time,
 * a client that is silent for longer than its listener allows while it is its turn may not.
 */

import { IncomingMessage, createServer } from 'node:http';
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { GatewayListener } from '../protocol/control-messages.ts';
import { rawErrorPage } from './error-pages.ts';
import type { ErrorStatus } from './error-pages.ts';
import { ClientConnection } from './client-connection.ts';
import type { Admission } from './admission.ts';
import type { ClientLimits } from './client-limits.ts';
import { acceptOn } from './protocol-server.ts';
import type { ProtocolServer } from './protocol-server.ts';
import { GatewayResponse } from './response-writer.ts';

export interface HttpEvents {
  readonly request: (
    listener: GatewayListener,
    client: ClientConnection,
    request: IncomingMessage,
    response: GatewayResponse,
  ) => void;
  /** A request that could not be parsed, and what it was answered. */
  readonly refused: (status: ErrorStatus, reason: string, client: ClientConnection) => void;
}

export class HttpServer implements ProtocolServer {
  readonly listener: GatewayListener;
  readonly #server: Server<typeof IncomingMessage, typeof GatewayResponse>;
  readonly #clients = new Map<Duplex, ClientConnection>();
  readonly #admission: Admission;
  readonly #events: HttpEvents;

  constructor(
    listener: GatewayListener,
    limits: ClientLimits,
    admission: Admission,
    events: HttpEvents,
  ) {
    this.listener = listener;
    this.#admission = admission;
    this.#events = events;
    const checkEveryMs = Math.min(5000, Math.max(250, limits.silenceMaxMs / 4));
    this.#server = createServer({
      IncomingMessage,
      ServerResponse: GatewayResponse,
      requestTimeout: 0,
      headersTimeout: limits.silenceMaxMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: limits.keepAliveMs === 'off' ? 0 : limits.keepAliveMs,
      maxHeaderSize: limits.headMaxBytes,
      requireHostHeader: true,
    });
    this.#server.maxHeadersCount = 0;
    // A little longer than for the head, so that Node's check of the head can answer 408 first.
    const silenceMs = limits.silenceMaxMs === 0 ? 0 : limits.silenceMaxMs + checkEveryMs;
    this.#server.setTimeout(silenceMs, (socket: Socket) => {
      this.#clients.get(socket)?.silent(silenceMs);
    });
    this.#server.on('connection', (socket: Socket) => this.#connected(socket));
    const take = (request: IncomingMessage, response: GatewayResponse): void => {
      const client = this.#clients.get(request.socket);
      if (limits.keepAliveMs === 'off') response.shouldKeepAlive = false;
      if (client !== undefined) events.request(listener, client, request, response);
    };
    this.#server.on('request', take);
    this.#server.on('checkContinue', take);
    this.#server.on('checkExpectation', (_request, response) => {
      response.writeHead(417, { Connection: 'close' }).end();
    });
    this.#server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
      this.#refuse(socket, 405, 'CONNECT'),
    );
    this.#server.on('clientError', (error: Error & { code?: string }, socket) =>
      this.#refuse(socket, statusOf(error.code ?? ''), error.message),
    );
  }

  get connections(): number {
    return this.#clients.size;
  }

  get clients(): Iterable<ClientConnection> {
    return this.#clients.values();
  }

  /** Starts to accept on the listener's descriptor; resolves when it does. */
  open(backlog: number): Promise<void> {
    const { fd, backlog: own = backlog } = this.listener;
    return acceptOn(this.#server, { fd, backlog: own }, (error) => this.#admission.failed(error));
  }

  /** As net.Server closes: the one of node:http cuts the clients that rest, at once. */
  drain(): void {
    if (this.#server.listening) NetServer.prototype.close.call(this.#server);
  }

  #connected(socket: Socket): void {
    if (!this.#admission.admit()) return void socket.destroy();
    this.#clients.set(socket, new ClientConnection(socket));
    socket.on('close', () => {
      this.#clients.delete(socket);
      this.#admission.left();
    });
  }

  /** Answers what is no request, and closes. */
  #refuse(socket: Duplex, status: ErrorStatus, reason: string): void {
    const client = this.#clients.get(socket);
    if (client === undefined || socket.destroyed) return;
    // A response that is under way must not be mixed with the page; a silent client gets none.
    if (!socket.writable || client.isBusy || client.hasSaidNothing) return void socket.destroy();
    this.#events.refused(status, reason, client);
    socket.end(rawErrorPage(status));
    client.lingerThenDestroy();
  }
}

function statusOf(code: string): ErrorStatus {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  return 400;
}
