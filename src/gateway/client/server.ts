/**
 * A server for each listener: which protocol it speaks, which of its clients are admitted, and
 * which of them are late. When the gateway drains it admits no more.
 */

import type { Clocks } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import { LogThrottle } from '../../log/throttle.ts';
import type { GatewayListener, GatewaySettings } from '../../protocol/control-messages.ts';
import type { ProxiedConnection } from '../http/proxy-header.ts';
import type { Peer } from '../request/forwarded.ts';
import { ClientListener } from '../socket/client-listener.ts';
import type { ClientSocket } from '../socket/client-socket.ts';
import { ShortLivedConnections } from '../socket/short-lived.ts';
import type { Admission } from './admission.ts';
import type { Connection, ConnectionParts } from './connection.ts';
import { HttpConnection } from './http-connection.ts';
import type { HttpParts, ProxyParts } from './http-connection.ts';
import { clientLimits, shortestOf, termsOf } from './limits.ts';
import type { Receiver } from './turn.ts';
import { UwsgiConnection } from './uwsgi-connection.ts';
import type { UwsgiParts } from './uwsgi-connection.ts';

/** How often clients are looked at whose time may have ended. */
const LOOK_MAX_MS = 1_000;
/** Connections that are being told that they are too many. */
const TURNED_AWAY_MAX = 100;

export interface ServerParts {
  readonly settings: GatewaySettings;
  readonly receiverOf: (listener: GatewayListener) => Receiver;
  readonly peerOf: ConnectionParts['peerOf'];
  readonly peerBehindProxy: (connection: ProxiedConnection, isServerOurs: boolean) => Peer;
  readonly admission: Admission;
  readonly log: Logger;
  readonly clocks: Clocks;
}

/** Returns the servers, in the order of the listeners; they accept when they are opened. */
export function createServers(parts: ServerParts): readonly ClientServer[] {
  const { settings, receiverOf, peerOf, admission, log, clocks } = parts;
  const tooLarge = headRefusals(settings.options['buffer-size'], log, clocks);
  const refused = requestRefusals(log, clocks, tooLarge);
  const shortLived = new ShortLivedConnections(clocks);
  return settings.listeners.map((listener) => {
    const limits = clientLimits(settings.options, listener);
    const { protocol } = listener;
    const receiver = receiverOf(listener);
    const common = { limits, terms: termsOf(limits, protocol), peerOf, clocks, receiver };
    const own = { listener, admission, clocks, shortLived, shortestLimitMs: shortestOf(limits) };
    if (protocol === 'http') {
      const http = { ...common, refused, proxies: proxyPartsOf(listener, parts) };
      return new ClientServer({ ...own, connect: (socket) => new HttpConnection(socket, http) });
    }
    const uwsgi = { ...common, refused: packetRefusals(listener, log, tooLarge) };
    return new ClientServer({ ...own, connect: (socket) => new UwsgiConnection(socket, uwsgi) });
  });
}

export interface ClientServerParts {
  readonly listener: GatewayListener;
  readonly admission: Admission;
  readonly clocks: Clocks;
  /** The shortest time in ms after which a client may be late; 0 = none is. */
  readonly shortestLimitMs: number;
  readonly shortLived: ShortLivedConnections;
  readonly connect: (socket: ClientSocket) => Connection;
}

export class ClientServer {
  readonly #parts: ClientServerParts;
  readonly #sockets: ClientListener;
  readonly #clients = new Set<Connection>();
  #turnedAway = 0;

  constructor(parts: ClientServerParts) {
    this.#parts = parts;
    const { shortLived, shortestLimitMs, clocks } = parts;
    this.#sockets = new ClientListener(shortLived, (socket) => this.#connected(socket));
    if (shortestLimitMs === 0) return;
    const everyMs = Math.min(LOOK_MAX_MS, Math.max(50, shortestLimitMs / 4));
    clocks.every(everyMs, () => this.#look());
  }

  /** The connections that were admitted. */
  get clients(): ReadonlySet<Connection> {
    return this.#clients;
  }

  /** Starts to accept on the listener's descriptor; resolves when it does. */
  open(backlog: number): Promise<void> {
    const { listener, admission, clocks } = this.#parts;
    const { fd, backlog: own = backlog } = listener;
    const failed = (error: Error): void => admission.failed(error, clocks.now());
    return this.#sockets.open({ fd, backlog: own }, failed);
  }

  /** Accepts nothing more; clients that are connected stay. */
  drain(): void {
    this.#sockets.close();
  }

  #look(): void {
    const nowMs = this.#parts.clocks.now();
    for (const client of this.#clients) client.look(nowMs);
  }

  #connected(socket: ClientSocket): void {
    const { admission, connect, clocks } = this.#parts;
    const client = connect(socket);
    // Whomever it speaks for later, it counts as the one that has connected.
    const { peer } = client;
    const admitted = admission.admit(peer, clocks.now());
    if (admitted === 'address-full') return this.#turnAway(client);
    if (admitted !== 'yes') return client.close();
    this.#clients.add(client);
    client.start(() => {
      this.#clients.delete(client);
      admission.left(peer);
    });
  }

  /** Answers 503 to a client too many, if that costs little: a crowd of them is closed. */
  #turnAway(client: Connection): void {
    if (this.#turnedAway >= TURNED_AWAY_MAX) return client.close();
    this.#turnedAway += 1;
    client.turnAway(() => (this.#turnedAway -= 1));
  }
}

/** As in uWSGI the address that a client has connected to is our own only for http-socket. */
function proxyPartsOf(listener: GatewayListener, parts: ServerParts): ProxyParts {
  const { settings, peerBehindProxy } = parts;
  const { options } = settings;
  const isRouter = listener.option === 'http';
  const isHeardByRouter = isRouter && options['http-enable-proxy-protocol'];
  const areHeard = options['enable-proxy-protocol'] || isHeardByRouter;
  return {
    areHeard,
    peerOf: (connection) => peerBehindProxy(connection, !isRouter),
    refused: proxyRefusals(listener, areHeard, parts),
  };
}

/** A proxy that is not named, or a client that pretends to be one. */
function proxyRefusals(
  { option, name }: GatewayListener,
  areHeard: boolean,
  { log, clocks }: ServerParts,
): ProxyParts['refused'] {
  const throttle = new LogThrottle();
  const reader = option === 'http' ? 'http-enable-proxy-protocol' : 'enable-proxy-protocol';
  const switchedOn = areHeard ? '' : `${reader} = true and `;
  return (address) => {
    const count = throttle.count(clocks.now());
    if (count === 0) return;
    const who = address === '' ? 'unix' : address;
    const others = count > 1 ? ` (${count} times)` : '';
    const sentence =
      `a PROXY header from ${who === 'unix' ? 'a unix socket' : who} on ${option} = ${name} was ` +
      `answered 400${others}: ${areHeard ? 'it is not in trusted-proxies' : 'none is read there'}; ` +
      `if it is your proxy, write ${switchedOn}trusted-proxies = ${who}`;
    log.warn('proxy-header.refused', { option, name, address: who, count }, sentence);
  };
}

function requestRefusals(log: Logger, clocks: Clocks, tooLarge: () => void): HttpParts['refused'] {
  const throttle = new LogThrottle();
  return (status, reason, address) => {
    if (status === 431 || status === 414) return tooLarge();
    const count = throttle.count(clocks.now());
    if (count === 0) return;
    const others = count > 1 ? ` (${count} times)` : '';
    const sentence = `a request was answered ${status}: ${reason}${others}`;
    log.info('request.refused', { status, address, count }, sentence);
  };
}

/** A client whose cookies have grown too large comes again and again. */
function headRefusals(bytes: number, log: Logger, clocks: Clocks): () => void {
  const throttle = new LogThrottle();
  return () => {
    const count = throttle.count(clocks.now());
    if (count === 0) return;
    const what = count === 1 ? 'a request was' : `${count} requests were`;
    const sentence = `${what} answered 431 or 414: the head is larger than buffer-size = ${bytes}`;
    log.warn('request.too-large', { option: 'buffer-size', bytes, count }, sentence);
  };
}

/** A client of another protocol is the operator's mistake: it is logged once. */
function packetRefusals(
  { option, name }: GatewayListener,
  log: Logger,
  tooLarge: () => void,
): UwsgiParts['refused'] {
  let isLogged = false;
  return (why, detail) => {
    if (why === 'size') return tooLarge();
    if (why === 'packet') {
      const sentence = `a packet on ${option} = ${name} was refused: ${detail}`;
      return log.debug('packet.refused', { option, name }, sentence);
    }
    if (isLogged) return;
    isLogged = true;
    const sentence =
      `an HTTP client spoke to ${option} = ${name}, which speaks the uwsgi protocol: ` +
      'use http-socket for it, or uwsgi_pass in nginx';
    log.warn('packet.http', { option, name }, sentence);
  };
}
