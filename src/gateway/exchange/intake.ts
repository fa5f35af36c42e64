/**
 * The body of one request on its way in: collected before a worker is asked, or handed to the
 * worker while it arrives.
 */

import type { BodySource } from '../dispatch/port.ts';
import type { ClientRequest } from './request.ts';
import { collectBody } from './collected-body.ts';
import type { BodyCollector, BodyLimits, BodyOutcome } from './collected-body.ts';
import { StreamedBody } from './streamed-body.ts';

export interface IntakeEvents {
  /** The request can be given to a worker. */
  readonly complete: () => void;
  /** `problem` is what the operator should know; '' where the client alone is to blame. */
  readonly refused: (status: 408 | 413 | 500, problem: string) => void;
}

export class RequestIntake {
  readonly #request: ClientRequest;
  readonly #events: IntakeEvents;
  #collector: BodyCollector | undefined;
  #streamed: StreamedBody | undefined;
  /** All of a small body. */
  memory: Buffer | undefined;
  /** A large one, or one that is still coming. */
  source: BodySource | undefined;

  constructor(request: ClientRequest, events: IntakeEvents) {
    this.#request = request;
    this.#events = events;
  }

  get isStreamed(): boolean {
    return this.#streamed !== undefined;
  }

  /** A worker waits for more of the body: it is the client's turn. */
  get isAwaited(): boolean {
    return this.#streamed?.isAwaited === true;
  }

  /** Begins to read the body, or only to hold it ready. */
  begin(limits: BodyLimits): void {
    const isTooLarge =
      limits.limitBytes > 0 && this.#request.head.contentLength > limits.limitBytes;
    if (isTooLarge) return this.#events.refused(413, '');
    if (!limits.isStreamed) {
      this.#collector = collectBody(this.#request, limits, (outcome) => this.#collected(outcome));
      return;
    }
    const broken = (status: 408 | 413): void => this.#events.refused(status, '');
    this.source = this.#streamed = new StreamedBody(this.#request, limits, broken);
    this.#events.complete();
  }

  /** The request is not wanted any more. */
  abandon(): void {
    this.#collector?.abandon();
  }

  #collected(outcome: BodyOutcome): void {
    if (outcome.kind === 'refused') return this.#events.refused(outcome.status, outcome.problem);
    const { head } = this.#request;
    const { lengthBytes } = outcome;
    if (head.contentLength < 0) head.strings.push('CONTENT_LENGTH', String(lengthBytes));
    if (outcome.kind === 'spooled') this.source = outcome.file;
    else if (lengthBytes > 0) this.memory = outcome.bytes;
    this.#events.complete();
  }
}
