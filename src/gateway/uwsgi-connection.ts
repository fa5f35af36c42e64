/**
 * One connection that speaks the uwsgi protocol: packets in, HTTP responses out.
 *
 * Node's request and response carry it as they do HTTP, without Node's parser: the body is pushed
 * into the one, and the other writes to the socket. As in uWSGI the end of the connection is the
 * end of the answer; a peer that has sent its next packet by then has it served first.
 */

import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { ClientConnection } from './client-connection.ts';
import type { ClientLimits } from './client-limits.ts';
import { rawErrorPage } from './error-pages.ts';
import type { PeerRequest } from './peer-head.ts';
import { GatewayResponse } from './response-writer.ts';
import {
  PACKET_HEADER_BYTES,
  isHttp,
  modifiers,
  pong,
  readPacketHeader,
  readVariables,
} from './uwsgi-packet.ts';

/** Bytes of a next packet that are read before the answer to the last has been sent. */
const AHEAD_MAX_BYTES = 64 * 1024;
const nothing = Buffer.alloc(0);

export interface UwsgiEvents {
  /** Returns how many bytes of body are to come. */
  readonly request: (
    client: ClientConnection,
    peer: PeerRequest,
    request: IncomingMessage,
    response: GatewayResponse,
  ) => number;
  /** What came is not a request; the connection is ended. */
  readonly refused: (reason: 'http' | 'packet' | 'size', detail: string) => void;
}

export class UwsgiConnection {
  readonly #socket: Socket;
  readonly client: ClientConnection;
  readonly #events: UwsgiEvents;
  readonly #headMaxBytes: number;
  #unread: Buffer = nothing;
  #request: IncomingMessage | undefined;
  #bodyLeftBytes = 0;

  constructor(socket: Socket, limits: ClientLimits, events: UwsgiEvents) {
    const { silenceMaxMs, headMaxBytes } = limits;
    this.#socket = socket;
    this.#headMaxBytes = headMaxBytes;
    this.client = new ClientConnection(socket);
    this.#events = events;
    socket.setTimeout(silenceMaxMs, () => this.client.silent(silenceMaxMs));
    socket.on('data', (bytes) => {
      this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
      this.#proceed();
    });
    // The response hears of a peer that has gone; without a listener an error would be a crash.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#request?.destroy());
  }

  end(): void {
    this.#socket.destroySoon();
  }

  #proceed(): void {
    if (this.#request === undefined) this.#readPacket();
    if (this.#request !== undefined && this.#bodyLeftBytes > 0) this.#readBody(this.#request);
    if (this.#unread.length > AHEAD_MAX_BYTES) this.#socket.pause();
  }

  #readPacket(): void {
    if (this.#unread.length < PACKET_HEADER_BYTES) return;
    if (isHttp(this.#unread)) return this.#refuse('http', '', rawErrorPage(400));
    const { modifier1, blockBytes } = readPacketHeader(this.#unread);
    if (modifier1 === modifiers.ping) return void this.#socket.end(pong);
    if (modifier1 !== modifiers.request && modifier1 !== modifiers.cutScriptName) {
      return this.#refuse('packet', `modifier ${modifier1} is not served`);
    }
    if (blockBytes > this.#headMaxBytes) return this.#refuse('size', '', rawErrorPage(431));
    const end = PACKET_HEADER_BYTES + blockBytes;
    if (this.#unread.length < end) return;
    const variables = readVariables(this.#unread.subarray(PACKET_HEADER_BYTES, end));
    if (variables === undefined) return this.#refuse('packet', 'its lengths do not fit');
    if (variables.length === 0) return this.#refuse('packet', 'it is empty');
    this.#unread = this.#unread.subarray(end);
    this.#begin(variables, modifier1 === modifiers.cutScriptName);
  }

  #begin(variables: readonly string[], cutsScriptName: boolean): void {
    const request = new IncomingMessage(this.#socket);
    request.method = valueOf(variables, 'REQUEST_METHOD');
    request.url = valueOf(variables, 'REQUEST_URI');
    request.httpVersion = valueOf(variables, 'SERVER_PROTOCOL') === 'HTTP/1.0' ? '1.0' : '1.1';
    // So that Node's response is delimited by its length or by the end, never by chunks.
    request.httpVersionMajor = 1;
    request.httpVersionMinor = 0;
    const response = new GatewayResponse(request);
    response.assignSocket(this.#socket);
    response.shouldKeepAlive = false;
    response.sendDate = false;
    response.removeHeader('Connection');
    const tellTaken = (): void => void (response.writableNeedDrain && response.emit('drain'));
    this.#socket.on('drain', tellTaken);
    response.on('finish', () => {
      this.#socket.off('drain', tellTaken);
      this.#finished(response);
    });
    this.#request = request;
    const peerAddress = this.client.address;
    this.#bodyLeftBytes = this.#events.request(
      this.client,
      { variables, cutsScriptName, peerAddress },
      request,
      response,
    );
    if (this.#bodyLeftBytes === 0) complete(request);
  }

  #readBody(request: IncomingMessage): void {
    const piece = this.#unread.subarray(0, this.#bodyLeftBytes);
    if (piece.length === 0) return;
    this.#unread = this.#unread.subarray(piece.length);
    this.#bodyLeftBytes -= piece.length;
    // Node's request lets the socket flow again when it is read.
    if (!request.push(piece)) this.#socket.pause();
    if (this.#bodyLeftBytes === 0) complete(request);
  }

  /** The answer is sent. */
  #finished(response: GatewayResponse): void {
    const hasReadAll = this.#bodyLeftBytes === 0;
    this.#request = undefined;
    response.detachSocket(this.#socket);
    process.nextTick(() => response.emit('close'));
    if (!hasReadAll || this.#unread.length === 0) return this.end();
    this.#socket.resume();
    setImmediate(() => this.#proceed());
  }

  #refuse(reason: 'http' | 'packet' | 'size', detail: string, answer = ''): void {
    this.#unread = nothing;
    this.#events.refused(reason, detail);
    this.#socket.end(answer);
    this.client.lingerThenDestroy();
  }
}

function complete(request: IncomingMessage): void {
  request.complete = true;
  request.push(null);
}

function valueOf(variables: readonly string[], name: string): string {
  for (let at = 0; at < variables.length; at += 2) {
    if (variables[at] === name) return variables[at + 1] ?? '';
  }
  return '';
}
