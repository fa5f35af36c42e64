/** One connection that speaks HTTP/1: what its heads mean. */

import type { Socket } from 'node:net';

import type { ClientConnection } from './client-connection.ts';
import type { ClientLimits } from './limits.ts';
import type { ClientMessage } from './incoming.ts';
import { ClientStream } from './connection.ts';
import type { ErrorStatus } from '../http/error-pages.ts';
import type { GatewayResponse } from './gateway-response.ts';
import { readHttpHead } from '../http/head.ts';
import type { HttpHead } from '../http/head.ts';

export interface HttpEvents {
  readonly request: (
    client: ClientConnection,
    request: ClientMessage,
    response: GatewayResponse,
  ) => void;
  /** A request that could not be read, and what it was answered. */
  readonly refused: (status: ErrorStatus, reason: string, client: ClientConnection) => void;
}

export class HttpConnection extends ClientStream {
  readonly #events: HttpEvents;
  readonly #keepAliveHint: string;
  /** How much of what is unread has been searched for the end of a head. */
  #lookedAt = 0;

  constructor(socket: Socket, limits: ClientLimits, events: HttpEvents) {
    super(socket, limits);
    this.#events = events;
    const { keepAliveMs } = limits;
    const isHinted = keepAliveMs !== 'off' && keepAliveMs >= 1000;
    this.#keepAliveHint = isHinted ? `timeout=${Math.floor(keepAliveMs / 1000)}` : '';
  }

  protected readHead(): boolean {
    const reading = readHttpHead(this.unread, this.#lookedAt, this.limits.headMaxBytes);
    this.#lookedAt = reading.kind === 'incomplete' ? this.unread.length : 0;
    if (reading.kind === 'incomplete') return false;
    if (reading.kind === 'refused') return this.refuse(reading.status, reading.reason);
    this.unread = this.unread.subarray(reading.endAt);
    return this.#begin(reading.head);
  }

  protected headIsLate(): void {
    this.refuse(408, 'its head did not come in time');
  }

  protected refused(status: ErrorStatus, reason: string): void {
    this.#events.refused(status, reason, this.client);
  }

  protected hasNext(response: GatewayResponse): boolean {
    return response.shouldKeepAlive;
  }

  #begin(head: HttpHead): boolean {
    if (head.method === 'CONNECT') return this.refuse(405, 'CONNECT');
    if (head.expectation === 'unknown') return this.refuse(417, 'an expectation that is unknown');
    const { request, response } = this.open(head, {
      keepsAlive: head.keepsAlive && this.limits.keepAliveMs !== 'off',
      keepAliveHint: this.#keepAliveHint,
      isHttp: true,
    });
    this.expectBody(head.bodyBytes);
    this.#events.request(this.client, request, response);
    return true;
  }
}
