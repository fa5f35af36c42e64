/**
 * The response to one request: the application's, a file, or a page of ours.
 *
 * Of an application's answer the head and the first bytes are kept together until the end of one
 * read of the channel: an answer that is complete by then goes out as one write with its length,
 * and a streamed one is not delayed. What its client does not take waits (`ResponseBacklog`). An
 * answer that fails after its head ends the connection, so that it never looks complete.
 */

import type { SentHead } from '../../protocol/response-frames.ts';
import type { Client } from '../client/turn.ts';
import { splitNamedFile } from '../files/named-file.ts';
import type { NamedFile } from '../files/named-file.ts';
import type { FilePart } from '../files/open-file.ts';
import { errorPage } from '../http/error-pages.ts';
import type { ErrorStatus } from '../http/error-pages.ts';
import {
  behindHead,
  chunkOf,
  fileReasons,
  headOf,
  headersOf,
  lastChunks,
  readResponseHead,
  withLength,
  writeHead,
} from '../http/response-text.ts';
import type { AnswerHead } from '../http/response-text.ts';
import type { FileResponse } from '../files/answer.ts';
import { ResponseBacklog } from './backlog.ts';
import { FileSender } from './file-sender.ts';
import type { Outlet } from './file-sender.ts';
import type { ResponseHost, ResponseTerms } from './response-host.ts';

export class ClientResponse implements Outlet {
  readonly #client: Client;
  readonly #host: ResponseHost;
  readonly #lost: (problem: string) => void;
  readonly #isHeadRequest: boolean;
  readonly #version: '1.0' | '1.1';
  /** Read, but not yet written. */
  #head: AnswerHead | undefined;
  #first: Buffer | undefined;
  #isWhole = false;
  /** What the application has announced; -1: nothing. */
  #contentLength = -1;
  /** The head as text, until it leaves with the first bytes of the body. */
  #headText = '';
  #isChunked = false;
  /** False for HEAD, and where the status has no body: nothing but the head is sent. */
  #hasBody: boolean;
  /** Only once something had to wait; most responses have none. */
  #backlog: ResponseBacklog | undefined;
  #sender: FileSender | undefined;
  /** The connection is kept for another request. */
  keepsAlive: boolean;
  isHeadSent = false;
  /** For the access log, as the next four. */
  status = 0;
  bodyBytes = 0;
  headerCount = 0;
  headerBytes = 0;
  isFromFile = false;
  /** Name, value …: what the configuration collects of the headers, for the access log. */
  collected: readonly string[] = [];
  /** What the application names instead of a body (sendfile-root). */
  namedFile: NamedFile | undefined;
  /** The body is to come from a file that is being opened: nothing is sent until then. */
  isFileAwaited = false;

  /** `lost` is told why the rest of a body cannot be read from where it waits. */
  constructor(terms: ResponseTerms, host: ResponseHost, lost: (problem: string) => void) {
    const { client, method, version, keepsAlive } = terms;
    this.#client = client;
    this.#host = host;
    this.#lost = lost;
    this.#version = version;
    this.#isHeadRequest = method === 'HEAD';
    this.#hasBody = !this.#isHeadRequest;
    this.keepsAlive = keepsAlive && client.terms.keepsAlive && host.headerRules?.closes !== true;
  }

  /** The application's answer has a body that the client is to be sent. */
  get hasBody(): boolean {
    return this.#hasBody;
  }

  /** The client has been sent all that the head has announced; the application may still run. */
  get isAllSent(): boolean {
    const isWhole = !this.#hasBody || this.#contentLength === this.bodyBytes;
    const isDirect = this.#backlog === undefined && this.#sender === undefined;
    return isWhole && this.isHeadSent && isDirect && this.waitingBytes === 0;
  }

  /** True while more waits for the client than may. */
  get isFull(): boolean {
    return this.#backlog?.isFull ?? false;
  }

  /** Calls `proceed` once, when more may come. */
  whenRoom(proceed: () => void): void {
    this.#backlog?.whenRoom(proceed);
  }

  /** The head that waits for the file that it names. */
  get heldHead(): { readonly status: number; readonly headers: readonly string[] } {
    const head = this.#head;
    return { status: this.status, headers: head === undefined ? [] : headersOf(head) };
  }

  /** Takes the head that a worker sends; returns why it cannot be sent, or ''. */
  head(sent: SentHead): string {
    const read = readResponseHead(sent);
    if (read.kind === 'refused') return read.sentence;
    const head = this.#ruled(read);
    this.#head = head;
    this.status = head.status;
    this.headerCount = head.headerCount + (this.#host.headerRules?.addedCount ?? 0);
    this.headerBytes = head.headerBytes;
    this.#contentLength = head.contentLength;
    this.#hasBody = this.#mayHaveBody(head.status);
    if (head.wantsClose) this.keepsAlive = false;
    if (this.#host.takesNamedFiles && head.status !== 204 && head.status !== 304) {
      const { named, rest } = splitNamedFile(head);
      this.#head = rest;
      this.namedFile = named;
      this.isFileAwaited = named !== undefined;
    }
    return '';
  }

  /** Takes bytes of the body; those that may not be there are cut off. */
  body(bytes: Buffer, part: 'some' | 'all'): void {
    this.#isWhole = part === 'all';
    if (!this.#hasBody || this.isFileAwaited) return;
    const room = this.#contentLength < 0 ? Infinity : this.#contentLength - this.bodyBytes;
    const fitting = bytes.length > room ? bytes.subarray(0, room) : bytes;
    if (fitting.length === 0) return;
    this.bodyBytes += fitting.length;
    if (this.#head !== undefined && this.#first === undefined) {
      this.#first = fitting;
      return;
    }
    this.flush();
    this.#send(fitting);
  }

  /** Sends what was kept together. */
  flush(): void {
    if (this.#head === undefined || this.isFileAwaited) return;
    if (this.#isWhole) this.#writeHeadWithLength(this.bodyBytes);
    else this.#writeHead(this.#head);
    if (this.#first !== undefined) this.write(this.#first);
    else this.#client.write(this.#takeHeadText());
    this.#first = undefined;
  }

  /** The application has finished; returns why that is not the end of its answer, or ''. */
  complete(): string {
    if (this.#sender !== undefined) return '';
    if (this.#hasBody && this.#contentLength > this.bodyBytes) {
      return `${this.bodyBytes} bytes of the ${this.#contentLength} that it announced`;
    }
    this.#writeHeadWithLength(this.bodyBytes);
    // As text the body joins the head in one piece of memory, and in one write.
    if (this.#first !== undefined) this.#finish(this.#first.toString('latin1'));
    else if (this.#backlog === undefined) this.end();
    else this.#backlog.end();
    this.#first = undefined;
    return '';
  }

  /** Ends a response that cannot be completed, so that the client can tell. */
  abort(): void {
    // All that was announced is here: only what the application does after it has failed.
    if (this.#sender !== undefined) return;
    const isAllHere = this.#hasBody && this.#contentLength === this.bodyBytes;
    if (isAllHere && this.isHeadSent) this.complete();
    else this.cut();
  }

  /** Ends the connection, so that the answer does not look complete. */
  cut(): void {
    this.#head = undefined;
    this.close();
    // Without a length or chunks the end of the connection is the end of the body: only a reset
    // tells the two apart.
    const isDelimitedByClose = this.#contentLength < 0 && !this.#isChunked;
    this.#client.cut(isDelimitedByClose ? 'reset' : 'end');
  }

  /** Sends a page of ours instead; `rest`: whether the client is still sending. */
  page(status: ErrorStatus, requestId: string, rest: 'all-read' | 'still-sending'): void {
    this.#first = undefined;
    const page = errorPage(status, requestId);
    this.status = status;
    this.bodyBytes = this.#isHeadRequest ? 0 : page.body.length;
    this.headerCount = page.headers.length / 2;
    // Its connection is closed then, when the client has had time to read the page.
    if (rest === 'still-sending') this.keepsAlive = false;
    this.#writeHead(page.head);
    this.#finish(page.body);
  }

  /** Sends an answer that is a file; returns why it cannot be sent, or ''. */
  file({ status, headers, part, text = '' }: FileResponse): string {
    this.isFileAwaited = false;
    this.status = status;
    this.headerCount = headers.length / 2;
    const reason = this.#head?.status === status ? this.#head.reason : fileReasons[status];
    const head = headOf(status, reason ?? '', headers);
    if (head.kind === 'refused') {
      part?.file.close();
      return head.sentence;
    }
    // One that the application has named has the application's head, which has been through them.
    this.#writeHead(this.#head === undefined ? this.#ruled(head) : head);
    if (part !== undefined && !this.#isHeadRequest && part.lengthBytes > 0) this.#sendFile(part);
    else {
      part?.file.close();
      this.bodyBytes = this.#isHeadRequest ? 0 : text.length;
      if (text === '') this.end();
      else this.#finish(text);
    }
    return '';
  }

  /** True when these bytes of a file may be the body of the answer whose head has come. */
  mayBeFile(lengthBytes: number): boolean {
    const isSent = this.#first !== undefined || this.bodyBytes > 0;
    return !isSent && (this.#contentLength < 0 || this.#contentLength === lengthBytes);
  }

  /** The body of the application's answer is this part of a file. */
  bodyFromFile(part: FilePart): void {
    this.isFileAwaited = false;
    this.#writeHeadWithLength(part.lengthBytes);
    this.#sendFile(part);
  }

  get isOpen(): boolean {
    return this.#client.isOpen;
  }

  get waitingBytes(): number {
    return this.#client.waitingBytes + this.#headText.length;
  }

  get needsDrain(): boolean {
    return this.#client.needsDrain;
  }

  /** Writes bytes of the body to the client, framed; `taken` is called when the kernel has them. */
  write(bytes: Buffer, taken?: () => void): void {
    if (!this.#hasBody || bytes.length === 0) {
      if (taken !== undefined) process.nextTick(taken);
      return;
    }
    const head = this.#takeHeadText();
    if (this.#isChunked) this.#client.write(chunkOf(bytes, head), taken);
    else this.#client.write(head === '' ? bytes : behindHead(head, bytes), taken);
  }

  /** All of the body was written. */
  end(): void {
    this.#finish('');
  }

  /** The client has taken what waited for it. */
  drained(): void {
    this.#backlog?.drained();
  }

  /** Gives back what is held for the client. */
  close(): void {
    this.#backlog?.close();
    this.#sender?.close();
  }

  #ruled<Head extends AnswerHead>(head: Head): Head {
    const ruled = this.#host.headerRules?.applied(head);
    if (ruled === undefined) return head;
    this.collected = ruled.collected;
    return ruled.head;
  }

  #finish(text: string): void {
    const head = this.#takeHeadText();
    const last = this.#isChunked ? lastChunks(text) : this.#hasBody ? text : '';
    this.#client.finish(head + last, this.keepsAlive ? 'keep' : 'close');
  }

  #send(bytes: Buffer): void {
    if (this.#backlog === undefined) {
      const { waitingBytes } = this;
      const { responseLimits: limits } = this.#host;
      if (waitingBytes === 0 || waitingBytes + bytes.length <= limits.memoryMaxBytes) {
        return this.write(bytes);
      }
      this.#backlog = new ResponseBacklog(this, this.#host, this.#lost);
    }
    this.#backlog.take(bytes);
  }

  #sendFile(part: FilePart): void {
    this.bodyBytes = part.lengthBytes;
    this.isFromFile = true;
    this.#sender = new FileSender(this, part, this.#lost);
  }

  /** `#writeHead`, where it was not yet; with the length of the body, where nobody has said it. */
  #writeHeadWithLength(lengthBytes: number): void {
    if (this.#head === undefined) return;
    const isUnsaid = this.#hasBody && this.#contentLength < 0;
    this.#writeHead(isUnsaid ? withLength(this.#head, lengthBytes) : this.#head);
  }

  /** Makes the text of the head, which leaves with the first bytes. */
  #writeHead(head: AnswerHead): void {
    this.#head = undefined;
    const hasBody = this.#mayHaveBody(head.status);
    const { protocol, keepAliveHint } = this.#client.terms;
    const [version, keepsAlive] = [this.#version, this.keepsAlive];
    const terms = { protocol, version, hasBody, keepsAlive, keepAliveHint };
    const written = writeHead(head, terms, this.#host.clocks.dateMs());
    this.#hasBody = hasBody;
    this.#headText = written.text;
    this.#isChunked = written.isChunked;
    this.keepsAlive = written.keepsAlive;
    this.isHeadSent = true;
  }

  #takeHeadText(): string {
    const text = this.#headText;
    this.#headText = '';
    return text;
  }

  #mayHaveBody(status: number): boolean {
    return !this.#isHeadRequest && status !== 204 && status !== 304;
  }
}
