/** What an exchange needs of the gateway. */

import type { Exchange } from './exchange.ts';
import type { ClientAnswer } from './client-answer.ts';
import type { NamedFile } from '../files/named-file.ts';
import type { BodyLimits } from './collected-body.ts';
import type { BacklogLimits } from './backlog.ts';

export interface ExchangeHost {
  readonly bodyLimits: BodyLimits;
  readonly responseLimits: BacklogLimits;
  /** Applications may name files in X-Sendfile. */
  readonly takesNamedFiles: boolean;
  /** No more keep-alive: the gateway is draining. */
  readonly isDraining: boolean;
  /** The request is complete: serve it from a file, or put it into the queue. */
  complete(exchange: Exchange): void;
  /** The application's answer is a file that it names: send it. */
  sendNamedFile(exchange: Exchange, named: NamedFile): void;
  /** A response cannot wait in a file. */
  notStored(problem: string): void;
  /** Takes it out of the queue; its client has gone. */
  withdraw(exchange: Exchange): void;
  /** The answer is decided: write the access log. */
  answered(exchange: Exchange): void;
  /** Its turn has come; and the client has taken the response, or has gone. */
  begun(): void;
  over(): void;
  /** Something that an operator should know of this request. */
  complain(answer: ClientAnswer, event: string, problem: string): void;
}
