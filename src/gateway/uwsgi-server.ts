/** A listener whose clients speak the uwsgi protocol: nginx's `uwsgi_pass`. */

import { createServer } from 'node:net';
import type { Server } from 'node:net';

import type { GatewayListener } from '../protocol/control-messages.ts';
import { acceptOn } from './protocol-server.ts';
import type { ClientLimits, ProtocolServer } from './protocol-server.ts';
import { UwsgiConnection } from './uwsgi-connection.ts';
import type { UwsgiEvents } from './uwsgi-connection.ts';

export class UwsgiServer implements ProtocolServer {
  readonly #listener: GatewayListener;
  readonly #server: Server;
  readonly #connections = new Set<UwsgiConnection>();

  constructor(listener: GatewayListener, limits: ClientLimits, events: UwsgiEvents) {
    this.#listener = listener;
    this.#server = createServer({ noDelay: true }, (socket) => {
      const connection = new UwsgiConnection(socket, limits.silenceMaxMs, events);
      this.#connections.add(connection);
      socket.on('close', () => this.#connections.delete(connection));
    });
  }

  get connections(): number {
    return this.#connections.size;
  }

  open(backlog: number): Promise<void> {
    return acceptOn(this.#server, this.#listener.fd, backlog);
  }

  drain(): void {
    if (this.#server.listening) this.#server.close();
  }

  /** A peer sends its packet at once, so one that rests while we drain is given its moment. */
  closeResting(): void {}
}
