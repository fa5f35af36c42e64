/**
 * Requests sent ahead to one slot leave together, after all that has just come in was read: nobody
 * waits for them, and each write costs more than the request that it carries.
 */

import type { Socket } from 'node:net';

import type { ClaimPipe } from './sending-ahead.ts';
import { writeNow } from '../socket/direct-io.ts';

export class AheadBatch {
  readonly #socket: Socket;
  readonly #flushSoon = (): void => this.flush();
  #claims: ClaimPipe | undefined;
  #frames: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  add(frames: Buffer, claims: ClaimPipe | undefined): void {
    this.#claims = claims;
    this.#frames.push(frames);
    if (this.#frames.length === 1) setImmediate(this.#flushSoon);
  }

  /** Sends them now. Their bytes must be in the pipe before the worker can read them. */
  flush(): void {
    const [first] = this.#frames;
    if (first === undefined) return;
    this.#claims?.put(this.#frames.length);
    const frames = this.#frames.length === 1 ? first : Buffer.concat(this.#frames);
    this.#frames = [];
    if (!this.#socket.destroyed) writeNow(this.#socket, frames);
  }
}
