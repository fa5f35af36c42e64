/**
 * One connection that speaks HTTP/1: heads and bodies in, responses out, one after the other.
 *
 * A client may send its next request before it has the answer to the last: it stays unread until
 * then, and past a limit the client is read no further. Requests are so begun and answered in order.
 */

import type { Socket } from 'node:net';

import { ChunkedBody } from './chunked-body.ts';
import { ClientConnection } from './client-connection.ts';
import type { ClientLimits } from './client-limits.ts';
import { ClientMessage } from './client-message.ts';
import { rawErrorPage } from './error-pages.ts';
import type { ErrorStatus } from './error-pages.ts';
import { GatewayResponse } from './gateway-response.ts';
import { readHttpHead } from './http-head.ts';
import type { HttpHead } from './http-head.ts';

/** Bytes that are read ahead of their turn. */
const AHEAD_MAX_BYTES = 64 * 1024;
const nothing = Buffer.alloc(0);

export interface HttpEvents {
  readonly request: (
    client: ClientConnection,
    request: ClientMessage,
    response: GatewayResponse,
  ) => void;
  /** A request that could not be read, and what it was answered. */
  readonly refused: (status: ErrorStatus, reason: string, client: ClientConnection) => void;
}

/** What the connection is waiting for. */
type Phase = 'resting' | 'head' | 'request' | 'refused';

export class HttpConnection {
  readonly #socket: Socket;
  readonly #limits: ClientLimits;
  readonly #events: HttpEvents;
  readonly #client: ClientConnection;
  readonly #keepAliveHint: string;
  #phase: Phase = 'resting';
  /** When the phase began. */
  #sinceMs = performance.now();
  #isFirst = true;
  #unread: Buffer = nothing;
  /** How much of it has been searched for the end of a head. */
  #lookedAt = 0;
  #request: ClientMessage | undefined;
  #response: GatewayResponse | undefined;
  /** The rest of the body: bytes, or chunks. */
  #bodyLeftBytes = 0;
  #chunked: ChunkedBody | undefined;
  #isReading = false;

  constructor(socket: Socket, limits: ClientLimits, events: HttpEvents, keepAliveHint: string) {
    this.#socket = socket;
    this.#limits = limits;
    this.#events = events;
    this.#keepAliveHint = keepAliveHint;
    this.#client = new ClientConnection(socket);
    if (limits.silenceMaxMs > 0) socket.setTimeout(limits.silenceMaxMs, () => this.#silent());
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('drain', () => this.#response?.taken());
    // A client that sends no more has gone, as far as one can tell.
    socket.on('end', () => socket.destroySoon());
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
  }

  /** True between two requests. */
  get isResting(): boolean {
    return this.#phase === 'resting';
  }

  /** Ends a connection whose next request is late. Called every second or so. */
  look(nowMs: number): void {
    const { silenceMaxMs, keepAliveMs } = this.#limits;
    const restMaxMs = this.#isFirst ? silenceMaxMs : keepAliveMs === 'off' ? 0 : keepAliveMs;
    const limitMs = this.#phase === 'resting' ? restMaxMs : silenceMaxMs;
    if (limitMs === 0 || nowMs - this.#sinceMs < limitMs) return;
    if (this.#phase === 'resting') this.end();
    else if (this.#phase === 'head') this.#refuse(408, 'its head did not come in time');
  }

  end(): void {
    this.#socket.destroySoon();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#sinceMs = performance.now();
  }

  #read(bytes: Buffer): void {
    if (this.#phase === 'refused') return;
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#proceed();
  }

  /** Works through what has come, as far as it may. */
  #proceed(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#readHead() || this.#readBody()) {
      // Until neither gets any further.
    }
    this.#isReading = false;
    const isFull = this.#unread.length > AHEAD_MAX_BYTES;
    if (isFull && !this.#socket.isPaused()) this.#socket.pause();
    else if (!isFull && this.#socket.isPaused()) this.#socket.resume();
  }

  /** Begins the next request; false where that is not possible yet. */
  #readHead(): boolean {
    if (this.#request !== undefined || this.#phase === 'refused') return false;
    if (this.#unread.length === 0) return false;
    if (this.#phase === 'resting') this.#enter('head');
    const reading = readHttpHead(this.#unread, this.#lookedAt, this.#limits.headMaxBytes);
    this.#lookedAt = reading.kind === 'incomplete' ? this.#unread.length : 0;
    if (reading.kind === 'incomplete') return false;
    if (reading.kind === 'refused') {
      this.#refuse(reading.status, reading.reason);
      return false;
    }
    this.#unread = this.#unread.subarray(reading.endAt);
    this.#begin(reading.head);
    return true;
  }

  #begin(head: HttpHead): void {
    if (head.method === 'CONNECT') return this.#refuse(405, 'CONNECT');
    if (head.expectation === 'unknown') return this.#refuse(417, 'an expectation that is unknown');
    this.#isFirst = false;
    this.#enter('request');
    this.#chunked = head.bodyBytes === 'chunked' ? new ChunkedBody() : undefined;
    this.#bodyLeftBytes = head.bodyBytes === 'chunked' ? 0 : head.bodyBytes;
    const request = new ClientMessage(head, () => this.#proceed());
    request.complete = head.bodyBytes === 0;
    const response = new GatewayResponse({
      request,
      socket: this.#socket,
      keepsAlive: head.keepsAlive && this.#limits.keepAliveMs !== 'off',
      keepAliveHint: this.#keepAliveHint,
      isHttp: true,
    });
    this.#request = request;
    this.#response = response;
    response.on('finish', () => this.#finished(request, response));
    this.#events.request(this.#client, request, response);
  }

  /** Hands over what has come of the body; false where there is none, or it is not wanted yet. */
  #readBody(): boolean {
    const request = this.#request;
    if (request === undefined || request.complete || !request.isFlowing) return false;
    if (this.#unread.length === 0) return false;
    const bytes = this.#unread;
    if (this.#chunked === undefined) {
      const piece = bytes.subarray(0, this.#bodyLeftBytes);
      this.#unread = bytes.subarray(piece.length);
      this.#bodyLeftBytes -= piece.length;
      request.take(piece);
      if (this.#bodyLeftBytes === 0) request.finish();
      return true;
    }
    const chunked = this.#chunked;
    this.#unread = bytes.subarray(chunked.push(bytes, (piece) => request.take(piece)));
    if (chunked.problem !== '') {
      this.#refuse(400, chunked.problem);
      return false;
    }
    if (chunked.isComplete) request.finish();
    return true;
  }

  /** The response has been sent: what comes next? */
  #finished(request: ClientMessage, response: GatewayResponse): void {
    this.#request = undefined;
    this.#response = undefined;
    if (!request.complete || !response.shouldKeepAlive) {
      this.#phase = 'refused';
      this.#unread = nothing;
      this.#socket.end();
      return this.#client.lingerThenDestroy();
    }
    this.#enter('resting');
    if (this.#unread.length > 0) setImmediate(() => this.#proceed());
  }

  #silent(): void {
    if (this.#request !== undefined) this.#client.silent(this.#limits.silenceMaxMs);
  }

  /** Answers what is no request, and closes. */
  #refuse(status: ErrorStatus, reason: string): void {
    const isBusy = this.#request !== undefined && this.#response?.exchange !== undefined;
    this.#phase = 'refused';
    this.#unread = nothing;
    // A response that is under way must not be mixed with the page.
    if (isBusy || !this.#socket.writable) return void this.#socket.destroy();
    this.#events.refused(status, reason, this.#client);
    this.#socket.end(rawErrorPage(status));
    this.#client.lingerThenDestroy();
  }

  #closed(): void {
    this.#request?.fail(new Error('the client has gone'));
    this.#response?.lost();
  }
}
