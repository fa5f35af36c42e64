/** A listener whose clients speak the uwsgi protocol: nginx's `uwsgi_pass`. */

import { createServer } from 'node:net';
import type { Server } from 'node:net';

import type { GatewayListener } from '../protocol/control-messages.ts';
import type { Admission } from './admission.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ClientLimits } from './client-limits.ts';
import { acceptOn } from './protocol-server.ts';
import type { ProtocolServer } from './protocol-server.ts';
import { UwsgiConnection } from './uwsgi-connection.ts';
import type { UwsgiEvents } from './uwsgi-connection.ts';

export class UwsgiServer implements ProtocolServer {
  readonly #listener: GatewayListener;
  readonly #admission: Admission;
  readonly #server: Server;
  readonly #clients = new Set<ClientConnection>();

  constructor(
    listener: GatewayListener,
    limits: ClientLimits,
    admission: Admission,
    events: UwsgiEvents,
  ) {
    this.#listener = listener;
    this.#admission = admission;
    this.#server = createServer({ noDelay: true }, (socket) => {
      if (!admission.admit()) return void socket.destroy();
      const { client } = new UwsgiConnection(socket, limits, events);
      this.#clients.add(client);
      socket.on('close', () => {
        this.#clients.delete(client);
        admission.left();
      });
    });
  }

  get connections(): number {
    return this.#clients.size;
  }

  get clients(): Iterable<ClientConnection> {
    return this.#clients;
  }

  open(backlog: number): Promise<void> {
    const { fd, backlog: own = backlog } = this.#listener;
    return acceptOn(this.#server, { fd, backlog: own }, (error) => this.#admission.failed(error));
  }

  drain(): void {
    if (this.#server.listening) this.#server.close();
  }
}
