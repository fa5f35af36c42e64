/**
 * One connection that speaks HTTP/1: what its heads mean, and the PROXY header that it may begin
 * with.
 */

import { rawErrorPage } from '../http/error-pages.ts';
import type { ErrorStatus } from '../http/error-pages.ts';
import { readHttpHead } from '../http/head.ts';
import type { HttpHead } from '../http/head.ts';
import { beginningOf, isProxyHeader, readProxyHeader } from '../http/proxy-header.ts';
import type { ProxiedConnection } from '../http/proxy-header.ts';
import type { Peer } from '../request/forwarded.ts';
import type { ClientSocket } from '../socket/client-socket.ts';
import { Connection } from './connection.ts';
import type { ConnectionParts } from './connection.ts';
import type { Receiver } from './turn.ts';

const nothing = Buffer.alloc(0);

export interface HttpParts extends ConnectionParts {
  readonly receiver: Receiver;
  /** A request could not be read, and was answered so. */
  readonly refused: (status: ErrorStatus, reason: string, address: string) => void;
  readonly proxies: ProxyParts;
}

/** What a listener does with PROXY headers. */
export interface ProxyParts {
  /** They are read at the start of a connection. */
  readonly areHeard: boolean;
  /** The client that a named proxy speaks for. */
  readonly peerOf: (connection: ProxiedConnection) => Peer;
  /** One came that is not read, and was answered 400: of a peer without a name, or not heard. */
  readonly refused: (address: string) => void;
}

export class HttpConnection extends Connection {
  readonly #parts: HttpParts;
  /** How much of what is unread has been searched for the end of a head. */
  #lookedAt = 0;
  /** Nothing has come that is not a part of a PROXY header. */
  #mayBeProxied: boolean;

  constructor(socket: ClientSocket, parts: HttpParts) {
    super(socket, parts);
    this.#parts = parts;
    this.#mayBeProxied = parts.proxies.areHeard;
  }

  protected readHead(nowMs: number): boolean {
    if (this.#mayBeProxied && !this.#isPastProxyHeader()) return false;
    const reading = readHttpHead(this.unread, this.#lookedAt, this.limits.headMaxBytes);
    this.#lookedAt = reading.kind === 'incomplete' ? this.unread.length : 0;
    if (reading.kind === 'incomplete') return false;
    if (reading.kind === 'refused') {
      // One that nobody has asked for: the operator is told how.
      if (!this.#parts.proxies.areHeard && isProxyHeader(this.unread)) return this.#refuseProxy();
      return this.refuse(reading.status, reading.reason);
    }
    this.unread = this.unread.subarray(reading.endAt);
    return this.#begin(reading.head, nowMs);
  }

  protected headIsLate(): void {
    this.refuse(408, 'its head did not come in time');
  }

  protected refused(status: ErrorStatus, reason: string): void {
    this.#parts.refused(status, reason, this.peer.address);
  }

  protected hasNext(next: 'keep' | 'close'): boolean {
    return next === 'keep';
  }

  /** Reads the PROXY header, if there is one; false where no head can be read behind it now. */
  #isPastProxyHeader(): boolean {
    const beginning = beginningOf(this.unread);
    if (beginning === 'incomplete') return false;
    if (beginning === 'none') {
      this.#mayBeProxied = false;
      return true;
    }
    if (!this.peer.isNamed) return this.#refuseProxy();
    const reading = readProxyHeader(this.unread, beginning);
    if (reading.kind === 'incomplete') return false;
    if (reading.kind === 'refused') return this.refuse(400, `a PROXY header: ${reading.reason}`);
    this.#mayBeProxied = false;
    const { proxied, endAt } = reading;
    if (proxied !== undefined) this.peer = this.#parts.proxies.peerOf(proxied);
    this.unread = endAt < this.unread.length ? this.unread.subarray(endAt) : nothing;
    if (this.unread.length > 0) return true;
    // The proxy has connected, and its client may be silent as after a connection of its own.
    this.beginAnew();
    return false;
  }

  /** Whoever may say so could pretend to be anybody. */
  #refuseProxy(): false {
    this.#parts.proxies.refused(this.peer.address);
    return this.endWith(rawErrorPage(400));
  }

  #begin(head: HttpHead, nowMs: number): boolean {
    if (head.method === 'CONNECT') return this.refuse(405, 'CONNECT');
    if (head.expectation === 'unknown') return this.refuse(417, 'an expectation that is unknown');
    const body = this.bodyOf(head.bodyBytes);
    this.begin(this.#parts.receiver.receive(this, head, body, nowMs), nowMs);
    return true;
  }
}
