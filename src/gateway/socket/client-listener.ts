/**
 * A listener for clients: each connection is taken over as a handle, before net.Server makes a
 * net.Socket of it (`client-socket.ts`).
 *
 * net.Server has its listening handle call `onconnection`. That is where connections are taken;
 * what is not as expected there is left to the function of net.Server, and costs more. So its
 * limit and its count of connections, which is 0, mean nothing here.
 */

import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

import { acceptWithData, hasSynCookies } from './system-calls.ts';
import { acceptOn } from './accept.ts';
import { acceptedHandle } from './accepted-handle.ts';
import { ClientSocket } from './client-socket.ts';
import type { ShortLivedConnections } from './short-lived.ts';

/**
 * How long the kernel keeps a connection back on which nothing comes. A request that has come when
 * its connection is accepted costs half (measured); who only connects is seen after this time.
 */
const KEPT_BACK_SECONDS = 1;

export class ClientListener {
  readonly #server: Server;
  readonly #shortLived: ShortLivedConnections;
  readonly #connected: (socket: ClientSocket) => void;
  /** Small writes of its connections are sent at once. */
  #isNoDelayInherited = false;

  constructor(shortLived: ShortLivedConnections, connected: (socket: ClientSocket) => void) {
    this.#shortLived = shortLived;
    this.#connected = connected;
    const options = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true };
    this.#server = createServer(options, (socket) => this.#takeSocket(socket));
  }

  /** Starts to accept, as `acceptOn`. */
  async open(
    place: { readonly fd: number; readonly backlog: number },
    failed: (error: Error) => void,
  ): Promise<void> {
    if (this.#server.listening) return;
    // Those that are kept back fill a queue, which must not keep others out.
    const keptBackSeconds = hasSynCookies() ? KEPT_BACK_SECONDS : 0;
    this.#isNoDelayInherited = acceptWithData(place.fd, keptBackSeconds);
    await acceptOn(this.#server, place, failed);
    this.#takeHandles();
  }

  /** Accepts nothing more. */
  close(): void {
    if (this.#server.listening) this.#server.close();
  }

  #takeHandles(): void {
    const listening: unknown = Reflect.get(this.#server, '_handle');
    if (typeof listening !== 'object' || listening === null) return;
    const usual: unknown = Reflect.get(listening, 'onconnection');
    if (typeof usual !== 'function') return;
    const taken = (error: unknown, handle: unknown): void => {
      if (error || !this.#takeHandle(handle)) Reflect.apply(usual, listening, [error, handle]);
    };
    Reflect.set(listening, 'onconnection', taken);
  }

  /** False where it is not as expected. */
  #takeHandle(own: unknown): boolean {
    const handle = acceptedHandle(own);
    if (handle === undefined) return false;
    if (!this.#isNoDelayInherited) handle.own.setNoDelay?.(true);
    this.#connected(new ClientSocket({ kind: 'handle', handle }, this.#shortLived));
    return true;
  }

  #takeSocket(socket: Socket): void {
    // A unix socket has no address; that of a connection that was reset already cannot be known,
    // and what is left unread of it is no request of a local client.
    const isTcp = this.#server.address() !== null;
    if (isTcp && socket.remoteAddress === undefined) socket.destroy();
    else this.#connected(new ClientSocket({ kind: 'socket', socket }, this.#shortLived));
  }
}
