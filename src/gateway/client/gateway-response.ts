/**
 * The response to one request as bytes on the client's connection: head, framing of the body, end.
 *
 * What `node:http` does with a stream and a table of headers is done here with the text itself: a
 * short answer is one string, and one write.
 */

import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

import type { ClientMessage } from './incoming.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { writeNow } from '../socket/direct-io.ts';
import { isFieldName } from '../http/head.ts';
import { dateAt } from '../http/response-text.ts';

interface ResponseEvents {
  /** The client has taken what waited. */
  drain: [];
  /** All of it has been handed to the kernel. */
  finish: [];
  /** It is over: finished, or the client has gone. */
  close: [];
}

export interface ResponseTerms {
  readonly request: ClientMessage;
  readonly socket: Socket;
  /** The client can be sent another response on this connection. */
  readonly keepsAlive: boolean;
  /** What follows `Keep-Alive: `; '' for nothing. */
  readonly keepAliveHint: string;
  /** Whether it is framed and dated as HTTP's own, not for a front server that does so itself. */
  readonly isHttp: boolean;
}

type Chunk = string | Buffer;

/** Up to this size pieces are joined as text, which is quicker than to make buffers of them. */
const TEXT_MAX_BYTES = 16 * 1024;

export class GatewayResponse extends EventEmitter<ResponseEvents> {
  readonly req: ClientMessage;
  readonly socket: Socket;
  readonly #terms: ResponseTerms;
  exchange: Exchange | undefined = undefined;
  shouldKeepAlive: boolean;
  chunkedEncoding = false;
  /** All of it has been handed to the kernel. */
  writableFinished = false;
  destroyed = false;
  #hasBody = true;
  /** The head, until it is sent together with the first bytes of the body. */
  #head = '';
  #isClosed = false;

  constructor(terms: ResponseTerms) {
    super();
    this.#terms = terms;
    this.req = terms.request;
    this.socket = terms.socket;
    this.shouldKeepAlive = terms.keepsAlive;
  }

  get writableLength(): number {
    return this.socket.writableLength + this.#head.length;
  }

  get writableNeedDrain(): boolean {
    return this.socket.writableNeedDrain;
  }

  writeContinue(): void {
    this.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
  }

  /**
   * Sets the head; it leaves with the first bytes of the body, or by `flushHeaders`. Throws where a
   * header cannot be sent. `headers`: name, value, name, value …
   */
  writeHead(status: number, reason: string, headers: readonly string[]): void {
    if (badText.test(reason)) throw new Error('a control character in the status');
    let text = `HTTP/1.1 ${status} ${reason}\r\n`;
    let hasLength = false;
    let hasDate = false;
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at] ?? '';
      const value = headers[at + 1] ?? '';
      if (!isFieldName(name))
        throw new Error(`${JSON.stringify(name)} is not the name of a header`);
      if (badText.test(value)) throw new Error(`a control character in the header ${name}`);
      if (name.length === 14 && name.toLowerCase() === 'content-length') hasLength = true;
      else if (name.length === 4 && name.toLowerCase() === 'date') hasDate = true;
      text += `${name}: ${value}\r\n`;
    }
    this.#hasBody = this.req.method !== 'HEAD' && status !== 204 && status !== 304;
    if (this.#terms.isHttp) text += this.#connectionFields(hasLength, hasDate);
    this.#head = `${text}\r\n`;
  }

  flushHeaders(): void {
    if (this.#head === '') return;
    writeNow(this.socket, this.#head);
    this.#head = '';
  }

  /** Sends bytes of the body; `taken` is called when the kernel has them. */
  write(chunk: Chunk, taken?: () => void): boolean {
    if (!this.#hasBody || chunk.length === 0) {
      if (taken !== undefined) process.nextTick(taken);
      return true;
    }
    const { socket } = this;
    const { before, after } = this.#around(chunk);
    if (before === '' && after === '') return writeNow(socket, chunk, taken);
    if (typeof chunk === 'string' || chunk.length <= TEXT_MAX_BYTES) {
      return writeNow(socket, `${before}${chunk.toString('latin1')}${after}`, taken);
    }
    const pieces = [Buffer.from(before, 'latin1'), chunk, Buffer.from(after, 'latin1')];
    return writeNow(socket, Buffer.concat(pieces), taken);
  }

  /** Sends the last bytes of the body, and ends it. Text is latin-1. */
  end(chunk: string = ''): void {
    const { socket } = this;
    let text = this.#head;
    this.#head = '';
    if (this.#hasBody && chunk !== '') {
      text += this.chunkedEncoding ? `${chunk.length.toString(16)}\r\n${chunk}\r\n` : chunk;
    }
    if (this.#hasBody && this.chunkedEncoding) text += '0\r\n\r\n';
    if (text !== '') writeNow(socket, text, this.#finished);
    else if (socket.writableLength === 0) process.nextTick(this.#finished);
    else socket.write(nothing, this.#finished);
  }

  /** What frames a piece of the body: the head that has waited for it, and the marks of a chunk. */
  #around(chunk: Chunk): { readonly before: string; readonly after: string } {
    const head = this.#head;
    this.#head = '';
    if (!this.chunkedEncoding) return { before: head, after: '' };
    return { before: `${head}${chunk.length.toString(16)}\r\n`, after: '\r\n' };
  }

  /** Ends the connection. */
  destroy(): void {
    this.socket.destroy();
  }

  /** The connection hears that its client has taken what waited. */
  taken(): void {
    this.emit('drain');
  }

  /** The connection has ended. */
  lost(): void {
    this.#close();
  }

  readonly #finished = (error?: Error | null): void => {
    if (this.#isClosed || error) return;
    this.writableFinished = true;
    this.emit('finish');
    this.#close();
  };

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.destroyed = true;
    this.emit('close');
  }

  #connectionFields(hasLength: boolean, hasDate: boolean): string {
    const isOld = this.req.httpVersion === '1.0';
    if (this.#hasBody && !hasLength) {
      if (isOld) this.shouldKeepAlive = false;
      else this.chunkedEncoding = true;
    }
    let text = hasDate ? '' : `Date: ${dateAt(Date.now())}\r\n`;
    if (this.chunkedEncoding) text += 'Transfer-Encoding: chunked\r\n';
    if (!this.shouldKeepAlive) return `${text}Connection: close\r\n`;
    const hint = this.#terms.keepAliveHint;
    text += 'Connection: keep-alive\r\n';
    return hint === '' ? text : `${text}Keep-Alive: ${hint}\r\n`;
  }
}

const nothing = Buffer.alloc(0);
// oxlint-disable-next-line no-control-regex
const badText = /[^\t\x20-\x7e\x80-\xff]/;
