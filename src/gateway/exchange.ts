/**
 * One request and its response: from the client's first byte to the last one that it takes.
 */

import type { EndFrame } from '../protocol/request-frames.ts';
import { encodeRequest } from '../protocol/request-encoding.ts';
import type { ChannelJob } from './channel-job.ts';
import { ClientRequest } from './client-request.ts';
import type { RequestParts } from './client-request.ts';
import type { ErrorStatus } from './error-pages.ts';
import type { ExchangeHost } from './exchange-host.ts';
import type { BodySource } from './body-source.ts';
import { RequestIntake } from './request-intake.ts';
import { ResponseWriter } from './response-writer.ts';
import type { WorkerConnection } from './worker-connection.ts';

type Phase = 'arriving' | 'complete' | 'running' | 'answered';

export class Exchange extends ClientRequest implements ChannelJob {
  readonly #host: ExchangeHost;
  readonly writer: ResponseWriter;
  #phase: Phase = 'arriving';
  /** Its body, where it has one. */
  #intake: RequestIntake | undefined;
  isClientGone = false;
  #hasBegun = false;
  /** Where it runs or ran; undefined when no worker was asked. */
  connection: WorkerConnection | undefined;
  /** When it was sent to the worker, in ms on the monotonic clock. */
  startedAtMs = 0;
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
    return (this.#intake?.memory ?? this.spooled) !== undefined;
  }

  get spooled(): BodySource | undefined {
    return this.#intake?.source;
  }

  get isStreamed(): boolean {
    return this.#intake?.isStreamed === true;
  }

  /** True while it is the client's turn to send more of its request. */
  get isArriving(): boolean {
    return this.#phase === 'arriving' || this.#intake?.isAwaited === true;
  }

  /** Reads the body, if there is one, and goes on when a worker can be asked. */
  begin(): void {
    if (this.isClientGone) return;
    this.#hasBegun = true;
    this.#host.begun();
    if (this.head.refusal !== 0) return this.page(this.head.refusal);
    if (this.head.contentLength === 0) return this.#complete();
    this.#intake = new RequestIntake(this, {
      complete: () => this.#complete(),
      refused: (status, problem) => this.#notStored(status, problem),
    });
    this.#intake.begin(this.#host.bodyLimits);
  }

  /** Answers with a page of ours; for a request that no worker runs. */
  page(status: ErrorStatus): void {
    if (this.#isOver()) return;
    this.#intake?.abandon();
    this.#sendPage(status);
    this.#decided();
  }

  /** Sends the head of an answer from a file; the file's bytes are the caller's to send. */
  answeredByFile(status: number, headers: string[], bodyBytes: number): void {
    if (this.#host.isDraining) this.response.shouldKeepAlive = false;
    this.writer.fileHead(status, headers, bodyBytes);
    this.#decided();
  }

  /** The client has taken the whole response, or has gone. */
  closed(): void {
    if (!this.response.writableFinished) this.#clientHasGone();
    if (this.#hasBegun) this.#host.over();
    this.client.ended();
  }

  started(connection: WorkerConnection, nowMs: number): Buffer {
    this.#phase = 'running';
    this.connection = connection;
    this.startedAtMs = nowMs;
    const { strings } = this.head;
    const body = this.#intake?.memory;
    const frames = encodeRequest(strings, body, this.hasBody);
    this.requestBytes = frames.length - 8 + strings.length - (body ? body.length + 16 : 0);
    return frames;
  }

  returned(): void {
    this.#phase = 'complete';
    this.connection = undefined;
  }

  receivedHead(strings: readonly string[]): void {
    if (this.#isOver()) return;
    if (this.#host.isDraining) this.response.shouldKeepAlive = false;
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
    this.#notStored(500, `its body cannot be read back: ${error.message}`);
  }

  failed(status: ErrorStatus): void {
    if (this.#phase !== 'running') return this.page(status);
    if (this.isStreamed && this.connection?.job === this) this.connection.cancel();
    if (!this.isClientGone && this.writer.isHeadSent) this.writer.abort();
    else if (!this.isClientGone) this.#sendPage(status);
    this.#decided();
  }

  #complete(): void {
    this.#phase = 'complete';
    this.#host.complete(this);
  }

  #notStored(status: 408 | 413 | 500, problem: string): void {
    if (problem !== '') this.#host.complain(this, 'request.not-stored', problem);
    this.failed(status);
  }

  #clientHasGone(): void {
    this.isClientGone = true;
    this.#intake?.abandon();
    if (this.#phase === 'running') return this.connection?.cancel();
    if (this.#phase !== 'complete') return;
    this.#host.withdraw(this);
    this.#decided();
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
    if (this.connection?.job !== this || this.isStreamed) this.spooled?.close();
    this.#host.answered(this);
  }

  #sendPage(status: ErrorStatus): void {
    if (this.#host.isDraining) this.response.shouldKeepAlive = false;
    const hasCome = this.#phase !== 'arriving' && !this.isStreamed;
    const isAllRead = hasCome || this.request.complete;
    this.writer.page(status, isAllRead ? 'all-read' : 'still-sending');
  }

  #isOver(): boolean {
    return this.isClientGone || this.#phase === 'answered';
  }
}
