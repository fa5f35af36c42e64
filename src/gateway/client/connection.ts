/**
 * The connection of one client: requests in, answers out, one after the other. What a head looks
 * like is the protocol's matter (HttpConnection, UwsgiConnection).
 *
 * A client may send its next request before it has the answer to the last: it stays unread until
 * then, and past a limit the client is read no further. So requests are begun and answered in
 * order.
 */

import type { Cancel, Clocks } from '../../base/clock.ts';
import { rawErrorPage } from '../http/error-pages.ts';
import type { ErrorStatus } from '../http/error-pages.ts';
import type { Peer } from '../request/forwarded.ts';
import type { ClientSocket, SocketUser } from '../socket/client-socket.ts';
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

export abstract class Connection implements Client, SocketUser {
  /** The other end, or the client that it speaks for. */
  peer: Peer;
  readonly terms: ClientTerms;
  protected readonly limits: ClientLimits;
  protected unread: Buffer = nothing;
  readonly #socket: ClientSocket;
  readonly #clocks: Clocks;
  #phase: Phase = 'fresh';
  /** When the phase began. */
  #sinceMs: number;
  #turn: Turn | undefined;
  #incoming: Incoming | undefined;
  #isReading = false;
  /** What the answer that is being sent has asked for. */
  #next: 'keep' | 'close' = 'close';
  /** What the clock had left out when the socket's own timer was last looked at: see `silent`. */
  #sleptMs: number;
  #ended: (() => void) | undefined;
  #stopLingering: Cancel | undefined;

  constructor(socket: ClientSocket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#clocks = parts.clocks;
    this.#sinceMs = this.#clocks.now();
    this.#sleptMs = this.#clocks.sleptMs();
    this.limits = parts.limits;
    this.terms = parts.terms;
    this.peer = parts.peerOf(socket.address, socket.port);
    socket.use(this, parts.limits.silenceMaxMs);
  }

  /** True while a request of it is read, waits, runs or is being answered. */
  get isBusy(): boolean {
    return this.#phase === 'request' || this.#phase === 'rest-of-body';
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  get waitingBytes(): number {
    return this.#socket.waitingBytes;
  }

  get needsDrain(): boolean {
    return this.#socket.needsDrain;
  }

  write(data: string | Buffer, taken?: () => void): void {
    this.#socket.write(data, taken);
  }

  finish(text: string, next: 'keep' | 'close'): void {
    this.#next = next;
    if (text === '') this.#socket.flush(this.#sent);
    else this.#socket.write(text, this.#sent);
  }

  cut(how: 'end' | 'reset'): void {
    if (!this.#socket.isOpen) return;
    // A unix socket has no reset.
    if (how === 'reset' && this.#socket.address !== '') this.#socket.reset();
    else this.#socket.end();
  }

  close(): void {
    this.#socket.close();
  }

  /** Begins to read; `ended` is called when the connection has ended. */
  start(ended: () => void): void {
    this.#ended = ended;
    this.#socket.begin();
  }

  /** Ends a connection whose next request is late; called now and then. */
  look(nowMs: number): void {
    const { silenceMaxMs, keepAliveMs, headMaxMs } = this.limits;
    const ageMs = nowMs - this.#sinceMs;
    const isLate = (limitMs: number): boolean => limitMs > 0 && ageMs >= limitMs;
    if (this.#phase === 'fresh' && isLate(silenceMaxMs)) this.#socket.end();
    if (this.#phase === 'resting' && keepAliveMs !== 'off' && isLate(keepAliveMs)) {
      this.#socket.end();
    }
    if (this.#phase === 'head' && isLate(headMaxMs)) this.headIsLate();
  }

  /** There are too many clients: answers so, and closes; `ended` as with `start`. */
  turnAway(ended: () => void): void {
    this.#ended = ended;
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

  /** What has come was no part of a request: the connection is as if nothing had. */
  protected beginAnew(): void {
    this.#enter('fresh', this.#clocks.now());
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
    if (!this.#socket.endWith(bytes)) this.#socket.close();
    else this.#stopLingering = this.#clocks.after(LINGER_MS, () => this.#socket.close());
    return false;
  }

  #enter(phase: Phase, nowMs: number): void {
    this.#phase = phase;
    this.#sinceMs = nowMs;
  }

  received(bytes: Buffer): void {
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
    if (isFull !== this.#socket.isPaused) this.#socket[isFull ? 'pause' : 'resume']();
    if (this.#awaitsInput) this.#socket.readOn();
  }

  /** It goes on when more comes from the client. */
  get #awaitsInput(): boolean {
    if (this.#phase === 'over') return false;
    const incoming = this.#incoming;
    return !this.isBusy || (incoming?.isFlowing === true && !incoming.isComplete);
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
    if (this.#turn === undefined) this.#socket.close();
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
    // A next packet is served, and closing a socket with unread bytes could cost the answer.
    if (this.#socket.hasUnread) this.#socket.readArrived();
    const isRead = this.#incoming?.isComplete ?? true;
    if (!isRead && this.#next === 'close') return void this.endWith(nothing);
    if (!this.hasNext(this.#next)) return this.#end();
    if (isRead) return this.#rest(this.#clocks.now());
    // The application did not want all of the body.
    this.#enter('rest-of-body', this.#clocks.now());
    this.#incoming?.resume();
  }

  /** A client that has sent more than was asked for may be sending still. */
  #end(): void {
    if (this.unread.length > 0) this.endWith(nothing);
    else this.#socket.end();
  }

  #rest(nowMs: number): void {
    this.#incoming = undefined;
    this.#enter('resting', nowMs);
    if (this.unread.length === 0) this.#socket.readOn();
    else this.#clocks.afterInput(() => this.#proceed(this.#clocks.now()));
  }

  drained(): void {
    this.#turn?.drained();
  }

  silent(): void {
    if (!this.isBusy) return;
    // Node's timer counts the time in which this process did not run, and the client may have sent.
    const sleptMs = this.#clocks.sleptMs();
    if (sleptMs > this.#sleptMs) {
      this.#sleptMs = sleptMs;
      return this.#socket.allowSilence();
    }
    if (this.#turn === undefined || this.waitingBytes > 0) this.#socket.close();
    else if (this.#turn.isArriving) this.#turn.failed(408);
    // It is the application's turn, which only harakiri limits.
    else this.#socket.allowSilence();
  }

  closed(): void {
    this.#stopLingering?.();
    this.#phase = 'over';
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.closed('lost');
    this.#ended?.();
  }
}
