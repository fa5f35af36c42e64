/**
 * The connection of one client: requests in, answers out, one after the other. What a head looks
 * like is the protocol's matter (HttpConnection, UwsgiConnection).
 *
 * A client may send its next request before it has the answer to the last: it stays unread until
 * then, and past a limit the client is read no further. So requests are begun and answered in
 * order.
 */

import type { Socket } from 'node:net';

import type { Clocks } from '../../base/clock.ts';
import { rawErrorPage } from '../http/error-pages.ts';
import type { ErrorStatus } from '../http/error-pages.ts';
import type { Peer } from '../request/forwarded.ts';
import { readShared, writeNow } from '../socket/direct-io.ts';
import { Incoming } from './incoming.ts';
import type { ClientLimits } from './limits.ts';
import type { Client, ClientTerms, Turn } from './turn.ts';

/** Bytes that are read ahead of their turn. */
const AHEAD_MAX_BYTES = 64 * 1024;
/** How long a client that is being refused may go on sending before the connection is closed. */
const LINGER_MS = 2000;
const nothing = Buffer.alloc(0);

/**
 * fresh: nothing has come yet. resting: between two requests. head: a part of a head has come.
 * request: a request is read, waits, runs or is being answered. rest-of-body: it was answered, and
 * the rest of its body comes before the next head. over: what still comes is dropped.
 */
type Phase = 'fresh' | 'resting' | 'head' | 'request' | 'rest-of-body' | 'over';

/** What all connections of a listener have in common. */
export interface ConnectionParts {
  readonly limits: ClientLimits;
  readonly terms: ClientTerms;
  /** Finds out about the other end; undefined and 0 for a unix socket. */
  readonly peerOf: (address: string, port: number) => Peer;
  readonly clocks: Clocks;
}

export abstract class Connection implements Client {
  readonly peer: Peer;
  readonly terms: ClientTerms;
  protected readonly limits: ClientLimits;
  protected unread: Buffer = nothing;
  readonly #socket: Socket;
  readonly #clocks: Clocks;
  #phase: Phase = 'fresh';
  /** When the phase began. */
  #sinceMs: number;
  #turn: Turn | undefined;
  #incoming: Incoming | undefined;
  #isReading = false;
  /** What the answer that is being sent has asked for. */
  #next: 'keep' | 'close' = 'close';
  /** What the clock had left out when the socket's own timer was last looked at: see `#silent`. */
  #sleptMs: number;

  /** `accepted` comes from a server with `pauseOnConnect`. */
  constructor(accepted: Socket, parts: ConnectionParts) {
    const socket = readShared(accepted, (bytes) => this.#read(bytes));
    this.#socket = socket;
    this.#clocks = parts.clocks;
    this.#sinceMs = this.#clocks.now();
    this.#sleptMs = this.#clocks.sleptMs();
    this.limits = parts.limits;
    this.terms = parts.terms;
    this.peer = parts.peerOf(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    const { silenceMaxMs } = parts.limits;
    if (silenceMaxMs > 0) socket.setTimeout(silenceMaxMs);
    // A callback of setTimeout() would be told once only, and silence comes again.
    socket.on('timeout', () => this.#silent());
    socket.on('drain', () => this.#turn?.drained());
    // A client that sends no more has gone, as far as one can tell.
    socket.on('end', () => socket.destroySoon());
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
  }

  /** True while a request of it is read, waits, runs or is being answered. */
  get isBusy(): boolean {
    return this.#phase === 'request' || this.#phase === 'rest-of-body';
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  write(data: string | Buffer, taken?: () => void): void {
    writeNow(this.#socket, data, taken);
  }

  finish(text: string, next: 'keep' | 'close'): void {
    this.#next = next;
    const socket = this.#socket;
    if (text !== '') writeNow(socket, text, this.#sent);
    else if (socket.writableLength === 0) process.nextTick(this.#sent);
    else socket.write(nothing, this.#sent);
  }

  cut(how: 'end' | 'reset'): void {
    if (this.#socket.destroyed) return;
    // A unix socket has no reset.
    if (how === 'reset' && this.peer.address !== '') this.#socket.resetAndDestroy();
    else this.#socket.destroySoon();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Calls `closed` when the connection has ended. */
  whenClosed(closed: () => void): void {
    this.#socket.on('close', closed);
  }

  /** Ends a connection whose next request is late; called now and then. */
  look(nowMs: number): void {
    const { silenceMaxMs, keepAliveMs, headMaxMs } = this.limits;
    const ageMs = nowMs - this.#sinceMs;
    const isLate = (limitMs: number): boolean => limitMs > 0 && ageMs >= limitMs;
    if (this.#phase === 'fresh' && isLate(silenceMaxMs)) this.#socket.destroySoon();
    if (this.#phase === 'resting' && keepAliveMs !== 'off' && isLate(keepAliveMs)) {
      this.#socket.destroySoon();
    }
    if (this.#phase === 'head' && isLate(headMaxMs)) this.headIsLate();
  }

  /** There are too many clients: answers so, and closes. */
  turnAway(): void {
    this.endWith(rawErrorPage(503));
  }

  /** Reads a head from `unread` and begins its request; false where that is not possible yet. */
  protected abstract readHead(nowMs: number): boolean;

  /** The rest of a head has not come in the time that it may take. */
  protected abstract headIsLate(): void;

  /** Something that came was refused with this status. */
  protected abstract refused(status: ErrorStatus, reason: string): void;

  /** Whether another request may be read after an answer. */
  protected abstract hasNext(next: 'keep' | 'close'): boolean;

  /** A head has come: makes its body, which is undefined where there is none. */
  protected bodyOf(lengthBytes: number | 'chunked'): Incoming | undefined {
    if (lengthBytes === 0) return undefined;
    this.#incoming = new Incoming(lengthBytes, () => this.#proceed(this.#clocks.now()));
    return this.#incoming;
  }

  /** Begins the request whose head has come. */
  protected begin(turn: Turn, nowMs: number): void {
    this.#enter('request', nowMs);
    this.#turn = turn;
    turn.begin(nowMs);
  }

  /** Answers what is no request, and closes; false for `readHead`. */
  protected refuse(status: ErrorStatus, reason: string, answer = rawErrorPage(status)): false {
    this.refused(status, reason);
    return this.endWith(answer);
  }

  /** Sends the last bytes to a client that may still be sending, and closes. */
  protected endWith(bytes: Buffer): false {
    this.#enter('over', this.#clocks.now());
    this.unread = nothing;
    const socket = this.#socket;
    if (!socket.writable) {
      socket.destroy();
      return false;
    }
    socket.end(bytes);
    // It shall be able to read them.
    socket.resume();
    socket.once(
      'close',
      this.#clocks.after(LINGER_MS, () => socket.destroy()),
    );
    return false;
  }

  #enter(phase: Phase, nowMs: number): void {
    this.#phase = phase;
    this.#sinceMs = nowMs;
  }

  #read(bytes: Buffer): void {
    if (this.#phase === 'over') return;
    this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes]);
    this.#proceed(this.#clocks.now());
    // What stays unread is not to be where the next read goes.
    if (this.unread.buffer === bytes.buffer) this.unread = Buffer.from(this.unread);
  }

  /** Works through what has come, as far as it may. */
  #proceed(nowMs: number): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#step(nowMs)) {
      // Until it gets no further.
    }
    this.#isReading = false;
    // An empty part of a piece would keep the whole piece in memory.
    if (this.unread.length === 0) this.unread = nothing;
    // A head that is being read has its own limit.
    const isFull = this.isBusy && this.unread.length > AHEAD_MAX_BYTES;
    if (isFull !== this.#socket.isPaused()) this.#socket[isFull ? 'pause' : 'resume']();
  }

  #step(nowMs: number): boolean {
    if (this.#phase === 'over' || this.unread.length === 0) return false;
    if (this.isBusy) return this.#readBody(nowMs);
    if (this.#phase !== 'head') this.#enter('head', nowMs);
    return this.readHead(nowMs);
  }

  /** Hands over what has come of the body; false where it is not wanted yet. */
  #readBody(nowMs: number): boolean {
    const incoming = this.#incoming;
    if (incoming === undefined || incoming.isComplete || !incoming.isFlowing) return false;
    this.unread = incoming.push(this.unread);
    if (incoming.problem !== '') return this.#broken(incoming.problem);
    incoming.look();
    if (incoming.isComplete && this.#phase === 'rest-of-body') this.#rest(nowMs);
    return true;
  }

  /** The body cannot be read on: its request is answered so, where that is still possible. */
  #broken(problem: string): false {
    this.#enter('over', this.#clocks.now());
    this.unread = nothing;
    this.refused(400, problem);
    if (this.#turn === undefined) this.#socket.destroy();
    else this.#turn.failed(400);
    return false;
  }

  /** The kernel has all of the answer. */
  readonly #sent = (error?: Error | null): void => {
    const turn = this.#turn;
    if (turn === undefined || error) return;
    this.#turn = undefined;
    this.#answered();
    turn.closed('sent');
  };

  #answered(): void {
    const isRead = this.#incoming?.isComplete ?? true;
    if (!isRead && this.#next === 'close') return void this.endWith(nothing);
    if (!this.hasNext(this.#next)) return this.#socket.destroySoon();
    if (isRead) return this.#rest(this.#clocks.now());
    // The application did not want all of the body.
    this.#enter('rest-of-body', this.#clocks.now());
    this.#incoming?.resume();
  }

  #rest(nowMs: number): void {
    this.#incoming = undefined;
    this.#enter('resting', nowMs);
    if (this.unread.length > 0) this.#clocks.afterInput(() => this.#proceed(this.#clocks.now()));
  }

  /** Nothing has moved for the time allowed. */
  #silent(): void {
    if (!this.isBusy) return;
    // Node's timer counts the time in which this process did not run, and the client may have sent.
    const sleptMs = this.#clocks.sleptMs();
    if (sleptMs > this.#sleptMs) {
      this.#sleptMs = sleptMs;
      return void this.#socket.setTimeout(this.limits.silenceMaxMs);
    }
    if (this.#turn === undefined || this.#socket.writableLength > 0) this.#socket.destroy();
    else if (this.#turn.isArriving) this.#turn.failed(408);
    // It is the application's turn, which only harakiri limits.
    else this.#socket.setTimeout(this.limits.silenceMaxMs);
  }

  #closed(): void {
    this.#phase = 'over';
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.closed('lost');
  }
}
