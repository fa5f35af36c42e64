/**
 * Takes requests: reads their heads, and decides whether a file, a page of ours or the application
 * answers. Keeps count of what is open, and writes the access log.
 */

import { hostname } from 'node:os';

import type { Clocks } from '../../base/clock.ts';
import type { AccessLog } from '../../log/access-log.ts';
import type { Logger } from '../../log/logger.ts';
import { CLIENT_GONE } from '../../log/request-record.ts';
import { LogThrottle } from '../../log/throttle.ts';
import type { GatewayListener, GatewaySettings } from '../../protocol/control-messages.ts';
import type { Receiver } from '../client/turn.ts';
import type { FileResponse } from '../files/answer.ts';
import type { NamedFile } from '../files/named-file.ts';
import { NamedFiles } from '../files/sendfile.ts';
import { StaticFiles } from '../files/static.ts';
import { contentTypes } from '../files/types.ts';
import type { IsNamedProxy } from '../request/forwarded.ts';
import { readPeerHead, requestLineOf } from '../request/from-peer.ts';
import { mountTable } from '../request/mounts.ts';
import type { MountRules } from '../request/mounts.ts';
import { readRequestHead } from '../request/variables.ts';
import type { ListenerVariables, RequestHead } from '../request/variables.ts';
import type { SpoolProblem } from '../spool/problem.ts';
import type { Spool } from '../spool/spool.ts';
import type { Assigner } from '../workers/assign.ts';
import { SLOW_MS, type RecentRequests } from '../measures/recent-requests.ts';
import { RequestTimes } from '../measures/request-times.ts';
import { RouteLabels } from '../measures/route-labels.ts';
import { healthResponse } from './health.ts';
import { ResponseLimits } from './backlog-limits.ts';
import { BodyMemory } from './body-memory.ts';
import type { BodyLimits } from './collected-body.ts';
import { HeaderRules } from '../http/header-rules.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeHost } from './exchange.ts';
import { ClientRequest, ranMs, recentRequest, requestRecord, waitedMs } from './request.ts';
import type { Answered } from './request.ts';

/** Bytes of a body that are kept in memory unless `post-buffering` is set. */
const BODY_MEMORY_BYTES = 64 * 1024;
/** Bytes of one larger body that may wait in the memory that all share. */
const BODY_SHARED_BYTES = 4 * 1024 * 1024;
/** Names of headers that are logged when they are dropped; made-up ones shall not fill the log. */
const NAMES_LOGGED_MAX = 100;

/** Why requests are refused, for `reeve why`. */
export const NO_APPLICATION = 'no application is loaded: the log says why';
const QUEUE_FULL = 'the queue was full (queue-max)';

export interface RouterParts {
  readonly settings: GatewaySettings;
  readonly log: Logger;
  readonly accessLog: AccessLog;
  readonly assigner: Assigner;
  readonly spool: Spool;
  readonly recent: RecentRequests;
  readonly isNamedProxy: IsNamedProxy;
  readonly clocks: Clocks;
  /** What runs or waits has changed. */
  readonly changed: () => void;
}

export class Router implements ExchangeHost {
  readonly #parts: RouterParts;
  /** Only where there is a static map. */
  readonly #staticFiles: StaticFiles | undefined;
  /** Only where applications may name files. */
  readonly #namedFiles: NamedFiles | undefined;
  readonly #responsesNotStored = new LogThrottle();
  readonly #bodiesNotStored = new LogThrottle();
  readonly spool: Spool;
  readonly headerRules: HeaderRules | undefined;
  readonly #namesLogged = new Set<string>();
  readonly bodyLimits: BodyLimits;
  readonly bodyMemory: BodyMemory = new BodyMemory();
  readonly responseLimits: ResponseLimits;
  readonly clocks: Clocks;
  readonly times: RequestTimes;
  /** What is answered while there is no application; undefined while there is one. */
  statusWithoutApplication: 500 | 503 | undefined;
  isDraining = false;
  /** What health-path answers, as the master knows it; '' where clients may come. */
  whyNotReady = 'it is starting';
  readonly #healthPath: string;
  /** Requests begun whose response the client has not taken to its end. */
  open = 0;
  /** Requests answered so far. */
  requests = 0;
  #waitedMaxMs = 0;
  /** The same since the master has asked for the load. */
  #waitedMs = 0;

  constructor(parts: RouterParts) {
    const { settings, log, clocks } = parts;
    const { options, responses } = settings;
    const labels = new RouteLabels(options['metrics-label'].map(({ text }) => text));
    this.#healthPath = options['health-path'];
    this.times = new RequestTimes(settings.mounts, labels);
    this.#parts = parts;
    this.clocks = clocks;
    this.spool = parts.spool;
    const { staticFiles, sendfileRoots, headers } = responses;
    if (headers !== null) this.headerRules = new HeaderRules(headers);
    const contentTypeOf = contentTypes(staticFiles.mimeTypes);
    if (staticFiles.maps.length > 0) {
      this.#staticFiles = new StaticFiles(staticFiles, contentTypeOf, log);
    }
    if (sendfileRoots.length > 0) {
      this.#namedFiles = new NamedFiles(sendfileRoots, contentTypeOf, log);
    }
    this.responseLimits = new ResponseLimits(options['response-buffering'], () => this.open);
    this.bodyLimits = {
      memoryMaxBytes: options['post-buffering'] || BODY_MEMORY_BYTES,
      sharedMaxBytes: options['post-buffering'] === 0 ? BODY_SHARED_BYTES : 0,
      limitBytes: options['limit-post'],
      timeoutMs: options['body-timeout'] * 1000,
      isStreamed: !options['request-buffering'],
    };
  }

  /** Returns what takes the requests of a listener's clients; their bodies may still be coming. */
  receiverOf({ serverPort, option }: GatewayListener): Receiver {
    const { settings, isNamedProxy } = this.#parts;
    const { options } = settings;
    const rules: MountRules = {
      by: options['manage-script-name'] ? 'manage-script-name' : 'default-only',
      others: options['no-default-app'] ? 'none' : 'first',
      vhost: options.vhost ? 'by-host' : 'any-host',
    };
    const mounts = mountTable(settings.mounts, rules);
    const ofListener = option === 'http' ? routerVariables(options) : undefined;
    const context = { serverName: hostname(), serverPort, mounts, isNamedProxy, ofListener };
    return {
      receive: (client, raw, body, nowMs) => {
        const head = readRequestHead(raw, client.peer, context);
        this.#logDropped(head);
        const request = new ClientRequest(raw, head, client.peer, nowMs);
        const awaitsContinue = raw.expectation === '100-continue';
        const { keepsAlive } = raw;
        return new Exchange({ request, client, body, keepsAlive, awaitsContinue }, this);
      },
      receiveFromPeer: (client, packet, bodyOf, nowMs) => {
        const head = readPeerHead(packet, client.peer, context);
        if (head.notLoaded !== '') this.#logNotLoaded(head.notLoaded);
        const request = new ClientRequest(requestLineOf(packet), head, client.peer, nowMs);
        const body = bodyOf(Math.max(0, head.contentLength));
        // A front server has asked for the body already.
        const parts = { request, client, body, keepsAlive: false, awaitsContinue: false };
        return new Exchange(parts, this);
      },
    };
  }

  complete(exchange: Exchange): void {
    const { request } = exchange;
    if (this.#isHealthCheck(request)) return exchange.answerByFile(this.#health());
    const files = this.#staticFiles;
    if (files === undefined || !files.mayServe(request)) {
      return this.#toApplication(exchange, request.arrivedAtMs);
    }
    void files.answer(request, this.clocks.dateMs()).then((response) => {
      if (response !== undefined) exchange.answerByFile(response);
      else if (exchange.mayAnswer) this.#toApplication(exchange, this.clocks.now());
    });
  }

  #isHealthCheck({ head: { path } }: ClientRequest): boolean {
    return path === this.#healthPath && path !== '';
  }

  #health(): FileResponse {
    const reason = this.isDraining ? 'it is stopping' : this.whyNotReady;
    return healthResponse(reason);
  }

  get isWorkerWanted(): boolean {
    return this.#parts.assigner.dispatcher.waiting > 0;
  }

  get takesNamedFiles(): boolean {
    return this.#namedFiles !== undefined;
  }

  sendNamedFile(exchange: Exchange, named: NamedFile): void {
    const head = exchange.response.heldHead;
    void this.#namedFiles?.answer(exchange.request, head, named).then((response) => {
      if (!('kind' in response)) exchange.answerByFile(response);
      else if (exchange.mayAnswer) exchange.failed(response.status, response.reason);
    });
  }

  /** Not logged each time, as every slow client would have it logged. */
  notStored(problem: SpoolProblem): void {
    const count = this.#responsesNotStored.count(this.clocks.now());
    if (count === 0) return;
    const sentence =
      `responses cannot wait in a file, so workers wait for slow clients: ${problem.message} ` +
      `(${count} times); make room there, set TMPDIR or spool-max, or response-buffering = 0`;
    this.#parts.log.error('response.not-stored', { count, ...problem.fields }, sentence);
  }

  /** One of many: an attacker can have this logged with each request. */
  bodyNotStored(exchange: Exchange, problem: SpoolProblem): void {
    const { status, message, fields } = problem;
    const count = this.#bodiesNotStored.count(this.clocks.now());
    exchange.failed(status, `its body cannot be stored: ${message}`);
    if (count === 0) return;
    const { request } = exchange;
    const { method, uri, id: requestId } = request;
    const others = count === 1 ? '' : `; ${count} such requests since the last such line`;
    const sentence = `${request.what}: answered ${status}, its body cannot be stored: ${message}${others}`;
    const about = { method, uri, requestId, status, count, ...fields };
    this.#parts.log.error('request.not-stored', about, sentence);
  }

  withdraw(exchange: Exchange): void {
    this.#parts.assigner.dispatcher.withdraw(exchange);
  }

  answered(answered: Answered): void {
    // They come every second or two, and would hide what clients see.
    if (this.#isHealthCheck(answered.request)) return;
    this.requests += 1;
    const nowMs = this.clocks.now();
    const waited = waitedMs(answered, nowMs);
    if (waited > this.#waitedMaxMs) this.#waitedMaxMs = waited;
    if (waited > this.#waitedMs) this.#waitedMs = waited;
    const ran = ranMs(answered, nowMs);
    this.#time(answered, { waited, ran });
    const { accessLog, recent } = this.#parts;
    const isSlow = waited >= SLOW_MS || ran >= SLOW_MS;
    const isOurs = answered.request.why !== '' || answered.isClientGone;
    if (isSlow || isOurs || recent.isEnding || answered.response.status >= 500) {
      recent.add(recentRequest(answered, nowMs, this.clocks.dateMs()));
    }
    if (accessLog.isOff) return;
    accessLog.write(requestRecord(answered, this.requests, nowMs, new Date(this.clocks.dateMs())));
  }

  #time(answered: Answered, { waited, ran }: { waited: number; ran: number }): void {
    const { request, response, isClientGone } = answered;
    const status = isClientGone ? CLIENT_GONE : response.status;
    const kind = this.times.kindOf(request.head.application, request.head.path, status);
    kind.ran(ran);
    if (waited >= 0) kind.waited(waited);
    kind.sent(response.bodyBytes);
  }

  begun(): void {
    this.open += 1;
    if (this.isDraining) this.#parts.changed();
  }

  over(): void {
    this.open -= 1;
    if (this.isDraining) this.#parts.changed();
  }

  /** The longest time in ms that a request has waited for a worker; it is measured anew, or on. */
  waitedMaxMs(then: 'anew' | 'on'): number {
    const longest = this.#waitedMaxMs;
    if (then === 'anew') this.#waitedMaxMs = 0;
    return longest;
  }

  /** The longest time in ms that a request has waited since this was last asked. */
  takeWaitedMs(): number {
    const longest = this.#waitedMs;
    this.#waitedMs = 0;
    return longest;
  }

  complain({ request, slot }: Exchange, event: string, problem: string): void {
    const { method, uri, id, what } = request;
    const worker = slot?.worker.slot;
    this.#parts.log.error(
      event,
      { method, uri, ...(worker && { worker }), requestId: id },
      `${what}: ${problem}`,
    );
  }

  #toApplication(exchange: Exchange, nowMs: number): void {
    const { assigner, changed } = this.#parts;
    exchange.queued(assigner.dispatcher.waiting, nowMs);
    if (exchange.application < 0) exchange.failed(404);
    else if (this.statusWithoutApplication !== undefined) {
      exchange.failed(this.statusWithoutApplication, NO_APPLICATION);
    } else if (!assigner.submit(exchange)) exchange.failed(503, QUEUE_FULL);
    else if (this.isDraining) changed();
  }

  /** Once for each: a front server sends it with every request. */
  #logNotLoaded(what: string): void {
    if (this.#namesLogged.has(what) || this.#namesLogged.size >= NAMES_LOGGED_MAX) return;
    this.#namesLogged.add(what);
    const sentence =
      `the front server asks for another application (uwsgi_param ${what}), and the default one ` +
      'answers: Reeve loads only what its configuration names; write mount = ' +
      `${this.#parts.settings.options.vhost ? 'HOST|SCRIPT_NAME' : 'SCRIPT_NAME'}=FILE`;
    this.#parts.log.warn('application.not-loaded', {}, sentence);
  }

  /** Once for each name: a client that sends it, sends it with every request. */
  #logDropped({ droppedNames }: RequestHead): void {
    for (const name of droppedNames) {
      if (this.#namesLogged.has(name) || this.#namesLogged.size >= NAMES_LOGGED_MAX) continue;
      this.#namesLogged.add(name);
      const sentence = `the header ${name} is not passed on: its "_" could pose as a "-"`;
      this.#parts.log.warn('header.dropped', { name }, sentence);
    }
  }
}

/** What options of `http` change of the variables of each request; undefined for nothing. */
function routerVariables(options: GatewaySettings['options']): ListenerVariables | undefined {
  const isServerNamedByHost = options['http-server-name-as-http-host'];
  const added = options['http-var'].map(({ text }) => {
    const cut = text.indexOf('=');
    // A character of the strings stands for a byte.
    const value = Buffer.from(text.slice(cut + 1)).toString('latin1');
    return { name: text.slice(0, cut), value };
  });
  return isServerNamedByHost || added.length > 0 ? { isServerNamedByHost, added } : undefined;
}
