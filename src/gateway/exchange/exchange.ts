/**
 * One request and its response: from the client's first byte to the last one that it takes.
 */

import { encodeRequest } from '../../protocol/request-frames.ts';
import type { EndFrame } from '../../protocol/request-frames.ts';
import type { BodySource, Job, SlotView, TellWorker } from '../dispatch/port.ts';
import { ClientAnswer } from './client-answer.ts';
import type { RequestParts } from './request.ts';
import type { ErrorStatus } from '../http/error-pages.ts';
import type { ExchangeHost } from './exchange-host.ts';
import type { FileResponse } from '../files/answer.ts';
import type { OfferedFile } from '../../protocol/file-frames.ts';
import { RequestIntake } from './intake.ts';

type Phase = 'arriving' | 'complete' | 'running' | 'answered';

export class Exchange extends ClientAnswer implements Job {
  readonly #host: ExchangeHost;
  #phase: Phase = 'arriving';
  /** Its body, where it has one. */
  #intake: RequestIntake | undefined;
  #hasBegun = false;

  constructor(parts: RequestParts, host: ExchangeHost) {
    super(parts, host);
    this.#host = host;
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
    if (this.head.refusal !== 0) return this.#refuse(this.head.refusal);
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

  /** Sends an answer that is a part of a file; for a request that no worker runs. */
  answerByFile({ status, headers, part }: FileResponse): void {
    if (this.#isOver()) return part?.file.close();
    this.closeWhenDraining();
    this.#unless(this.writer.file(status, headers, part));
    if (!this.#isOver()) this.#decided();
  }

  /** The client has taken the whole response, or has gone. */
  closed(): void {
    // Who has had all that was announced may leave before the application has ended.
    if (!this.response.writableFinished && !this.writer.isAllSent) this.#clientHasGone();
    this.writer.close();
    if (this.#hasBegun) this.#host.over();
    this.client.ended();
  }

  started(connection: SlotView, nowMs: number, how: 'to-idle' | 'ahead'): Buffer {
    this.#phase = 'running';
    this.connection = connection;
    this.startedAtMs = nowMs;
    const { strings } = this.head;
    const body = this.#intake?.memory;
    const frames = encodeRequest(strings, body, this.hasBody, how === 'ahead');
    this.requestBytes = frames.length - 8 + strings.length - (body ? body.length + 16 : 0);
    return frames;
  }

  returned(): boolean {
    this.#phase = 'complete';
    this.connection = undefined;
    if (this.isClientGone) this.#decided();
    return !this.isClientGone;
  }

  receivedHead(strings: readonly string[]): void {
    if (this.#isOver()) return;
    this.closeWhenDraining();
    this.#unless(this.writer.head(strings));
  }

  received(bytes: Buffer): 'hold-back' | 'go-on' {
    if (this.#isOver()) return 'go-on';
    this.#unless(this.writer.body(bytes));
    return this.writer.isFull ? this.holdBack() : 'go-on';
  }

  offeredFile(offered: OfferedFile, tellWorker: TellWorker): void {
    if (this.#isOver()) return tellWorker('taken');
    this.takeOffered(offered, tellWorker, (part) => {
      if (this.#isOver()) part?.file.close();
      else if (part === undefined) this.flushed();
      else this.#unless(this.writer.bodyFromFile(part));
    });
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
    if (this.writer.namedFile !== undefined) {
      this.#phase = 'complete';
      return this.#host.sendNamedFile(this, this.writer.namedFile);
    }
    this.#unless(this.writer.end());
    if (!this.#isOver()) this.#decided();
  }

  bodyLost(error: Error): void {
    this.#notStored(500, `its body cannot be read back: ${error.message}`);
  }

  failed(status: ErrorStatus): void {
    if (this.#phase !== 'running') return this.page(status);
    if (this.isStreamed && this.connection?.job === this) this.connection.cancel(this);
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
    if (this.#phase === 'running') return this.connection?.cancel(this);
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

  /** What follows a doubtful request on its connection is doubtful too. */
  #refuse(status: ErrorStatus): void {
    this.response.shouldKeepAlive = false;
    this.page(status);
  }

  #sendPage(status: ErrorStatus): void {
    this.closeWhenDraining();
    const hasCome = this.#phase !== 'arriving' && !this.isStreamed;
    const isAllRead = hasCome || this.request.complete;
    this.writer.page(status, isAllRead ? 'all-read' : 'still-sending');
  }

  #isOver(): boolean {
    return this.isClientGone || this.#phase === 'answered';
  }
}
