/**
 * Receives requests: reads the head, and decides whether a file, a page of ours or the application
 * answers. Keeps count of what is open, and writes the access log.
 */

import { hostname } from 'node:os';

import type { AccessLog } from '../../log/access-log.ts';
import type { Logger } from '../../log/logger.ts';
import type { GatewayListener, GatewaySettings } from '../../protocol/control-messages.ts';
import type { ClientConnection } from '../client/client-connection.ts';
import type { ClientMessage } from '../client/incoming.ts';
import type { RequestParts } from './request.ts';
import type { ClientAnswer } from './client-answer.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeHost } from './exchange-host.ts';
import { namedProxies } from '../request/forwarded.ts';
import type { IsNamedProxy } from '../request/forwarded.ts';
import { mountTable } from '../request/target.ts';
import type { MountTable } from '../request/target.ts';
import type { BodyLimits } from './collected-body.ts';
import { readPeerHead } from '../request/from-peer.ts';
import type { PeerRequest } from '../request/from-peer.ts';
import { readRequestHead } from '../request/variables.ts';
import type { HeadContext } from '../request/variables.ts';
import { requestRecord, waitedMs } from './request-record.ts';
import type { GatewayResponse } from '../client/gateway-response.ts';
import { ResponseLimits } from './backlog-limits.ts';
import { contentTypes } from '../files/types.ts';
import { NamedFiles } from '../files/sendfile.ts';
import type { NamedFile } from '../files/named-file.ts';
import { StorageTrouble } from './storage-trouble.ts';
import { StaticFiles } from '../files/static.ts';
import type { Assigner } from '../workers/assign.ts';

/** Bytes of a body that are kept in memory when `post-buffering` does not say. */
const BODY_MEMORY_BYTES = 64 * 1024;
/** Names that are said to be dropped; whoever makes them up shall not fill the log. */
const NAMES_SAID_MAX = 100;

export interface ReceptionParts {
  readonly settings: GatewaySettings;
  readonly log: Logger;
  readonly accessLog: AccessLog;
  readonly assigner: Assigner;
  /** What runs or waits has changed. */
  readonly changed: () => void;
}

export class Reception implements ExchangeHost {
  readonly #parts: ReceptionParts;
  readonly #mounts: MountTable;
  /** Only where there is a static map. */
  readonly #staticFiles: StaticFiles | undefined;
  readonly #isNamedProxy: IsNamedProxy;
  /** Only where applications may name files. */
  readonly #namedFiles: NamedFiles | undefined;
  readonly #storageTrouble: StorageTrouble;
  readonly #serverName = hostname();
  readonly #namesSaid = new Set<string>();
  readonly bodyLimits: BodyLimits;
  readonly responseLimits: ResponseLimits;
  hasApplication = true;
  isDraining = false;
  /** Requests begun whose response the client has not taken to its end. */
  open = 0;
  /** Requests answered so far. */
  requests = 0;
  #waitedMaxMs = 0;

  constructor(parts: ReceptionParts) {
    const { settings, log } = parts;
    const { options, responses } = settings;
    this.#parts = parts;
    this.#mounts = mountTable(
      settings.mounts,
      options['manage-script-name'] ? 'manage-script-name' : 'default-only',
    );
    this.#isNamedProxy = namedProxies(options['trusted-proxies'].map(({ text }) => text));
    const { staticFiles, sendfileRoots } = responses;
    const contentTypeOf = contentTypes(staticFiles.mimeTypes);
    if (staticFiles.maps.length > 0) {
      this.#staticFiles = new StaticFiles(staticFiles, contentTypeOf, log);
    }
    if (sendfileRoots.length > 0) {
      this.#namedFiles = new NamedFiles(sendfileRoots, contentTypeOf, log);
    }
    this.#storageTrouble = new StorageTrouble(log);
    this.responseLimits = new ResponseLimits(options['response-buffering'], () => this.open);
    this.bodyLimits = {
      memoryMaxBytes: options['post-buffering'] || BODY_MEMORY_BYTES,
      limitBytes: options['limit-post'],
      timeoutMs: options['body-timeout'] * 1000,
      isStreamed: !options['request-buffering'],
    };
  }

  /** Takes a request from a client; its body may still be coming. */
  receive(
    listener: GatewayListener,
    client: ClientConnection,
    request: ClientMessage,
    response: GatewayResponse,
  ): void {
    const raw = {
      method: request.method,
      target: request.url,
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
      remoteAddress: client.address,
      remotePort: client.port,
    };
    const head = readRequestHead(raw, this.#contextOf(listener));
    if (head.droppedNames.length > 0) this.#sayDropped(head.droppedNames);
    this.#begin({ request, response, head, client, protocol: 'http' });
  }

  /** Takes a request from a front server; returns how many bytes of body are to come. */
  receiveFromPeer(
    listener: GatewayListener,
    client: ClientConnection,
    peer: PeerRequest,
    request: ClientMessage,
    response: GatewayResponse,
  ): number {
    const head = readPeerHead(peer, this.#contextOf(listener));
    this.#begin({ request, response, head, client, protocol: 'uwsgi' });
    return Math.max(0, head.contentLength);
  }

  #contextOf(listener: GatewayListener): HeadContext {
    const { serverPort } = listener;
    const isNamedProxy = this.#isNamedProxy;
    return { serverName: this.#serverName, serverPort, mounts: this.#mounts, isNamedProxy };
  }

  #begin(parts: RequestParts): void {
    const exchange = new Exchange(parts, this);
    parts.response.on('close', closeExchange);
    parts.client.begin(exchange);
  }

  complete(exchange: Exchange): void {
    const files = this.#staticFiles;
    if (files === undefined || !files.mayServe(exchange)) return this.#toApplication(exchange);
    void files.answer(exchange, Date.now()).then((response) => {
      if (response === undefined) this.#toApplication(exchange);
      else exchange.answerByFile(response);
    });
  }

  get takesNamedFiles(): boolean {
    return this.#namedFiles !== undefined;
  }

  sendNamedFile(exchange: Exchange, named: NamedFile): void {
    const head = exchange.writer.heldHead;
    void this.#namedFiles?.answer(exchange, head, named).then((response) => {
      if ('kind' in response) exchange.page(response.status);
      else exchange.answerByFile(response);
    });
  }

  notStored(problem: string): void {
    this.#storageTrouble.say(problem);
  }

  withdraw(exchange: Exchange): void {
    this.#parts.assigner.dispatcher.withdraw(exchange);
  }

  answered(exchange: Exchange): void {
    this.requests += 1;
    this.#waitedMaxMs = Math.max(this.#waitedMaxMs, waitedMs(exchange));
    const { accessLog } = this.#parts;
    if (!accessLog.isOff) accessLog.write(requestRecord(exchange, this.requests));
  }

  begun(): void {
    this.open += 1;
    if (this.isDraining) this.#parts.changed();
  }

  over(): void {
    this.open -= 1;
    if (this.isDraining) this.#parts.changed();
  }

  /** The longest time in ms that a request has waited for a worker since this was last asked. */
  takeWaitedMaxMs(): number {
    const longest = this.#waitedMaxMs;
    this.#waitedMaxMs = 0;
    return longest;
  }

  complain(exchange: ClientAnswer, event: string, problem: string): void {
    const { method, uri, id, connection } = exchange;
    const worker = connection?.worker.slot;
    this.#parts.log.error(
      event,
      { method, uri, ...(worker && { worker }), requestId: id },
      `${exchange.what}: ${problem}`,
    );
  }

  #toApplication(exchange: Exchange): void {
    if (exchange.isClientGone) return;
    exchange.queued(this.#parts.assigner.dispatcher.waiting);
    if (exchange.head.application < 0) exchange.page(404);
    else if (!this.hasApplication) exchange.page(500);
    else if (!this.#parts.assigner.submit(exchange)) exchange.page(503);
    else if (this.isDraining) this.#parts.changed();
  }

  /** Once for each name: whoever sends it, sends it with every request. */
  #sayDropped(names: readonly string[]): void {
    for (const name of names) {
      if (this.#namesSaid.has(name) || this.#namesSaid.size >= NAMES_SAID_MAX) continue;
      this.#namesSaid.add(name);
      const sentence = `the header ${name} is not passed on: its "_" could pose as a "-"`;
      this.#parts.log.warn('header.dropped', { name }, sentence);
    }
  }
}

/** One function for all responses: `this` is the response that has closed. */
function closeExchange(this: GatewayResponse): void {
  this.exchange?.closed();
}
