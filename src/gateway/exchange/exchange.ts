/**
 * One request and its response: from its head to the last byte that the client takes.
 *
 * `states.ts` decides what follows from what; here it is carried out.
 */

import type { OfferedFile } from '../../protocol/file-frames.ts';
import { encodeRequest } from '../../protocol/request-frames.ts';
import type { EndFrame, SentHead } from '../../protocol/response-frames.ts';
import type { Incoming } from '../client/incoming.ts';
import type { Client, Turn } from '../client/turn.ts';
import type { BodySource, Job, SlotView, TellWorker } from '../dispatch/port.ts';
import type { FileResponse } from '../files/answer.ts';
import type { NamedFile } from '../files/named-file.ts';
import { openOffered } from '../files/offered.ts';
import { sentenceOf, type ErrorStatus } from '../http/error-pages.ts';
import type { SpoolProblem } from '../spool/problem.ts';
import { Intake, type IntakeHost } from './intake.ts';
import type { Answered, ClientRequest } from './request.ts';
import { ClientResponse } from './response.ts';
import type { ResponseHost } from './response-host.ts';
import { after, isHeard, mayAnswer } from './states.ts';
import type { Action, ExchangeEvent, ExchangeState } from './states.ts';

/** What an exchange needs of the gateway. */
export interface ExchangeHost extends ResponseHost, Pick<IntakeHost, 'bodyLimits' | 'bodyMemory'> {
  /** No more keep-alive: the gateway is draining. */
  readonly isDraining: boolean;
  /** The request is complete: serve it from a file, or put it into the queue. */
  complete(exchange: Exchange): void;
  /** The application's answer is a file that it names: send it. */
  sendNamedFile(exchange: Exchange, named: NamedFile): void;
  /** Takes it out of the queue; its client has gone. */
  withdraw(exchange: Exchange): void;
  /** The answer is decided: write the access log. */
  answered(answered: Answered): void;
  /** Counts it as open. */
  begun(): void;
  /** No longer counts it as open. */
  over(): void;
  /** Its body cannot wait in a file: logs it, and answers so. */
  bodyNotStored(exchange: Exchange, problem: SpoolProblem): void;
  /** Something that an operator should know of this request. */
  complain(exchange: Exchange, event: string, problem: string): void;
}

export interface ExchangeParts {
  readonly request: ClientRequest;
  readonly client: Client;
  /** Undefined where there is none. */
  readonly body: Incoming | undefined;
  /** The client would send another request on this connection. */
  readonly keepsAlive: boolean;
  /** The client waits to be asked for the body. */
  readonly awaitsContinue: boolean;
}

export class Exchange implements Turn, Job, Answered {
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  readonly #parts: ExchangeParts;
  readonly #host: ExchangeHost;
  #state: ExchangeState = 'fresh';
  #intake: Intake | undefined;
  /** Where it runs or ran; undefined when no worker was asked. */
  slot: SlotView | undefined;
  /** Its place in the queue. */
  turn = 0;
  /** The client has gone before it had the answer. */
  isClientGone = false;
  residentBytes = 0;
  /** The size of the variables that were sent, in bytes. */
  requestBytes = 0;

  constructor(parts: ExchangeParts, host: ExchangeHost) {
    const { request, client, keepsAlive } = parts;
    this.request = request;
    this.#parts = parts;
    this.#host = host;
    const { method, version } = request;
    const terms = { client, method, version, keepsAlive };
    this.response = new ClientResponse(terms, host, (problem) => this.#lost(problem));
  }

  get what(): string {
    return this.request.what;
  }

  get method(): string {
    return this.request.method;
  }

  get uri(): string {
    return this.request.uri;
  }

  get id(): string {
    return this.request.id;
  }

  get application(): number {
    return this.request.head.application;
  }

  get queuedAtMs(): number {
    return this.request.queuedAtMs;
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

  get isArriving(): boolean {
    return this.#state === 'arriving' || this.#intake?.isAwaited === true;
  }

  /** An answer of ours may still be sent. */
  get mayAnswer(): boolean {
    return mayAnswer(this.#state);
  }

  /** Reads the body, if there is one, and goes on when a worker can be asked. */
  begin(nowMs: number): void {
    this.#step('begin');
    const { request, client, body, awaitsContinue } = this.#parts;
    if (request.head.refusal !== 0) {
      // What follows a doubtful request on its connection is doubtful too.
      this.response.keepsAlive = false;
      return this.failed(request.head.refusal);
    }
    if (body === undefined) return this.#arrived(nowMs);
    this.#intake = new Intake({
      body,
      head: request.head,
      host: this.#host,
      ask: () => {
        if (awaitsContinue) client.write('HTTP/1.1 100 Continue\r\n\r\n');
      },
      complete: () => this.#arrived(this.#host.clocks.now()),
      refused: (status) => this.failed(status),
      notStored: (problem) => this.#host.bodyNotStored(this, problem),
    });
    this.#intake.begin();
  }

  /** It waits for a worker from now on, though it may be given to one at once. */
  queued(behind: number, nowMs: number): void {
    this.request.queuedBehind = behind;
    this.request.queuedAtMs = nowMs;
  }

  /** Sends a page of ours; a response that has begun already is cut instead. */
  failed(status: ErrorStatus, why = sentenceOf(status)): void {
    this.request.why = why;
    this.#step('fail', status);
  }

  /** Sends an answer that is a part of a file; for a request that no worker runs. */
  answerByFile(response: FileResponse): void {
    if (!this.mayAnswer) return response.part?.file.close();
    this.#closeWhenDraining();
    const problem = this.response.file(response);
    return problem === '' ? this.#step('answer') : this.#refused(problem);
  }

  drained(): void {
    this.response.drained();
  }

  closed(how: 'sent' | 'lost'): void {
    // The client may close once it has all, though the application still runs: `had`, not `gone`.
    this.#step(how === 'sent' || this.response.isAllSent ? 'had' : 'gone');
  }

  started(slot: SlotView, nowMs: number, how: 'to-idle' | 'ahead'): Buffer {
    this.#step('started');
    this.slot = slot;
    this.request.startedAtMs = nowMs;
    const { strings } = this.request.head;
    const body = this.#intake?.memory;
    const frames = encodeRequest(strings, body, this.hasBody, how === 'ahead');
    this.requestBytes = frames.length - 8 + strings.length - (body ? body.length + 16 : 0);
    return frames;
  }

  begins(nowMs: number): void {
    this.request.startedAtMs = nowMs;
  }

  returned(): boolean {
    this.slot = undefined;
    this.#step('returned');
    return this.#state === 'complete';
  }

  receivedWhole(head: SentHead, body: Buffer): void {
    this.receivedHead(head);
    if (isHeard(this.#state)) this.response.body(body, 'all');
  }

  receivedHead(head: SentHead): void {
    if (!isHeard(this.#state)) return;
    this.#closeWhenDraining();
    const problem = this.response.head(head);
    if (problem !== '') this.#refused(problem);
  }

  received(bytes: Buffer): 'hold-back' | 'go-on' {
    if (!isHeard(this.#state)) return 'go-on';
    this.response.body(bytes, 'some');
    if (!this.response.isFull || !isHeard(this.#state)) return 'go-on';
    // More waits for the client than may: the worker goes on when there is room.
    this.response.whenRoom(() => {
      if (this.#isInSlot()) this.slot?.goOn();
    });
    return 'hold-back';
  }

  offeredFile(offered: OfferedFile, tellWorker: TellWorker): void {
    const { response } = this;
    if (!isHeard(this.#state) || !response.hasBody) return tellWorker('taken');
    if (!response.mayBeFile(offered.lengthBytes)) return tellWorker('stream-it');
    response.isFileAwaited = true;
    openOffered(offered, (part) => {
      response.isFileAwaited = false;
      tellWorker(part === undefined ? 'stream-it' : 'taken');
      if (part === undefined) this.flushed();
      else if (isHeard(this.#state)) response.bodyFromFile(part);
      else part.file.close();
    });
  }

  logs(variables: readonly string[]): void {
    this.request.logs(variables);
  }

  flushed(): void {
    if (isHeard(this.#state)) this.response.flush();
  }

  finished(end: EndFrame): void {
    this.residentBytes = end.residentBytes;
    if (!isHeard(this.#state)) return this.#step('ended');
    if (end.failed) {
      // What the application has begun is sent, so that its failure is seen as a broken answer.
      this.flushed();
      return this.failed(500, this.request.failure || undefined);
    }
    const { namedFile } = this.response;
    if (namedFile !== undefined) {
      this.#step('named');
      return this.#host.sendNamedFile(this, namedFile);
    }
    const problem = this.response.complete();
    if (problem === '') this.#step('ended');
    else this.#refused(problem);
  }

  bodyLost(error: Error): void {
    const problem = `its body cannot be read back: ${error.message}`;
    this.#host.complain(this, 'request.not-stored', problem);
    this.failed(503, problem);
  }

  #arrived(nowMs: number): void {
    this.request.arrivedAtMs = nowMs;
    this.#step('arrived');
  }

  /** The rest of the response is in a file that cannot be read. */
  #lost(problem: string): void {
    this.#host.complain(this, 'response.cut', `the rest of the answer cannot be sent: ${problem}`);
    this.response.cut();
  }

  /** An answer that cannot be sent is a failure of the application. */
  #refused(problem: string): void {
    this.#host.complain(this, 'response.refused', `the answer cannot be sent: ${problem}`);
    this.failed(500, `its answer cannot be sent: ${problem}`);
  }

  /** Carries out what follows from an event; `status` is for a page, where one is sent. */
  #step(event: ExchangeEvent, status: ErrorStatus = 500): void {
    const { state, actions } = after(this.#state, event);
    this.#state = state;
    this.isClientGone ||= event === 'gone';
    for (const action of actions) this.#carryOut(action, status);
  }

  #carryOut(action: Action, status: ErrorStatus): void {
    switch (action) {
      case 'enter':
        return this.#host.begun();
      case 'leave':
        this.response.close();
        return this.#host.over();
      case 'choose':
        return this.#host.complete(this);
      case 'abandon':
        return this.#intake?.abandon();
      case 'withdraw':
        return this.#host.withdraw(this);
      case 'cancel':
        return this.slot?.cancel(this);
      case 'stop-body':
        if (this.isStreamed && this.#isInSlot()) this.slot?.cancel(this);
        return;
      case 'page':
        return this.#sendPage(status);
      case 'break-off':
        return this.response.isHeadSent ? this.response.abort() : this.#sendPage(status);
      case 'decide':
        return this.#decided();
      default:
        action satisfies never;
    }
  }

  /** The response is final: what a worker still sends is ignored. */
  #decided(): void {
    const isInSlot = this.#isInSlot();
    // The worker that still runs it is read again; it was promised the body, which stays open.
    if (isInSlot) this.slot?.goOn();
    if (!isInSlot || this.isStreamed) this.spooled?.close();
    this.#host.answered(this);
  }

  #sendPage(status: ErrorStatus): void {
    this.#closeWhenDraining();
    const isAllRead = this.#parts.body?.isComplete ?? true;
    this.response.page(status, this.id, isAllRead ? 'all-read' : 'still-sending');
  }

  #closeWhenDraining(): void {
    if (this.#host.isDraining) this.response.keepsAlive = false;
  }

  /** Whether its slot still runs this request, and not already the next one. */
  #isInSlot(): boolean {
    return this.slot?.job === this;
  }
}
