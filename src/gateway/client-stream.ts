/**
 * The bytes of one client's connection: requests in, responses out, one after the other. What a
 * head looks like is the protocol's matter (HttpConnection, UwsgiConnection).
 *
 * A client may send its next request before it has the answer to the last: it stays unread until
 * then, and past a limit the client is read no further. Requests are so begun and answered in order.
 */

import type { Socket } from 'node:net';

import { ChunkedBody } from './chunked-body.ts';
import { ClientConnection } from './client-connection.ts';
import type { ClientLimits } from './client-limits.ts';
import { ClientMessage } from './client-message.ts';
import type { MessageHead } from './client-message.ts';
import { GatewayResponse } from './gateway-response.ts';
import type { ResponseTerms } from './gateway-response.ts';

/** Bytes that are read ahead of their turn. */
const AHEAD_MAX_BYTES = 64 * 1024;
const nothing = Buffer.alloc(0);

export abstract class ClientStream {
  protected readonly socket: Socket;
  protected readonly limits: ClientLimits;
  protected readonly client: ClientConnection;
  protected unread: Buffer = nothing;
  /** What still comes is dropped. */
  protected isOver = false;
  protected response: GatewayResponse | undefined;
  #request: ClientMessage | undefined;
  /** The rest of the body: bytes, or chunks. */
  #bodyLeftBytes = 0;
  #chunked: ChunkedBody | undefined;
  #isReading = false;

  constructor(socket: Socket, limits: ClientLimits) {
    this.socket = socket;
    this.limits = limits;
    this.client = new ClientConnection(socket);
    if (limits.silenceMaxMs > 0) socket.setTimeout(limits.silenceMaxMs, () => this.silent());
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('drain', () => this.response?.taken());
    // A client that sends no more has gone, as far as one can tell.
    socket.on('end', () => socket.destroySoon());
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
  }

  /** Closes the connection when what was written has been sent. */
  end(): void {
    this.socket.destroySoon();
  }

  /** Reads a head from `unread` and begins its request; false where that is not possible yet. */
  protected abstract readHead(): boolean;

  /** The body breaks its framing; nothing more can be read. */
  protected abstract broken(problem: string): void;

  /** A response has been sent; whether the client's next request may be read. */
  protected abstract hasNext(request: ClientMessage, response: GatewayResponse): boolean;

  /** Nothing has moved for the time allowed. */
  protected silent(): void {
    this.client.silent(this.limits.silenceMaxMs);
  }

  /** The objects of a request whose body is `bodyBytes` long; it may be given to the gateway. */
  protected open(
    head: MessageHead,
    terms: Pick<ResponseTerms, 'keepsAlive' | 'keepAliveHint' | 'isHttp'>,
  ): { readonly request: ClientMessage; readonly response: GatewayResponse } {
    const request = new ClientMessage(head, () => this.proceed());
    const response = new GatewayResponse({ request, socket: this.socket, ...terms });
    this.#request = request;
    this.response = response;
    response.on('finish', () => this.#finished(request, response));
    return { request, response };
  }

  /** Says how long the body of the request is that was opened last. */
  protected expectBody(bodyBytes: number | 'chunked'): void {
    this.#chunked = bodyBytes === 'chunked' ? new ChunkedBody() : undefined;
    this.#bodyLeftBytes = bodyBytes === 'chunked' ? 0 : bodyBytes;
    if (this.#request !== undefined) this.#request.complete = bodyBytes === 0;
  }

  /** Says a last word to a client that may still be sending, and closes. */
  protected endWith(text: string): void {
    this.isOver = true;
    this.unread = nothing;
    this.socket.end(text, 'latin1');
    this.client.lingerThenDestroy();
  }

  /** Works through what has come, as far as it may. */
  protected proceed(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#step()) {
      // Until it gets no further.
    }
    this.#isReading = false;
    // A head that is being read has its own limit.
    const isFull = this.#request !== undefined && this.unread.length > AHEAD_MAX_BYTES;
    if (isFull !== this.socket.isPaused()) this.socket[isFull ? 'pause' : 'resume']();
  }

  #read(bytes: Buffer): void {
    if (this.isOver) return;
    this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes]);
    this.proceed();
  }

  #step(): boolean {
    if (this.isOver || this.unread.length === 0) return false;
    return this.#request === undefined ? this.readHead() : this.#readBody(this.#request);
  }

  /** Hands over what has come of the body; false where it is not wanted yet. */
  #readBody(request: ClientMessage): boolean {
    if (request.complete || !request.isFlowing) return false;
    const bytes = this.unread;
    if (this.#chunked === undefined) {
      const piece = bytes.subarray(0, this.#bodyLeftBytes);
      this.unread = bytes.subarray(piece.length);
      this.#bodyLeftBytes -= piece.length;
      request.take(piece);
      if (this.#bodyLeftBytes === 0) request.finish();
      return true;
    }
    const chunked = this.#chunked;
    this.unread = bytes.subarray(chunked.push(bytes, (piece) => request.take(piece)));
    if (chunked.problem !== '') this.broken(chunked.problem);
    else if (chunked.isComplete) request.finish();
    return true;
  }

  #finished(request: ClientMessage, response: GatewayResponse): void {
    this.#request = undefined;
    this.response = undefined;
    if (!request.complete) return this.endWith('');
    if (!this.hasNext(request, response)) return this.end();
    if (this.unread.length > 0) setImmediate(() => this.proceed());
  }

  #closed(): void {
    this.isOver = true;
    this.#request?.fail(new Error('the client has gone'));
    this.response?.lost();
  }
}
