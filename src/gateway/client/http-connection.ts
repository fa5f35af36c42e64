/** One connection that speaks HTTP/1: what its heads mean. */

import type { ErrorStatus } from '../http/error-pages.ts';
import { readHttpHead } from '../http/head.ts';
import type { HttpHead } from '../http/head.ts';
import type { ClientSocket } from '../socket/client-socket.ts';
import { Connection } from './connection.ts';
import type { ConnectionParts } from './connection.ts';
import type { Receiver } from './turn.ts';

export interface HttpParts extends ConnectionParts {
  readonly receiver: Receiver;
  /** A request could not be read, and was answered so. */
  readonly refused: (status: ErrorStatus, reason: string, address: string) => void;
}

export class HttpConnection extends Connection {
  readonly #parts: HttpParts;
  /** How much of what is unread has been searched for the end of a head. */
  #lookedAt = 0;

  constructor(socket: ClientSocket, parts: HttpParts) {
    super(socket, parts);
    this.#parts = parts;
  }

  protected readHead(nowMs: number): boolean {
    const reading = readHttpHead(this.unread, this.#lookedAt, this.limits.headMaxBytes);
    this.#lookedAt = reading.kind === 'incomplete' ? this.unread.length : 0;
    if (reading.kind === 'incomplete') return false;
    if (reading.kind === 'refused') return this.refuse(reading.status, reading.reason);
    this.unread = this.unread.subarray(reading.endAt);
    return this.#begin(reading.head, nowMs);
  }

  protected headIsLate(): void {
    this.refuse(408, 'its head did not come in time');
  }

  protected refused(status: ErrorStatus, reason: string): void {
    this.#parts.refused(status, reason, this.peer.address);
  }

  protected hasNext(next: 'keep' | 'close'): boolean {
    return next === 'keep';
  }

  #begin(head: HttpHead, nowMs: number): boolean {
    if (head.method === 'CONNECT') return this.refuse(405, 'CONNECT');
    if (head.expectation === 'unknown') return this.refuse(417, 'an expectation that is unknown');
    const body = this.bodyOf(head.bodyBytes);
    this.begin(this.#parts.receiver.receive(this, head, body, nowMs), nowMs);
    return true;
  }
}
