/**
 * A listener and its clients, whatever their protocol: who is taken, who has rested for too long or
 * does not finish his head, and that nobody more is taken when the gateway drains.
 */

import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

import type { GatewayListener } from '../../protocol/control-messages.ts';
import type { Admission } from './admission.ts';
import type { ClientStream } from './connection.ts';
import { acceptOn } from '../socket/accept.ts';

/** How often clients are looked at whose time may have ended. */
const LOOK_MAX_MS = 1_000;
/** Connections that are being told that they are too many. */
const TURNED_AWAY_MAX = 100;

export interface ClientServerParts {
  readonly listener: GatewayListener;
  readonly admission: Admission;
  /** The shortest time in ms after which a client may be late; 0 = none is. */
  readonly shortestLimitMs: number;
  readonly connect: (socket: Socket) => ClientStream;
}

export class ClientServer {
  readonly #parts: ClientServerParts;
  readonly #server: Server;
  readonly #clients = new Set<ClientStream>();
  #turnedAway = 0;

  constructor(parts: ClientServerParts) {
    this.#parts = parts;
    const options = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true };
    this.#server = createServer(options, (socket) => this.#connected(socket));
    const { shortestLimitMs } = parts;
    if (shortestLimitMs === 0) return;
    const everyMs = Math.min(LOOK_MAX_MS, Math.max(50, shortestLimitMs / 4));
    setInterval(() => this.#look(), everyMs).unref();
  }

  /** Who is connected. */
  get clients(): ReadonlySet<ClientStream> {
    return this.#clients;
  }

  /** Starts to accept on the listener's descriptor; resolves when it does. */
  open(backlog: number): Promise<void> {
    const { listener, admission } = this.#parts;
    const { fd, backlog: own = backlog } = listener;
    return acceptOn(this.#server, { fd, backlog: own }, (error) => admission.failed(error));
  }

  /** Accepts nothing more; clients that are connected stay. */
  drain(): void {
    if (this.#server.listening) this.#server.close();
  }

  #look(): void {
    const nowMs = performance.now();
    for (const client of this.#clients) client.look(nowMs);
  }

  #connected(accepted: Socket): void {
    const { admission, connect } = this.#parts;
    const client = connect(accepted);
    const admitted = admission.admit(client.address);
    if (admitted === 'address-full') return this.#turnAway(client);
    if (admitted !== 'yes') return client.close();
    this.#clients.add(client);
    client.whenClosed(() => {
      this.#clients.delete(client);
      admission.left(client.address);
    });
  }

  /** Says 503 to a client too many, if that costs little: a crowd of them is closed. */
  #turnAway(client: ClientStream): void {
    if (this.#turnedAway >= TURNED_AWAY_MAX) return client.close();
    this.#turnedAway += 1;
    client.whenClosed(() => (this.#turnedAway -= 1));
    client.turnAway();
  }
}
