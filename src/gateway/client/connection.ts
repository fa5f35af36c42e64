/**
 * The bytes of one client's connection: requests in, responses out, one after the other. What a
 * head looks like is the protocol's matter (HttpConnection, UwsgiConnection).
 *
 * A client may send its next request before it has the answer to the last: it stays unread until
 * then, and past a limit the client is read no further. So requests are begun and answered in
 * order.
 */

import type { Socket } from 'node:net';

import { ClientConnection } from './client-connection.ts';
import type { ClientLimits } from './limits.ts';
import { ClientMessage } from './incoming.ts';
import type { MessageHead } from './incoming.ts';
import { rawErrorPage } from '../http/error-pages.ts';
import type { ErrorStatus } from '../http/error-pages.ts';
import { GatewayResponse } from './gateway-response.ts';
import type { ResponseTerms } from './gateway-response.ts';
import { IncomingBody } from '../http/body.ts';
import { readShared } from '../socket/direct-io.ts';

/** Bytes that are read ahead of their turn. */
const AHEAD_MAX_BYTES = 64 * 1024;
const nothing = Buffer.alloc(0);

/** fresh: has said nothing yet. resting: between two requests. over: what still comes is lost. */
type Phase = 'fresh' | 'resting' | 'head' | 'request' | 'over';

export abstract class ClientStream {
  protected readonly socket: Socket;
  protected readonly limits: ClientLimits;
  protected readonly client: ClientConnection;
  protected unread: Buffer = nothing;
  #phase: Phase = 'fresh';
  /** When the phase began. */
  #sinceMs = performance.now();
  #request: ClientMessage | undefined;
  #response: GatewayResponse | undefined;
  #body: IncomingBody | undefined;
  #isReading = false;

  /** `accepted` comes from a server with `pauseOnConnect`. */
  constructor(accepted: Socket, limits: ClientLimits) {
    const socket = readShared(accepted, (bytes) => this.#read(bytes));
    this.socket = socket;
    this.limits = limits;
    this.client = new ClientConnection(socket);
    if (limits.silenceMaxMs > 0) socket.setTimeout(limits.silenceMaxMs, () => this.#silent());
    socket.on('drain', () => this.#response?.taken());
    // A client that sends no more has gone, as far as one can tell.
    socket.on('end', () => socket.destroySoon());
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
  }

  /** '' for a unix socket. */
  get address(): string {
    return this.client.address;
  }

  /** True while a request of it is read, waits, runs or is being answered. */
  get isBusy(): boolean {
    return this.#phase === 'request';
  }

  get bytesRead(): number {
    return this.socket.bytesRead;
  }

  close(): void {
    this.socket.destroy();
  }

  /** Calls `closed` when the connection has ended. */
  whenClosed(closed: () => void): void {
    this.socket.on('close', closed);
  }

  /** Ends a connection whose next request is late; called now and then. */
  look(nowMs: number): void {
    const { silenceMaxMs, keepAliveMs, headMaxMs } = this.limits;
    const ageMs = nowMs - this.#sinceMs;
    const isLate = (limitMs: number): boolean => limitMs > 0 && ageMs >= limitMs;
    if (this.#phase === 'fresh' && isLate(silenceMaxMs)) this.socket.destroySoon();
    if (this.#phase === 'resting' && keepAliveMs !== 'off' && isLate(keepAliveMs)) {
      this.socket.destroySoon();
    }
    if (this.#phase === 'head' && isLate(headMaxMs)) {
      this.headIsLate();
    }
  }

  /** There are too many clients: says so, and closes. */
  turnAway(): void {
    this.#endWith(rawErrorPage(503));
  }

  /** Reads a head from `unread` and begins its request; false where that is not possible yet. */
  protected abstract readHead(): boolean;

  /** The rest of a head has not come in the time that it may take. */
  protected abstract headIsLate(): void;

  /** A request that cannot be read was answered so. */
  protected abstract refused(status: ErrorStatus, reason: string): void;

  /** A response has been sent; whether the client's next request may be read. */
  protected abstract hasNext(response: GatewayResponse): boolean;

  /** Makes the request and the response for a head; they may be given to the gateway. */
  protected open(
    head: MessageHead,
    terms: Pick<ResponseTerms, 'keepsAlive' | 'keepAliveHint' | 'isHttp'>,
  ): { readonly request: ClientMessage; readonly response: GatewayResponse } {
    const request = new ClientMessage(head, () => this.#proceed());
    const response = new GatewayResponse({ request, socket: this.socket, ...terms });
    this.#request = request;
    this.#response = response;
    response.on('finish', () => this.#finished(request, response));
    this.#enter('request');
    return { request, response };
  }

  /** Says how long the body of the request is that was opened last. */
  protected expectBody(bodyBytes: number | 'chunked'): void {
    this.#body = bodyBytes === 0 ? undefined : new IncomingBody(bodyBytes);
    if (this.#request !== undefined) this.#request.complete = bodyBytes === 0;
  }

  /** Answers what is no request, and closes; false for `readHead`. */
  protected refuse(status: ErrorStatus, reason: string, answer = rawErrorPage(status)): false {
    this.refused(status, reason);
    this.#endWith(answer);
    return false;
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#sinceMs = performance.now();
  }

  /** Says a last word to a client that may still be sending, and closes. */
  #endWith(bytes: Buffer): void {
    this.#enter('over');
    this.unread = nothing;
    if (!this.socket.writable) return void this.socket.destroy();
    this.socket.end(bytes);
    this.client.lingerThenDestroy();
  }

  #read(bytes: Buffer): void {
    if (this.#phase === 'over') return;
    this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes]);
    this.#proceed();
    // What stays unread is not to be where the next read goes.
    if (this.unread.buffer === bytes.buffer) this.unread = Buffer.from(this.unread);
  }

  /** Works through what has come, as far as it may. */
  #proceed(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#step()) {
      // Until it gets no further.
    }
    this.#isReading = false;
    // An empty part of a piece would keep the whole piece in memory.
    if (this.unread.length === 0) this.unread = nothing;
    // A head that is being read has its own limit.
    const isFull = this.#request !== undefined && this.unread.length > AHEAD_MAX_BYTES;
    if (isFull !== this.socket.isPaused()) this.socket[isFull ? 'pause' : 'resume']();
  }

  #step(): boolean {
    if (this.#phase === 'over' || this.unread.length === 0) return false;
    if (this.#request !== undefined) return this.#readBody(this.#request);
    if (this.#phase !== 'head') this.#enter('head');
    return this.readHead();
  }

  /** Hands over what has come of the body; false where it is not wanted yet. */
  #readBody(request: ClientMessage): boolean {
    const body = this.#body;
    if (body === undefined || request.complete || !request.isFlowing) return false;
    this.unread = body.push(this.unread, (piece) => request.take(Buffer.from(piece)));
    if (body.problem !== '') return this.#broken(body.problem);
    if (body.isComplete) request.finish();
    return true;
  }

  /** The body cannot be read on: its request is answered so, where that is still possible. */
  #broken(problem: string): false {
    this.#enter('over');
    this.unread = nothing;
    this.refused(400, problem);
    const { exchange } = this.client;
    if (exchange === undefined) this.socket.destroy();
    else exchange.failed(400);
    return false;
  }

  #finished(request: ClientMessage, response: GatewayResponse): void {
    this.#response = undefined;
    if (!request.complete && !response.shouldKeepAlive) return this.#endWith(nothing);
    if (!this.hasNext(response)) return this.socket.destroySoon();
    if (request.complete) return this.#rest();
    // The application did not want all of the body: the rest of it comes before the next head.
    request.once('end', () => this.#rest());
    request.resume();
  }

  #rest(): void {
    this.#request = undefined;
    this.#enter('resting');
    if (this.unread.length > 0) setImmediate(() => this.#proceed());
  }

  #silent(): void {
    if (this.#phase === 'request') this.client.silent(this.limits.silenceMaxMs);
  }

  #closed(): void {
    this.#phase = 'over';
    this.#request?.fail(new Error('the client has gone'));
    this.#response?.lost();
  }
}
