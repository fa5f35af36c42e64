/**
 * A listener whose clients speak HTTP: who is connected, who has rested for too long, who goes when
 * the gateway drains.
 */

import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

import type { GatewayListener } from '../protocol/control-messages.ts';
import type { Admission } from './admission.ts';
import type { ClientLimits } from './client-limits.ts';
import { HttpConnection } from './http-connection.ts';
import type { HttpEvents } from './http-connection.ts';
import { acceptOn } from './protocol-server.ts';
import type { ProtocolServer } from './protocol-server.ts';

/** How often it looks for connections that have rested for too long, or whose head is late. */
const LOOK_MS = 1_000;

export class HttpServer implements ProtocolServer {
  readonly listener: GatewayListener;
  readonly #server: Server;
  readonly #connections = new Set<HttpConnection>();
  readonly #admission: Admission;
  readonly #look: NodeJS.Timeout;

  constructor(
    listener: GatewayListener,
    limits: ClientLimits,
    admission: Admission,
    events: HttpEvents,
  ) {
    this.listener = listener;
    this.#admission = admission;
    const { keepAliveMs } = limits;
    const isHinted = keepAliveMs !== 'off' && keepAliveMs > 0;
    const hint = isHinted ? `timeout=${Math.floor(keepAliveMs / 1000)}` : '';
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket: Socket) => {
      if (!admission.admit()) return void socket.destroy();
      const connection = new HttpConnection(socket, limits, events, hint);
      this.#connections.add(connection);
      socket.on('close', () => {
        this.#connections.delete(connection);
        admission.left();
      });
    });
    this.#look = setInterval(() => {
      const nowMs = performance.now();
      for (const connection of this.#connections) connection.look(nowMs);
    }, LOOK_MS);
    this.#look.unref();
  }

  get connections(): number {
    return this.#connections.size;
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
    for (const connection of this.#connections) if (connection.isResting) connection.end();
  }
}
