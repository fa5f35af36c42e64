/** A listener whose clients speak the uwsgi protocol: nginx's `uwsgi_pass`. */

import { createServer } from 'node:net';
import type { Server } from 'node:net';

import type { GatewayListener } from '../protocol/control-messages.ts';
import type { Admission } from './admission.ts';
import type { ClientLimits } from './client-limits.ts';
import { acceptOn } from './protocol-server.ts';
import type { ProtocolServer } from './protocol-server.ts';
import { UwsgiConnection } from './uwsgi-connection.ts';
import type { UwsgiEvents } from './uwsgi-connection.ts';

export class UwsgiServer implements ProtocolServer {
  readonly #listener: GatewayListener;
  readonly #admission: Admission;
  readonly #server: Server;
  readonly #connections = new Set<UwsgiConnection>();

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
      const connection = new UwsgiConnection(socket, limits, events);
      this.#connections.add(connection);
      socket.on('close', () => {
        this.#connections.delete(connection);
        admission.left();
      });
    });
  }

  get connections(): number {
    return this.#connections.size;
  }

  open(backlog: number): Promise<void> {
    const { fd, backlog: own = backlog } = this.#listener;
    return acceptOn(this.#server, { fd, backlog: own }, (error) => this.#admission.failed(error));
  }

  drain(): void {
    if (this.#server.listening) this.#server.close();
  }

  /** A peer sends its packet at once, so one that rests while we drain is given its moment. */
  closeResting(): void {}
}
