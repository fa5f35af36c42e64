/**
 * One request and its response: from the client's first byte to the last one that it takes.
 */

import type { EndFrame } from '../protocol/request-frames.ts';
import { encodeRequest } from '../protocol/request-frames.ts';
import type { ChannelJob } from './channel-job.ts';
import { ClientRequest } from './client-request.ts';
import type { RequestParts } from './client-request.ts';
import type { ErrorStatus } from './error-pages.ts';
import type { ExchangeHost } from './exchange-host.ts';
import { collectBody } from './request-body.ts';
import type { BodyCollector, BodyOutcome } from './request-body.ts';
import { ResponseWriter } from './response-writer.ts';
import type { SpoolFile } from './spool-file.ts';
import type { WorkerConnection } from './worker-connection.ts';

type Phase = 'arriving' | 'complete' | 'running' | 'answered';

export class Exchange extends ClientRequest implements ChannelJob {
  readonly #host: ExchangeHost;
  readonly writer: ResponseWriter;
  #phase: Phase = 'arriving';
  #collector: BodyCollector | undefined;
  #body: Buffer | undefined;
  spooled: SpoolFile | undefined;
  isClientGone = false;
  #hasBegun = false;
  /** Where it runs or ran; undefined when no worker was asked. */
  connection: WorkerConnection | undefined;
  residentBytes = 0;
  /** The size of the variables that were sent, in bytes. */
  requestBytes = 0;

  constructor(parts: RequestParts, host: ExchangeHost) {
    super(parts);
    this.#host = host;
    this.writer = new ResponseWriter(parts.response, this.method);
    parts.response.exchange = this;
  }

  get hasBody(): boolean {
    return this.#body !== undefined || this.spooled !== undefined;
  }

  /** True while the client is still sending its request. */
  get isArriving(): boolean {
    return this.#phase === 'arriving';
  }

  /** Reads the body, if there is one, and goes on when it is complete. */
  begin(): void {
    if (this.isClientGone) return;
    this.#hasBegun = true;
    this.#host.begun();
    if (this.head.refusal !== 0) return this.page(this.head.refusal);
    if (this.head.contentLength === 0) {
      this.#phase = 'complete';
      return this.#host.complete(this);
    }
    this.#collector = collectBody(this, this.#host.bodyLimits, (outcome) => {
      this.#collected(outcome);
    });
  }

  /** Answers with a page of ours; for a request that no worker runs. */
  page(status: ErrorStatus): void {
    if (this.#isOver()) return;
    const isArriving = this.#phase === 'arriving' && !this.request.complete;
    this.#collector?.abandon();
    this.#closeWhenDraining();
    this.writer.page(status, isArriving ? 'still-sending' : 'all-read');
    this.#decided();
  }

  /** Sends the head of an answer from a file; the file's bytes are the caller's to send. */
  answeredByFile(status: number, headers: string[], bodyBytes: number): void {
    this.#closeWhenDraining();
    this.writer.fileHead(status, headers, bodyBytes);
    this.#decided();
  }

  /** The client has taken the whole response, or has gone. */
  closed(): void {
    if (!this.response.writableFinished) this.#clientHasGone();
    if (this.#hasBegun) this.#host.over();
    this.client.ended(this);
  }

  started(connection: WorkerConnection, nowMs: number, how: 'to-idle' | 'ahead'): Buffer {
    this.#phase = 'running';
    this.connection = connection;
    this.startedAtMs = nowMs;
    const { strings } = this.head;
    const frames = encodeRequest(strings, this.#body, this.hasBody, how === 'ahead');
    this.requestBytes = frames.length - 8 + strings.length;
    if (this.#body !== undefined) this.requestBytes -= this.#body.length + 16;
    return frames;
  }

  returned(): boolean {
    this.#phase = 'complete';
    this.connection = undefined;
    return !this.isClientGone;
  }

  receivedHead(strings: readonly string[]): void {
    if (this.#isOver()) return;
    this.#closeWhenDraining();
    this.#unless(this.writer.head(strings));
  }

  received(bytes: Buffer): 'hold-back' | 'go-on' {
    if (this.#isOver()) return 'go-on';
    this.#unless(this.writer.body(bytes));
    if (!this.writer.isFull) return 'go-on';
    this.writer.whenTaken(() => this.connection?.goOn());
    return 'hold-back';
  }

  flushed(): void {
    if (!this.#isOver()) this.#unless(this.writer.flush());
  }

  finished(end: EndFrame): void {
    this.residentBytes = end.residentBytes;
    if (this.#phase !== 'running') return;
    if (this.isClientGone) return this.#decided();
    if (end.failed) {
      // What the application has begun is sent, so that its failure is seen as a broken answer.
      this.flushed();
      return this.failed(500);
    }
    this.#unless(this.writer.end());
    if (!this.#isOver()) this.#decided();
  }

  bodyLost(error: Error): void {
    const problem = `its body cannot be read back: ${error.message}`;
    this.#host.complain(this, 'request.not-stored', problem);
    this.failed(500);
  }

  failed(status: 500 | 502 | 504): void {
    if (this.#phase === 'complete') return this.page(status);
    if (this.#phase !== 'running') return;
    if (!this.isClientGone && this.writer.isHeadSent) this.writer.abort();
    else if (!this.isClientGone) this.writer.page(status, 'all-read');
    this.#decided();
  }

  #clientHasGone(): void {
    this.isClientGone = true;
    this.#collector?.abandon();
    if (this.#phase === 'complete') {
      this.spooled?.close();
      this.#host.withdraw(this);
    } else if (this.#phase === 'running') {
      this.connection?.cancel(this);
    }
  }

  #collected(outcome: BodyOutcome): void {
    if (outcome.kind === 'refused') {
      if (outcome.problem !== '') this.#host.complain(this, 'request.not-stored', outcome.problem);
      return this.page(outcome.status);
    }
    const { lengthBytes } = outcome;
    if (this.head.contentLength < 0) this.head.strings.push('CONTENT_LENGTH', String(lengthBytes));
    if (outcome.kind === 'spooled') this.spooled = outcome.file;
    else if (lengthBytes > 0) this.#body = outcome.bytes;
    this.#phase = 'complete';
    this.#host.complete(this);
  }

  /** An answer that cannot be sent is a failure of the application; '' is none. */
  #unless(problem: string): void {
    if (problem === '') return;
    this.#host.complain(this, 'response.refused', `the answer cannot be sent: ${problem}`);
    this.failed(500);
  }

  /** What the answer is, stands: nothing that a worker still sends changes it. */
  #decided(): void {
    this.#phase = 'answered';
    // A worker that still runs it is sent the whole body, as it was promised; and may go on.
    if (this.connection?.job === this) this.connection.goOn();
    else this.spooled?.close();
    this.#host.answered(this);
  }

  #closeWhenDraining(): void {
    if (this.#host.isDraining) this.response.shouldKeepAlive = false;
  }

  #isOver(): boolean {
    return this.isClientGone || this.#phase === 'answered';
  }
}
