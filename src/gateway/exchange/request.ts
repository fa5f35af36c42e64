/** A request as its client sent it, and since when it waits: not how it is answered. */

import type { GatewayListener } from '../../protocol/control-messages.ts';
import type { ClientConnection } from '../client/client-connection.ts';
import type { ClientMessage } from '../client/incoming.ts';
import { requestIdOf } from './request-id.ts';
import { variableOf } from '../request/variables.ts';
import type { RequestHead } from '../request/variables.ts';
import type { GatewayResponse } from '../client/gateway-response.ts';

/** The parts of a request, as Node and the head's reader give them. */
export interface RequestParts {
  readonly request: ClientMessage;
  readonly response: GatewayResponse;
  readonly head: RequestHead;
  readonly client: ClientConnection;
  readonly protocol: GatewayListener['protocol'];
}

export class ClientRequest {
  readonly request: ClientMessage;
  readonly response: GatewayResponse;
  readonly head: RequestHead;
  readonly client: ClientConnection;
  readonly method: string;
  /** The target as sent. */
  readonly uri: string;
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1';
  readonly #isFromFrontServer: boolean;
  readonly receivedAtMs = performance.now();
  /** When it could be given to a worker, in ms on the monotonic clock; 0 before. */
  queuedAtMs = 0;
  /** How many requests waited before it. */
  queuedBehind = 0;
  #id: string | undefined;
  /** Its place in the queue. */
  turn = 0;
  /** When its turn in the worker came, in ms on the monotonic clock. */
  startedAtMs = 0;

  constructor(parts: RequestParts) {
    this.request = parts.request;
    this.response = parts.response;
    this.head = parts.head;
    this.client = parts.client;
    this.method = parts.request.method;
    this.uri = parts.request.url;
    this.protocol = parts.request.httpVersion === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1';
    this.#isFromFrontServer = parts.protocol === 'uwsgi';
  }

  /** "GET /path", for logs. */
  get what(): string {
    return `${this.method} ${this.uri}`;
  }

  get application(): number {
    return this.head.application;
  }

  begins(nowMs: number): void {
    this.startedAtMs = nowMs;
  }

  /** The client waits to be asked for the body; a front server has asked for it already. */
  get awaitsContinue(): boolean {
    if (this.#isFromFrontServer || this.protocol === 'HTTP/1.0') return false;
    return this.header('HTTP_EXPECT')?.toLowerCase() === '100-continue';
  }

  /** Who asked; what a front server says of it counts. '' for a unix socket. */
  get address(): string {
    return this.header('REMOTE_ADDR') ?? this.client.address;
  }

  /** From here on it waits for a worker, though it may be given to one at once. */
  queued(behind: number): void {
    this.queuedAtMs = performance.now();
    this.queuedBehind = behind;
  }

  /** By which logs know the request. */
  get id(): string {
    this.#id ??= requestIdOf(this.header('HTTP_X_REQUEST_ID'));
    return this.#id;
  }

  /** Returns the value of a variable: HTTP_HOST. */
  header(variable: string): string | undefined {
    return variableOf(this.head.strings, variable);
  }
}
