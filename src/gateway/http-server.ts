/**
 * Connections: limits, timeouts, keep-alive, drain. What a request means is decided elsewhere.
 *
 * Node's parser stays strict. Each limit of Node's is set from a setting or switched off, so that
 * nothing cuts a request that no option names: a slow upload or a long answer may take any time,
 * a client that is silent for longer than its listener allows while it is its turn may not.
 */

import { IncomingMessage, createServer } from 'node:http';
import type { Server } from 'node:http';
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

/** Connections that are being told that they are too many. */
const TURNED_AWAY_MAX = 100;
/** The rest of a request line: it was the target that was too long. */
const TARGET_END = /^\S* HTTP\/\d\.\d\r?\n/;

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
  #turnedAway = 0;
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
    const { silenceMaxMs, headMaxMs } = limits;
    const checkEveryMs = Math.min(5000, Math.max(250, (headMaxMs || silenceMaxMs) / 4));
    this.#server = createServer({
      IncomingMessage,
      ServerResponse: GatewayResponse,
      requestTimeout: 0,
      headersTimeout: headMaxMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: limits.keepAliveMs === 'off' ? 0 : limits.keepAliveMs,
      maxHeaderSize: limits.headMaxBytes,
      // Ours to refuse, as Node does it without a page.
      requireHostHeader: false,
    });
    this.#server.maxHeadersCount = 0;
    // A little longer than for the head, so that Node's check of the head can answer 408 first.
    const silenceMs = silenceMaxMs === 0 ? 0 : silenceMaxMs + checkEveryMs;
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
    this.#server.on('checkExpectation', take);
    this.#server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
      this.#refuse(socket, 405, 'CONNECT'),
    );
    this.#server.on('clientError', (error: ParseError, socket) => {
      // What comes behind the last request is not for us; its answer may still be under way.
      if (error.code === 'HPE_CLOSED_CONNECTION') return;
      // A client that has gone in the middle of a body needs no answer.
      const hasGone = error.code === 'HPE_INVALID_EOF_STATE';
      if (hasGone && this.#clients.get(socket)?.isSending === true) return void socket.destroy();
      this.#refuse(socket, statusOf(error), error.message);
    });
  }

  get connections(): number {
    return this.#clients.size;
  }

  /** Starts to accept on the listener's descriptor; resolves when it does. */
  open(backlog: number): Promise<void> {
    const { fd } = this.listener;
    return acceptOn(this.#server, { fd, backlog }, (error) => this.#admission.failed(error));
  }

  /** Accepts nothing more, and closes the connections that are at rest. */
  drain(): void {
    if (this.#server.listening) this.#server.close();
    this.closeResting();
  }

  closeResting(): void {
    this.#server.closeIdleConnections();
  }

  #connected(socket: Socket): void {
    const client = new ClientConnection(socket);
    const admitted = this.#admission.admit(client.address);
    if (admitted === 'address-full') return this.#turnAway(socket, client);
    if (admitted !== 'yes') return void socket.destroy();
    this.#clients.set(socket, client);
    socket.on('close', () => {
      this.#clients.delete(socket);
      this.#admission.left(client.address);
    });
  }

  /** Says 503 to a client too many, if that costs little: a crowd of them is closed. */
  #turnAway(socket: Socket, client: ClientConnection): void {
    if (this.#turnedAway >= TURNED_AWAY_MAX) return void socket.destroy();
    this.#turnedAway += 1;
    socket.on('close', () => (this.#turnedAway -= 1));
    socket.on('error', () => undefined);
    client.broken(503, rawErrorPage(503));
  }

  /** Answers what is no request, and closes. */
  #refuse(socket: Duplex, status: ErrorStatus, reason: string): void {
    const client = this.#clients.get(socket);
    if (client === undefined || client.isBroken || socket.destroyed) return;
    // A client that has said nothing gets no answer.
    if (!socket.writable || client.hasSaidNothing) return void socket.destroy();
    this.#events.refused(status, reason, client);
    client.broken(status, rawErrorPage(status));
  }
}

/** What Node says of bytes that its parser refuses. */
interface ParseError extends Error {
  readonly code?: string;
  /** The piece that came last, and where in it the parser stopped. */
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

function statusOf({ code, rawPacket, bytesParsed }: ParseError): ErrorStatus {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const rest = rawPacket?.toString('latin1', bytesParsed ?? 0) ?? '';
    return TARGET_END.test(rest) ? 414 : 431;
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  return 400;
}
