/** One connection that speaks HTTP/1: what its heads mean, and how long it may rest between them. */

import type { Socket } from 'node:net';

import type { ClientConnection } from './client-connection.ts';
import type { ClientLimits } from './client-limits.ts';
import type { ClientMessage } from './client-message.ts';
import { ClientStream } from './client-stream.ts';
import { rawErrorPage } from './error-pages.ts';
import type { ErrorStatus } from './error-pages.ts';
import type { GatewayResponse } from './gateway-response.ts';
import { readHttpHead } from './http-head.ts';
import type { HttpHead } from './http-head.ts';

export interface HttpEvents {
  readonly request: (
    client: ClientConnection,
    request: ClientMessage,
    response: GatewayResponse,
  ) => void;
  /** A request that could not be read, and what it was answered. */
  readonly refused: (status: ErrorStatus, reason: string, client: ClientConnection) => void;
}

/** fresh: has said nothing yet. resting: between two requests. */
type Phase = 'fresh' | 'resting' | 'head' | 'request';

export class HttpConnection extends ClientStream {
  readonly #events: HttpEvents;
  readonly #keepAliveHint: string;
  #phase: Phase = 'fresh';
  /** When the phase began. */
  #sinceMs = performance.now();
  /** How much of what is unread has been searched for the end of a head. */
  #lookedAt = 0;

  constructor(socket: Socket, limits: ClientLimits, events: HttpEvents, keepAliveHint: string) {
    super(socket, limits);
    this.#events = events;
    this.#keepAliveHint = keepAliveHint;
  }

  /** True between two requests; a client that has just connected is about to send its first. */
  get isResting(): boolean {
    return this.#phase === 'resting';
  }

  /** Ends a connection whose next request is late. Called every second or so. */
  look(nowMs: number): void {
    const { silenceMaxMs, keepAliveMs } = this.limits;
    const limitMs = this.#phase === 'resting' && keepAliveMs !== 'off' ? keepAliveMs : silenceMaxMs;
    if (limitMs === 0 || nowMs - this.#sinceMs < limitMs) return;
    if (this.#phase === 'head') this.#refuse(408, 'its head did not come in time');
    else if (this.#phase !== 'request') this.end();
  }

  protected readHead(): boolean {
    if (this.#phase !== 'head') this.#enter('head');
    const reading = readHttpHead(this.unread, this.#lookedAt, this.limits.headMaxBytes);
    this.#lookedAt = reading.kind === 'incomplete' ? this.unread.length : 0;
    if (reading.kind === 'incomplete') return false;
    if (reading.kind === 'refused') {
      this.#refuse(reading.status, reading.reason);
      return false;
    }
    this.unread = this.unread.subarray(reading.endAt);
    this.#begin(reading.head);
    return true;
  }

  protected broken(problem: string): void {
    const exchange = this.response?.exchange;
    if (exchange?.isArriving === true) exchange.page(400);
    else this.socket.destroy();
  }

  protected hasNext(_request: ClientMessage, response: GatewayResponse): boolean {
    this.#enter('resting');
    return response.shouldKeepAlive;
  }

  /** Between two requests its own limit holds, which `look` keeps. */
  protected override silent(): void {
    if (this.#phase === 'request') super.silent();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#sinceMs = performance.now();
  }

  #begin(head: HttpHead): void {
    if (head.method === 'CONNECT') return this.#refuse(405, 'CONNECT');
    if (head.expectation === 'unknown') return this.#refuse(417, 'an expectation that is unknown');
    this.#enter('request');
    const { request, response } = this.open(head, {
      keepsAlive: head.keepsAlive && this.limits.keepAliveMs !== 'off',
      keepAliveHint: this.#keepAliveHint,
      isHttp: true,
    });
    this.expectBody(head.bodyBytes);
    this.#events.request(this.client, request, response);
  }

  /** Answers what is no request, and closes. */
  #refuse(status: ErrorStatus, reason: string): void {
    if (!this.socket.writable) return void this.socket.destroy();
    this.#events.refused(status, reason, this.client);
    this.endWith(rawErrorPage(status));
  }
}
