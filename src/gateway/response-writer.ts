/**
 * The response to one client: the application's, or a page of ours.
 *
 * Of an application's answer the head and the first bytes are kept together until the end of one
 * read of the channel: an answer that is complete by then goes out as one write with its length,
 * and a streamed one is not delayed. An answer that fails after its head ends the connection, so
 * that it never looks complete.
 */

import { STATUS_CODES } from 'node:http';

import { errorPage } from './error-pages.ts';
import type { ErrorStatus } from './error-pages.ts';
import { readResponseHead } from './response-head.ts';
import type { ResponseHead } from './response-head.ts';
import type { GatewayResponse } from './gateway-response.ts';

/** Bytes that may wait for a client before its worker is held back. */
const WAITING_MAX_BYTES = 1024 * 1024;
/** How long a client that is being refused may go on sending before the connection is closed. */
const LINGER_MS = 2000;

export class ResponseWriter {
  readonly #response: GatewayResponse;
  readonly #isHead: boolean;
  /** Read, but not yet sent. */
  #head: ResponseHead | undefined;
  #first: Buffer | undefined;
  #contentLength = -1;
  #hasBody = true;
  #isAwaited = false;
  isHeadSent = false;
  /** What the access log says. */
  status = 0;
  bodyBytes = 0;
  headerCount = 0;
  headerBytes = 0;

  constructor(response: GatewayResponse, method: string) {
    this.#response = response;
    this.#isHead = method === 'HEAD';
  }

  /** True while more bytes wait for the client than may. */
  get isFull(): boolean {
    return this.#response.writableLength > WAITING_MAX_BYTES;
  }

  /** Calls `proceed` once, when the client has taken what waits for it. */
  whenTaken(proceed: () => void): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#response.once('drain', () => {
      this.#isAwaited = false;
      proceed();
    });
  }

  /** Takes the strings of a HEAD; returns why it cannot be sent, or ''. */
  head(strings: readonly string[]): string {
    const head = readResponseHead(strings);
    if (head.kind === 'refused') return head.sentence;
    this.#head = head;
    this.status = head.status;
    this.headerCount = head.headerCount;
    this.headerBytes = head.headerBytes;
    this.#contentLength = head.contentLength;
    this.#hasBody = !this.#isHead && head.status !== 204 && head.status !== 304;
    if (head.wantsClose) this.#response.shouldKeepAlive = false;
    return '';
  }

  /**
   * Takes bytes of the body; what exceeds the announced length, or may not be there, is cut.
   * Returns why it cannot be sent, or ''.
   */
  body(bytes: Buffer): string {
    if (!this.#hasBody) return '';
    const room = this.#contentLength < 0 ? Infinity : this.#contentLength - this.bodyBytes;
    const fitting = bytes.length > room ? bytes.subarray(0, room) : bytes;
    if (fitting.length === 0) return '';
    this.bodyBytes += fitting.length;
    if (this.#head !== undefined && this.#first === undefined) {
      this.#first = fitting;
      return '';
    }
    const problem = this.flush();
    if (problem === '') this.#response.write(fitting);
    return problem;
  }

  /** Sends what was kept together; returns why it cannot be sent, or ''. */
  flush(): string {
    if (this.#head === undefined) return '';
    const problem = this.#sendHead(this.#head);
    if (problem !== '') return problem;
    if (this.#first !== undefined) this.#response.write(this.#first);
    else this.#response.flushHeaders();
    this.#first = undefined;
    return '';
  }

  /** The application has finished; returns why that is not the end of its answer, or ''. */
  end(): string {
    if (this.#hasBody && this.#contentLength > this.bodyBytes) {
      return `${this.bodyBytes} bytes of the ${this.#contentLength} that it announced`;
    }
    if (this.#head !== undefined) {
      if (this.#hasBody && this.#contentLength < 0) {
        this.#head.headers.push('Content-Length', String(this.bodyBytes));
      }
      const problem = this.#sendHead(this.#head);
      if (problem !== '') return problem;
    }
    // As text the body joins the head in one piece of memory, and in one write.
    if (this.#first === undefined) this.#response.end();
    else this.#response.end(this.#first.toString('latin1'));
    this.#first = undefined;
    return '';
  }

  /** Ends a response that cannot be completed, so that the client can tell. */
  abort(): void {
    this.#head = undefined;
    const { socket } = this.#response;
    if (socket.destroyed) return;
    // Without a length or chunks the end of the connection is the end of the body: only a reset
    // tells the two apart. A unix socket has none.
    const isDelimitedByClose = this.#contentLength < 0 && !this.#response.chunkedEncoding;
    if (isDelimitedByClose && socket.remoteAddress !== undefined) socket.resetAndDestroy();
    else socket.destroySoon();
  }

  /**
   * Sends a page of ours instead of the application's answer. `rest` says whether the client is
   * still sending: then it is listened to for a while, so that the answer is not lost in a reset.
   */
  page(status: ErrorStatus, rest: 'all-read' | 'still-sending'): void {
    this.#head = undefined;
    this.#first = undefined;
    const page = errorPage(status);
    this.status = status;
    this.bodyBytes = this.#isHead ? 0 : page.body.length;
    this.headerCount = page.headers.length / 2;
    this.isHeadSent = true;
    const response = this.#response;
    if (rest === 'still-sending') response.shouldKeepAlive = false;
    response.writeHead(status, page.reason, page.headers);
    // Who is answered 408 has stopped sending: there is nothing to wait for.
    if (rest === 'all-read' || status === 408) return void response.end(page.body);
    response.write(page.body);
    const { req: request } = response;
    const timer = setTimeout(() => response.end(), LINGER_MS);
    request.once('end', () => response.end());
    response.once('close', () => clearTimeout(timer));
    request.resume();
  }

  /** Sends the head of an answer whose body another writes to the response. */
  fileHead(status: number, headers: string[], bodyBytes: number): void {
    this.status = status;
    this.bodyBytes = this.#isHead ? 0 : bodyBytes;
    this.headerCount = headers.length / 2;
    this.isHeadSent = true;
    this.#response.writeHead(status, STATUS_CODES[status] ?? '', headers);
  }

  /** Node checks the headers as it takes them: what it refuses is returned. */
  #sendHead(head: ResponseHead): string {
    this.#head = undefined;
    try {
      this.#response.writeHead(head.status, head.reason, head.headers);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.isHeadSent = true;
    return '';
  }
}
