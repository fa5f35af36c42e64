/**
 * One connection that speaks the uwsgi protocol: packets in, HTTP responses out.
 *
 * As in uWSGI the end of the connection is the end of the answer; a peer that has sent its next
 * packet by then has it served first. What is no packet is refused without a word.
 */

import type { Socket } from 'node:net';

import type { ClientConnection } from './client-connection.ts';
import type { ClientLimits } from './limits.ts';
import type { ClientMessage } from './incoming.ts';
import { ClientStream } from './connection.ts';
import type { ErrorStatus } from '../http/error-pages.ts';
import type { GatewayResponse } from './gateway-response.ts';
import type { PeerRequest } from '../request/from-peer.ts';
import {
  PACKET_HEADER_BYTES,
  isHttp,
  modifiers,
  pong,
  readPacketHeader,
  readVariables,
} from '../http/uwsgi-packet.ts';

const nothing = Buffer.alloc(0);

/** Why what came is not a request. */
export type NoRequest = 'http' | 'packet' | 'size';

export interface UwsgiEvents {
  /** Returns how many bytes of body are to come. */
  readonly request: (
    client: ClientConnection,
    peer: PeerRequest,
    request: ClientMessage,
    response: GatewayResponse,
  ) => number;
  /** What came is not a request; the connection is ended. */
  readonly refused: (why: NoRequest, detail: string) => void;
}

export class UwsgiConnection extends ClientStream {
  readonly #events: UwsgiEvents;
  #why: NoRequest = 'packet';

  constructor(socket: Socket, limits: ClientLimits, events: UwsgiEvents) {
    super(socket, limits);
    this.#events = events;
  }

  protected readHead(): boolean {
    if (this.unread.length < PACKET_HEADER_BYTES) return false;
    if (isHttp(this.unread)) return this.#refuse(400, 'http', '');
    const { modifier1, blockBytes } = readPacketHeader(this.unread);
    if (modifier1 === modifiers.ping) {
      this.socket.end(pong);
      return false;
    }
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
    this.#begin(variables, modifier1 === modifiers.cutScriptName);
    return true;
  }

  /** A front server that falls silent expects no answer. */
  protected headIsLate(): void {
    this.close();
  }

  protected refused(_status: ErrorStatus, reason: string): void {
    this.#events.refused(this.#why, reason);
  }

  /** As in uWSGI the end of the connection is the end of the answer. */
  protected hasNext(): boolean {
    return this.unread.length > 0;
  }

  #begin(variables: readonly string[], cutsScriptName: boolean): void {
    const head = {
      method: valueOf(variables, 'REQUEST_METHOD'),
      target: valueOf(variables, 'REQUEST_URI'),
      version: valueOf(variables, 'SERVER_PROTOCOL') === 'HTTP/1.0' ? '1.0' : '1.1',
      rawHeaders: [],
    } as const;
    const { request, response } = this.open(head, {
      keepsAlive: false,
      keepAliveHint: '',
      isHttp: false,
    });
    const peer = { variables, cutsScriptName, peerAddress: this.client.address };
    this.expectBody(this.#events.request(this.client, peer, request, response));
  }

  #refuse(status: ErrorStatus, why: NoRequest, detail: string): false {
    this.#why = why;
    return why === 'packet' ? this.refuse(status, detail, nothing) : this.refuse(status, detail);
  }
}

function valueOf(variables: readonly string[], name: string): string {
  for (let at = 0; at < variables.length; at += 2) {
    if (variables[at] === name) return variables[at + 1] ?? '';
  }
  return '';
}
