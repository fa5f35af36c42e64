/**
 * A request body that goes to the worker while it arrives (`request-buffering = false`).
 *
 * The client is read no faster than the worker takes the bytes, and not at all while the request
 * waits for one. Of a client that goes away the response hears.
 */

import type { BodyReader, BodySource } from '../dispatch/port.ts';
import type { ClientRequest } from './request.ts';
import type { BodyLimits } from './collected-body.ts';

export class StreamedBody implements BodySource {
  readonly #request: ClientRequest;
  readonly #limits: BodyLimits;
  /** The client has broken a limit: what it is answered. */
  readonly #broken: (status: 408 | 413) => void;
  #totalBytes = 0;
  #isClosed = false;
  #isAwaited = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: ClientRequest, limits: BodyLimits, broken: (status: 408 | 413) => void) {
    this.#request = request;
    this.#limits = limits;
    this.#broken = broken;
    // The response hears of a client that has gone; without a listener this would be a crash.
    request.request.on('error', () => undefined);
  }

  /** The worker has taken all that has come: it is the client's turn. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  read(reader: BodyReader): void {
    const { request, response, awaitsContinue } = this.#request;
    if (this.#isClosed) return;
    if (awaitsContinue) response.writeContinue();
    const { timeoutMs } = this.#limits;
    if (timeoutMs > 0) this.#timer = setTimeout(() => this.#broken(408), timeoutMs);
    this.#isAwaited = true;
    request.on('data', (bytes: Buffer) => this.#take(bytes, reader));
    request.on('end', () => {
      if (this.#isClosed) return;
      this.#finish();
      reader.end(null);
    });
    request.resume();
  }

  /** What still comes is dropped, so that the client can read its answer. */
  close(): void {
    if (this.#isClosed) return;
    this.#finish();
    this.#request.request.resume();
  }

  #finish(): void {
    this.#isClosed = true;
    this.#isAwaited = false;
    clearTimeout(this.#timer);
  }

  #take(bytes: Buffer, reader: BodyReader): void {
    if (this.#isClosed) return;
    this.#totalBytes += bytes.length;
    const { limitBytes } = this.#limits;
    if (limitBytes > 0 && this.#totalBytes > limitBytes) return this.#broken(413);
    this.#request.request.pause();
    this.#isAwaited = false;
    reader.piece(bytes, () => {
      if (this.#isClosed) return;
      this.#isAwaited = true;
      this.#request.request.resume();
    });
  }
}
