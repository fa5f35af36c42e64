/**
 * The socket of a client: its accepted handle alone as long as that is enough, a net.Socket from
 * then on. Who uses it sees no difference.
 *
 * Most clients connect, send one request that is here at the first read, get an answer that the
 * kernel takes at once, and are closed. A net.Socket for that costs more than all the rest
 * (measured: 78 µs against 30). It is made as soon as anything has to wait: for more of the
 * request or for the next one, or for a reader that is slower than the answer. While a worker runs
 * the request, it is looked now and then whether the client has gone (`short-lived.ts`); if the
 * request lasts for a second, a socket does that as well.
 */

import type { Socket } from 'node:net';

import { hasNews, receiveNow, sendNow, unreadBytes } from './system-calls.ts';
import { readShared, shared, socketOf, writeNow, writeRest } from './direct-io.ts';
import type { AcceptedHandle } from './accepted-handle.ts';
import type { ShortLivedConnections } from './short-lived.ts';

const nothing = Buffer.alloc(0);
/** A second of looks costs less than a socket, ten seconds of them more. */
const LOOKS_MAX = 20;

/** Is told what happens on a socket. */
export interface SocketUser {
  /** Bytes have come; they are lent. */
  received(bytes: Buffer): void;
  /** The kernel has taken all that waited. */
  drained(): void;
  /** Nothing has moved for `silenceMaxMs`; it is told again after the same time. */
  silent(): void;
  /** The connection has ended, whoever has ended it; told once, never within a call. */
  closed(): void;
}

/** What was accepted: a handle as it came from libuv, or a socket of a server. */
export type Accepted =
  | { readonly kind: 'handle'; readonly handle: AcceptedHandle }
  | { readonly kind: 'socket'; readonly socket: Socket };

export class ClientSocket {
  /** '' and 0 for a unix socket. */
  readonly address: string;
  readonly port: number;
  readonly #shortLived: ShortLivedConnections;
  /** Until there is a socket, or the connection has ended. */
  #handle: AcceptedHandle | undefined;
  #socket: Socket | undefined;
  #user: SocketUser | undefined;
  #silenceMaxMs = 0;
  /** What was read from the handle. */
  #handleBytes = 0;
  #isPaused = false;
  #looks = 0;

  constructor(accepted: Accepted, shortLived: ShortLivedConnections) {
    this.#shortLived = shortLived;
    if (accepted.kind === 'handle') {
      this.#handle = accepted.handle;
      ({ address: this.address, port: this.port } = accepted.handle);
    } else {
      this.#socket = accepted.socket;
      this.address = accepted.socket.remoteAddress ?? '';
      this.port = accepted.socket.remotePort ?? 0;
    }
  }

  get bytesRead(): number {
    return this.#handleBytes + (this.#socket?.bytesRead ?? 0);
  }

  /** False once it has ended. */
  get isOpen(): boolean {
    return this.#handle !== undefined || this.#socket?.destroyed === false;
  }

  /** Bytes that were written and that the kernel has not taken yet. */
  get waitingBytes(): number {
    return this.#socket?.writableLength ?? 0;
  }

  /** Nothing more should be written before `drained`. */
  get needsDrain(): boolean {
    return this.#socket?.writableNeedDrain ?? false;
  }

  /** Sets who is told; `silenceMaxMs`: 0 = silence is not told. */
  use(user: SocketUser, silenceMaxMs: number): void {
    this.#user = user;
    this.#silenceMaxMs = silenceMaxMs;
    if (this.#socket === undefined) return;
    this.#socket = this.#watched(readShared(this.#socket, (bytes) => user.received(bytes)));
  }

  /** Begins to read. */
  begin(): void {
    if (this.#handle !== undefined) this.#shortLived.add(this);
    this.readArrived();
  }

  /** Reads what has come by now, if that is not done anyway. */
  readArrived(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    const bytes = receiveNow(handle.fd, shared);
    if (bytes === 0) return this.close();
    if (bytes < 0) return this.readOn();
    this.#handleBytes += bytes;
    this.#user?.received(shared.subarray(0, bytes));
  }

  /** Bytes have come that were not read. */
  get hasUnread(): boolean {
    return this.#handle !== undefined && unreadBytes(this.#handle.fd) > 0;
  }

  /** There is more to come, which is read when it does. */
  readOn(): void {
    if (this.#handle !== undefined) this.#become(this.#handle);
  }

  look(): void {
    this.#looks += 1;
    const handle = this.#handle;
    if (handle !== undefined && (this.#looks > LOOKS_MAX || hasNews(handle.fd))) this.readOn();
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /**
   * Sends text (latin-1) or bytes, which may be used again when `taken` is called: the kernel has
   * them then. It is not called where the connection ends before, or with an error.
   */
  write(data: string | Buffer, taken?: (error?: Error | null) => void): void {
    if (this.#socket !== undefined) {
      writeNow(this.#socket, data, taken);
    } else if (this.#handle !== undefined) {
      const sentBytes = data.length === 0 ? 0 : sendNow(this.#handle.fd, data);
      if (sentBytes < data.length) {
        writeRest(this.#become(this.#handle), data, sentBytes, taken);
      } else if (taken !== undefined) process.nextTick(taken);
    }
  }

  /** Calls `taken` when the kernel has all that was written; not where the connection has ended. */
  flush(taken: (error?: Error | null) => void): void {
    if (!this.isOpen) return;
    if (this.waitingBytes === 0) process.nextTick(taken);
    else this.#socket?.write(nothing, taken);
  }

  /** Sends the last bytes; what still comes is read. False where nothing can be sent any more. */
  endWith(bytes: Buffer): boolean {
    this.readOn();
    if (this.#socket?.writable !== true) return false;
    this.#socket.end(bytes);
    this.resume();
    return true;
  }

  /** Ends the connection when the kernel has taken all that was written. */
  end(): void {
    if (this.#socket === undefined) this.close();
    else this.#socket.destroySoon();
  }

  /** Ends the connection so that its client sees an error; only over TCP. */
  reset(): void {
    this.readOn();
    this.#socket?.resetAndDestroy();
  }

  close(): void {
    this.#socket?.destroy();
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    this.#shortLived.delete(this);
    handle.own.close();
    process.nextTick(() => this.#user?.closed());
  }

  /** Gives a silence that was told once more time. */
  allowSilence(): void {
    this.#socket?.setTimeout(this.#silenceMaxMs);
  }

  #become(handle: AcceptedHandle): Socket {
    this.#handle = undefined;
    this.#shortLived.delete(this);
    const socket = socketOf(handle.own, true, (bytes) => this.#user?.received(bytes));
    if (this.#isPaused) socket.pause();
    this.#socket = this.#watched(socket);
    return socket;
  }

  #watched(socket: Socket): Socket {
    const user = this.#user;
    if (this.#silenceMaxMs > 0) socket.setTimeout(this.#silenceMaxMs);
    // A callback of setTimeout() would be told once only, and silence comes again.
    socket.on('timeout', () => user?.silent());
    socket.on('drain', () => user?.drained());
    // A client that sends no more has gone, as far as one can tell.
    socket.on('end', () => socket.destroySoon());
    socket.on('error', () => undefined);
    socket.on('close', () => user?.closed());
    return socket;
  }
}
