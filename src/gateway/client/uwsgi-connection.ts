/**
 * One connection that speaks the uwsgi protocol: packets in, HTTP responses out.
 *
 * As in uWSGI the end of the connection is the end of the answer; a peer that has sent its next
 * packet by then has it served first. What is no packet is refused without an answer.
 */

import type { ErrorStatus } from '../http/error-pages.ts';
import {
  PACKET_HEADER_BYTES,
  isHttp,
  modifiers,
  pong,
  readPacketHeader,
  readVariables,
} from '../http/uwsgi-packet.ts';
import type { ClientSocket } from '../socket/client-socket.ts';
import { Connection } from './connection.ts';
import type { ConnectionParts } from './connection.ts';
import type { Receiver } from './turn.ts';

const nothing = Buffer.alloc(0);

/** Why what came is not a request. */
export type NoRequest = 'http' | 'packet' | 'size';

export interface UwsgiParts extends ConnectionParts {
  readonly receiver: Receiver;
  /** What came is not a request; the connection is ended. */
  readonly refused: (why: NoRequest, detail: string) => void;
}

export class UwsgiConnection extends Connection {
  readonly #parts: UwsgiParts;
  #why: NoRequest = 'packet';

  constructor(socket: ClientSocket, parts: UwsgiParts) {
    super(socket, parts);
    this.#parts = parts;
  }

  protected readHead(nowMs: number): boolean {
    if (this.unread.length < PACKET_HEADER_BYTES) return false;
    if (isHttp(this.unread)) return this.#refuse(400, 'http', '');
    const { modifier1, blockBytes } = readPacketHeader(this.unread);
    if (modifier1 === modifiers.ping) return this.endWith(pong);
    if (modifier1 !== modifiers.request && modifier1 !== modifiers.cutScriptName) {
      return this.#refuse(400, 'packet', `modifier ${modifier1} is not served`);
    }
    if (blockBytes > this.limits.headMaxBytes) return this.#refuse(431, 'size', '');
    const end = PACKET_HEADER_BYTES + blockBytes;
    if (this.unread.length < end) return false;
    const variables = readVariables(this.unread.subarray(PACKET_HEADER_BYTES, end));
    if (variables === undefined) return this.#refuse(400, 'packet', 'its lengths do not fit');
    if (variables.length === 0) return this.#refuse(400, 'packet', 'it is empty');
    this.unread = this.unread.subarray(end);
    const request = { variables, cutsScriptName: modifier1 === modifiers.cutScriptName };
    const bodyOf = this.bodyOf.bind(this);
    this.begin(this.#parts.receiver.receiveFromPeer(this, request, bodyOf, nowMs), nowMs);
    return true;
  }

  /** A front server that falls silent expects no answer. */
  protected headIsLate(): void {
    this.close();
  }

  protected refused(_status: ErrorStatus, reason: string): void {
    this.#parts.refused(this.#why, reason);
  }

  protected hasNext(): boolean {
    return this.unread.length > 0;
  }

  #refuse(status: ErrorStatus, why: NoRequest, detail: string): false {
    this.#why = why;
    return why === 'packet' ? this.refuse(status, detail, nothing) : this.refuse(status, detail);
  }
}
