/**
 * A request as its client sent it, how long it waited, and its line in the access log.
 */

import { randomBytes } from '../../base/libc.ts';
import { CLIENT_GONE, type RequestRecord } from '../../log/request-record.ts';
import type { RecentRequest } from '../../protocol/gateway-views.ts';
import type { SlotView } from '../dispatch/port.ts';
import type { FileRequest } from '../files/answer.ts';
import type { Peer } from '../request/forwarded.ts';
import { variableOf } from '../request/variables.ts';
import type { RequestHead } from '../request/variables.ts';

/** The first line of a request. */
export interface RequestLine {
  readonly method: string;
  /** As sent. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
}

const noVariables: readonly string[] = [];

export class ClientRequest implements FileRequest {
  readonly head: RequestHead;
  readonly peer: Peer;
  readonly method: string;
  /** The target as sent. */
  readonly uri: string;
  readonly version: '1.0' | '1.1';
  /** When its head came; this and the next ones in ms on the monotonic clock. */
  readonly receivedAtMs: number;
  /** When all of it was here that a worker needs; 0 before. */
  arrivedAtMs = 0;
  /** When it began to wait for a worker; 0 before. */
  queuedAtMs = 0;
  /** How many requests waited before it. */
  queuedBehind = 0;
  /** When its turn in the worker came; 0 before. */
  startedAtMs = 0;
  /** What the application has set for the log: name, value …; the last one first. */
  logVariables = noVariables;
  /** Why the answer is a page of ours, or was cut; '' where it is the application's, or a file. */
  why = '';
  /** How the application has failed it, as its worker tells; '' else. */
  failure = '';
  #id: string | undefined;

  constructor(line: RequestLine, head: RequestHead, peer: Peer, receivedAtMs: number) {
    this.head = head;
    this.peer = peer;
    this.method = line.method;
    this.uri = line.target;
    this.version = line.version;
    this.receivedAtMs = receivedAtMs;
  }

  /** "GET /path", for logs. */
  get what(): string {
    return `${this.method} ${this.uri}`;
  }

  /** The address of the client, also where a front server speaks for it. '' for a unix socket. */
  get address(): string {
    return this.header('REMOTE_ADDR') ?? this.peer.address;
  }

  /** Its name in the logs. */
  get id(): string {
    this.#id ??= requestIdOf(this.header('HTTP_X_REQUEST_ID'));
    return this.#id;
  }

  /** Takes variables from its worker; the one without a name is the id that it has logged. */
  logs(variables: readonly string[]): void {
    const [name, value = ''] = variables;
    if (name === '') this.#note(value);
    else this.logVariables = [...variables, ...this.logVariables];
  }

  #note(note: string): void {
    const [, id = '', failure = ''] = NOTE.exec(note) ?? [];
    if (!ID.test(id)) return;
    this.#id = id;
    this.failure = Buffer.from(failure, 'latin1').toString();
  }

  /** Returns the value of a variable: HTTP_HOST. */
  header(variable: string): string | undefined {
    return variableOf(this.head.strings, variable);
  }
}

const ID = /^[A-Za-z0-9._:+/=@-]{1,128}$/;
const NOTE = /^(\S+) (.*)$/s;
const POOL_BYTES = 4096;
const ID_BYTES = 16;

let pool = Buffer.alloc(0);

/**
 * Returns the name by which logs know a request: its X-Request-ID, of a client or a proxy. The
 * application sees the same header, so both logs agree, and nothing is decided by it. One that is
 * longer than an id, or could disturb a reader of the log or of a page, does not count: such a
 * request is given an id, as one without the header; by its worker if that has logged it.
 */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && ID.test(given) ? given : newId();
}

/** 32 hex digits; the kernel is asked for many at once. */
function newId(): string {
  if (pool.length < ID_BYTES) pool = randomBytes(POOL_BYTES);
  const id = pool.toString('hex', 0, ID_BYTES);
  pool = pool.subarray(ID_BYTES);
  return id;
}

/** A request whose answer is decided, as far as the access log goes. */
export interface Answered {
  readonly request: ClientRequest;
  /** Where it ran; undefined when no worker was asked. */
  readonly slot: SlotView | undefined;
  readonly isClientGone: boolean;
  readonly response: {
    readonly status: number;
    readonly bodyBytes: number;
    readonly headerCount: number;
    readonly headerBytes: number;
    readonly isFromFile: boolean;
    /** Variables out of the headers of the response: name, value … */
    readonly collected: readonly string[];
  };
  /** The size of the variables that were sent to the worker. */
  readonly requestBytes: number;
  /** Of the worker, afterwards; 0 where it did not tell. */
  readonly residentBytes: number;
}

/** How long a request has waited for a worker, in ms; -1 for one that needed none. */
export function waitedMs({ request, slot }: Answered, nowMs: number): number {
  const { queuedAtMs, startedAtMs } = request;
  if (queuedAtMs === 0) return -1;
  return (slot === undefined ? nowMs : startedAtMs) - queuedAtMs;
}

/** How long a request has run in its worker, or been here where none was asked, in ms. */
export function ranMs({ request, slot }: Answered, nowMs: number): number {
  return nowMs - (slot === undefined ? request.receivedAtMs : request.startedAtMs);
}

/** Returns what is kept of a request that is worth a question; times as of the access log. */
export function recentRequest(
  answered: Answered,
  nowMs: number,
  dateMs: number,
): Omit<RecentRequest, 'stack' | 'waitsIn'> {
  const { request, response, slot, isClientGone } = answered;
  return {
    requestId: request.id,
    method: request.method,
    uri: request.uri,
    status: isClientGone ? CLIENT_GONE : response.status,
    end: endOf(answered),
    why: request.why || (response.status >= 500 ? request.failure : ''),
    endedAtMs: dateMs,
    waitedMs: Math.round(Math.max(waitedMs(answered, nowMs), 0)),
    queuedBehind: request.queuedBehind,
    ranMs: slot === undefined ? 0 : Math.round(ranMs(answered, nowMs)),
    generation: slot?.worker.generation ?? 0,
    worker: slot?.worker.slot ?? 0,
    pid: slot?.worker.pid ?? 0,
    thread: slot?.thread ?? 0,
  };
}

function endOf({ isClientGone, response, slot, request: { why } }: Answered): RecentRequest['end'] {
  if (isClientGone) return 'client-gone';
  // One that was cut has the status with which it began.
  const isCut = why !== '' && response.status < 400;
  if (response.status >= 500 || isCut) return slot === undefined ? 'refused' : 'failed';
  return why === '' ? 'slow' : 'refused';
}

/** Returns the record for the access log. `nowMs` and `date`: when the answer was decided. */
export function requestRecord(
  answered: Answered,
  totalRequests: number,
  nowMs: number,
  date: Date,
): RequestRecord {
  const { request, response, slot } = answered;
  const { head } = request;
  return {
    method: request.method,
    uri: request.uri,
    protocol: request.version === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1',
    status: answered.isClientGone ? CLIENT_GONE : response.status,
    address: request.address,
    variables: withCollected(head.strings, response.collected),
    logVariables: request.logVariables,
    variableCount: head.strings.length - 1,
    variableBytes: answered.requestBytes,
    bodyBytes: response.bodyBytes,
    headerCount: response.headerCount,
    headerBytes: response.headerBytes,
    durationMicros: Math.round(ranMs(answered, nowMs) * 1000),
    waitMicros: Math.round(Math.max(waitedMs(answered, nowMs), 0) * 1000),
    queuedBehind: request.queuedBehind,
    finishedAt: date,
    isFromFile: response.isFromFile,
    application: slot === undefined ? -1 : head.application,
    pid: slot === undefined ? process.pid : slot.worker.pid,
    worker: slot?.worker.slot ?? 0,
    generation: slot?.worker.generation ?? 0,
    thread: slot?.thread ?? 0,
    workerRequests: slot?.worker.taken ?? 0,
    totalRequests,
    residentBytes: answered.residentBytes,
    get requestId() {
      return request.id;
    },
  };
}

/** What is collected comes first, and so counts where a header of the request has that name. */
function withCollected(strings: readonly string[], collected: readonly string[]) {
  if (collected.length === 0) return strings;
  return [...strings.slice(0, 1), ...collected, ...strings.slice(1)];
}
