/**
 * A slot of the gateway whose worker is a test: what the slot sends is kept as frames, and what the
 * worker is to send is given to it. No socket is opened.
 */

import { Socket } from 'node:net';

import type { BodySource, Job, SlotView } from '../../src/gateway/dispatch/port.ts';
import type { PoolLimits } from '../../src/gateway/workers/pool.ts';
import type { Slot } from '../../src/gateway/workers/slot.ts';
import {
  CHANNEL_VERSION,
  FLAG_SENT_AHEAD,
  FrameReader,
  decodeStrings,
  encodeFrame,
  encodeRequest,
  encodeStringsFrame,
  frameTypes,
  nameOf,
} from '../../src/protocol/request-frames.ts';
import { answerFrame, sentHead } from './response-frames.ts';

/** A pool in which nothing is limited. */
export const noLimits: PoolLimits = {
  maxRequests: 0,
  maxRequestsDelta: 0,
  minWorkerLifetime: 0,
  aheadMax: 0,
  queueMax: 0,
  harakiri: 0,
};

/** The gateway's end of a connection that leads to the test. */
export class FakeConnection extends Socket {
  /** The names of the frames that the gateway has sent; a request with its path. */
  readonly sent: string[] = [];
  /** Requests that the worker has not looked at. */
  readonly requests: { readonly uri: string; readonly isAhead: boolean }[] = [];
  readonly #reader = new FrameReader((type, payload, _isLast, flags) => {
    if (type !== frameTypes.request) return void this.sent.push(nameOf(type));
    const uri = decodeStrings(type, payload)[2] ?? '';
    this.sent.push(`REQUEST ${uri}`);
    this.requests.push({ uri, isAhead: (flags & FLAG_SENT_AHEAD) !== 0 });
  });

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#reader.push(chunk);
    done();
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.#reader.push(chunk);
    done();
  }

  hello(token: string, { generation = 1, slot = 1, thread = 0, pid = 42 } = {}): void {
    const strings = [CHANNEL_VERSION, token, generation, slot, thread, pid].map(String);
    this.emit('data', encodeStringsFrame(frameTypes.hello, strings));
  }

  /** The application answers, in so many µs, and whether its thread waited for anything. */
  answer(micros = 300, status = '200 OK'): void {
    this.emit('data', answerFrame(sentHead(status), Buffer.alloc(0), micros));
  }

  say(type: number, payload = Buffer.alloc(0)): void {
    this.emit('data', encodeFrame(type, payload));
  }
}

/** A claim pipe in memory: `claim` is what the worker does before it runs a request sent ahead. */
export class FakeClaims {
  count = 0;

  put(count: number): void {
    this.count += count;
  }

  takeBack(): number {
    const { count } = this;
    this.count = 0;
    return count;
  }

  claim(): boolean {
    this.count -= 1;
    return this.count >= 0;
  }

  close(): void {
    this.count = 0;
  }
}

/** A request that keeps what becomes of it. */
export class FakeJob implements Job {
  readonly what: string;
  readonly method = 'GET';
  readonly uri: string;
  readonly id = 'a1';
  readonly isStreamed = false;
  readonly hasBody: boolean;
  readonly spooled: BodySource | undefined;
  readonly application = 0;
  readonly queuedAtMs: number;
  turn = 0;
  slot: SlotView | undefined;
  isClientGone = false;
  /** Its client takes nothing: the worker is held back. */
  takesNothing = false;
  readonly log: string[] = [];
  /** How often it was answered or given up. */
  ends = 0;

  constructor(uri: string, queuedAtMs = 0, spooled?: BodySource) {
    this.uri = uri;
    this.what = `GET ${uri}`;
    this.queuedAtMs = queuedAtMs;
    this.spooled = spooled;
    this.hasBody = spooled !== undefined;
  }

  started(slot: SlotView, _nowMs: number, how: 'to-idle' | 'ahead'): Buffer {
    this.slot = slot;
    this.log.push(how);
    return encodeRequest(['0', 'PATH_INFO', this.uri], undefined, this.hasBody, how === 'ahead');
  }

  begins(): void {
    this.log.push('begins');
  }

  returned(): boolean {
    this.log.push('returned');
    return !this.isClientGone;
  }

  receivedHead(): void {
    this.log.push('head');
  }

  receivedWhole(): void {
    this.log.push('whole');
  }

  received(): 'hold-back' | 'go-on' {
    return this.takesNothing ? 'hold-back' : 'go-on';
  }

  offeredFile(): void {
    this.log.push('offered');
  }

  logs(variables: readonly string[]): void {
    this.log.push(`logs ${variables.join(' ')}`);
  }

  flushed(): void {}

  get isOver(): boolean {
    return this.ends > 0;
  }

  finished(): void {
    // A request that has overrun has had its answer: its END means nothing.
    if (!this.isOver) this.ends += 1;
    this.log.push('finished');
  }

  bodyLost(): void {
    this.log.push('body-lost');
  }

  failed(status: number): void {
    if (!this.isOver || status !== 502) this.ends += 1;
    this.log.push(`failed ${status}`);
  }
}

/** A stand-in for the owner of a slot that does nothing. */
export const deaf = {
  hello: (): void => undefined,
  limited: (): void => undefined,
  closed: (): void => undefined,
};

/** Makes it a thread of its worker that may be sent requests ahead; returns its pipe. */
export function withClaims(slot: Slot): FakeClaims {
  const claims = new FakeClaims();
  slot.claims = claims;
  return claims;
}
