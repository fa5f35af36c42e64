/**
 * The response to one client: the application's, or a page of ours.
 *
 * Of an application's answer the head and the first bytes are kept together until the end of one
 * read of the channel: an answer that is complete by then goes out as one write with its length,
 * and a streamed one is not delayed. What its client does not take waits (`ResponseBacklog`). An
 * answer that fails after its head ends the connection, so that it never looks complete.
 */

import { STATUS_CODES } from 'node:http';

import { errorPage } from '../http/error-pages.ts';
import type { ErrorStatus } from '../http/error-pages.ts';
import type { FilePart } from '../files/open-file.ts';
import { ResponseOutlet } from './response-outlet.ts';
import type { OutletOwner } from './response-outlet.ts';
import { takeNamedFile } from '../files/named-file.ts';
import type { NamedFile } from '../files/named-file.ts';
import { readResponseHead } from '../http/response-text.ts';
import type { ResponseHead } from '../http/response-text.ts';
import type { GatewayResponse } from '../client/gateway-response.ts';

export class ResponseWriter extends ResponseOutlet {
  readonly #isHead: boolean;
  /** Read, but not yet sent. */
  #head: ResponseHead | undefined;
  #first: Buffer | undefined;
  #contentLength = -1;
  hasBody = true;
  /** What the application names instead of a body (sendfile-root). */
  namedFile: NamedFile | undefined;
  /** The body is to come from a file that is being opened: nothing is sent until then. */
  isFileAwaited = false;

  constructor(response: GatewayResponse, method: string, owner: OutletOwner) {
    super(response, owner);
    this.#isHead = method === 'HEAD';
  }

  /** The client has been sent all that the head has announced; the application may still run. */
  get isAllSent(): boolean {
    const isWhole = !this.hasBody || this.#contentLength === this.bodyBytes;
    return isWhole && this.isHeadSent && this.isAllTaken;
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
    this.hasBody = !this.#isHead && head.status !== 204 && head.status !== 304;
    if (head.wantsClose) this.response.shouldKeepAlive = false;
    if (this.owner.takesNamedFiles && head.status !== 204 && head.status !== 304) {
      this.namedFile = takeNamedFile(head.headers);
      this.isFileAwaited = this.namedFile !== undefined;
    }
    return '';
  }

  /**
   * Takes bytes of the body; what exceeds the announced length, or may not be there, is cut.
   * Returns why it cannot be sent, or ''.
   */
  body(bytes: Buffer): string {
    if (!this.hasBody || this.isFileAwaited) return '';
    const room = this.#contentLength < 0 ? Infinity : this.#contentLength - this.bodyBytes;
    const fitting = bytes.length > room ? bytes.subarray(0, room) : bytes;
    if (fitting.length === 0) return '';
    this.bodyBytes += fitting.length;
    if (this.#head !== undefined && this.#first === undefined) {
      this.#first = fitting;
      return '';
    }
    const problem = this.flush();
    if (problem === '') this.send(fitting);
    return problem;
  }

  /** Sends what was kept together; returns why it cannot be sent, or ''. */
  flush(): string {
    if (this.#head === undefined || this.isFileAwaited) return '';
    const problem = this.#sendHead(this.#head);
    if (problem !== '') return problem;
    if (this.#first !== undefined) this.response.write(this.#first);
    else this.response.flushHeaders();
    this.#first = undefined;
    return '';
  }

  /** The application has finished; returns why that is not the end of its answer, or ''. */
  end(): string {
    if (this.isSendingFile) return '';
    if (this.hasBody && this.#contentLength > this.bodyBytes) {
      return `${this.bodyBytes} bytes of the ${this.#contentLength} that it announced`;
    }
    if (this.#head !== undefined) {
      if (this.hasBody && this.#contentLength < 0) {
        this.#head.headers.push('Content-Length', String(this.bodyBytes));
      }
      const problem = this.#sendHead(this.#head);
      if (problem !== '') return problem;
    }
    // As text the body joins the head in one piece of memory, and in one write.
    if (this.#first === undefined) this.endAfterAll();
    else this.response.end(this.#first.toString('latin1'));
    this.#first = undefined;
    return '';
  }

  /** Ends a response that cannot be completed, so that the client can tell. */
  abort(): void {
    // All that was announced is here: only what the application does after it has failed.
    if (this.isSendingFile) return;
    if (this.hasBody && this.isHeadSent && this.#contentLength === this.bodyBytes) {
      return void this.end();
    }
    this.cut();
  }

  /** Ends the connection, so that the answer does not look complete. */
  cut(): void {
    this.#head = undefined;
    this.close();
    const { socket } = this.response;
    if (socket.destroyed) return;
    // Without a length or chunks the end of the connection is the end of the body: only a reset
    // tells the two apart. A unix socket has none.
    const isDelimitedByClose = this.#contentLength < 0 && !this.response.chunkedEncoding;
    if (isDelimitedByClose && socket.remoteAddress !== undefined) socket.resetAndDestroy();
    else socket.destroySoon();
  }

  /** Sends a page of ours instead; `rest` says whether the client is still sending. */
  page(status: ErrorStatus, rest: 'all-read' | 'still-sending'): void {
    this.#head = undefined;
    this.#first = undefined;
    const page = errorPage(status);
    this.status = status;
    this.bodyBytes = this.#isHead ? 0 : page.body.length;
    this.headerCount = page.headers.length / 2;
    this.isHeadSent = true;
    // Its connection is closed then, when the client has had time to read the page.
    if (rest === 'still-sending') this.response.shouldKeepAlive = false;
    this.response.writeHead(status, page.reason, page.headers);
    this.response.end(page.body);
  }

  /** True when these bytes of a file may be the body of the answer whose head has come. */
  mayBeFile(lengthBytes: number): boolean {
    const isSent = this.#first !== undefined || this.bodyBytes > 0;
    return !isSent && (this.#contentLength < 0 || this.#contentLength === lengthBytes);
  }

  /** The body of the application's answer is this part of a file; returns why not, or ''. */
  bodyFromFile(part: FilePart): string {
    this.isFileAwaited = false;
    if (this.#contentLength < 0)
      this.#head?.headers.push('Content-Length', String(part.lengthBytes));
    const problem = this.#head === undefined ? '' : this.#sendHead(this.#head);
    this.bodyBytes = part.lengthBytes;
    if (problem === '') this.sendFile(part);
    else part.file.close();
    return problem;
  }

  /** The head that waits for the file that it names. */
  get heldHead(): Pick<ResponseHead, 'status' | 'headers'> {
    return this.#head ?? { status: 200, headers: [] };
  }

  /** Sends an answer that is a file; returns why it cannot be sent, or ''. */
  file(status: number, headers: string[], part: FilePart | undefined): string {
    this.isFileAwaited = false;
    this.status = status;
    this.headerCount = headers.length / 2;
    const reason = this.#head?.status === status ? this.#head.reason : STATUS_CODES[status];
    const problem = this.#sendHead({ status, reason: reason ?? '', headers });
    if (problem === '' && part !== undefined && !this.#isHead && part.lengthBytes > 0) {
      this.bodyBytes = part.lengthBytes;
      this.sendFile(part);
    } else {
      part?.file.close();
      if (problem === '') this.response.end();
    }
    return problem;
  }

  /** Node checks the headers as it takes them: what it refuses is returned. */
  #sendHead(head: Pick<ResponseHead, 'status' | 'reason' | 'headers'>): string {
    this.#head = undefined;
    try {
      this.response.writeHead(head.status, head.reason, head.headers);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.isHeadSent = true;
    return '';
  }
}
