/** What an exchange needs of the gateway. */

import type { Exchange } from './exchange.ts';
import type { BodyLimits } from './request-body.ts';

export interface ExchangeHost {
  readonly bodyLimits: BodyLimits;
  /** No more keep-alive: the gateway is draining. */
  readonly isDraining: boolean;
  /** The request is complete: serve it from a file, or put it into the queue. */
  complete(exchange: Exchange): void;
  /** Takes it out of the queue; its client has gone. */
  withdraw(exchange: Exchange): void;
  /** The answer is decided: write the access log. */
  answered(exchange: Exchange): void;
  /** Its turn has come; and the client has taken the response, or has gone. */
  begun(): void;
  over(): void;
  /** Something that an operator should know of this request. */
  complain(exchange: Exchange, event: string, problem: string): void;
}
