/**
 * What the connection of a client and the request on it know of each other (types only).
 *
 * The connections implement `Client` and an exchange implements `Turn`; neither imports the other.
 */

import type { HttpHead } from '../http/head.ts';
import type { Peer } from '../request/forwarded.ts';
import type { PeerRequest } from '../request/from-peer.ts';
import type { Incoming } from './incoming.ts';

/** How answers are written on the connections of one listener. */
export interface ClientTerms {
  /** `http` is framed and dated; a front server that speaks the uwsgi protocol does so itself. */
  readonly protocol: 'http' | 'uwsgi';
  /** A connection may have another request after an answer. */
  readonly keepsAlive: boolean;
  /** What follows `Keep-Alive: `; '' for nothing. */
  readonly keepAliveHint: string;
}

/** A connection, as the request on it sees it. */
export interface Client {
  readonly peer: Peer;
  readonly terms: ClientTerms;
  /** False once the connection has ended. */
  readonly isOpen: boolean;
  /** Bytes that were written and that the kernel has not taken yet. */
  readonly waitingBytes: number;
  /** Nothing more should be written before `Turn.drained` is called. */
  readonly needsDrain: boolean;
  /**
   * Sends text (latin-1), or bytes, which may be used again when `taken` is called: the kernel has
   * them then.
   */
  write(data: string | Buffer, taken?: () => void): void;
  /** Sends the end of the answer; then `Turn.closed` is called. `next`: with the connection. */
  finish(text: string, next: 'keep' | 'close'): void;
  /** Ends the connection; `reset` where a plain end would make the answer look complete. */
  cut(how: 'end' | 'reset'): void;
}

/** A request whose turn it is on its connection. */
export interface Turn {
  /** It is the client that everything waits for: more of the request has to come. */
  readonly isArriving: boolean;
  /** Called once, when the connection knows its turn. `nowMs`: when the head came. */
  begin(nowMs: number): void;
  /** The rest of the request did not come in time (408), or cannot be read (400). */
  failed(status: 400 | 408): void;
  /** The kernel has taken all that waited for the client. */
  drained(): void;
  /** Called once, at the end: the answer was sent, or the connection has ended before. */
  closed(how: 'sent' | 'lost'): void;
}

/** Takes the requests of one listener's clients. */
export interface Receiver {
  /** A head has come from a client. `body` is undefined where there is none. */
  receive(client: Client, head: HttpHead, body: Incoming | undefined, nowMs: number): Turn;
  /** A head has come from a front server; `bodyOf` makes its body, so many bytes long. */
  receiveFromPeer(
    client: Client,
    request: PeerRequest,
    bodyOf: (lengthBytes: number) => Incoming | undefined,
    nowMs: number,
  ): Turn;
}
