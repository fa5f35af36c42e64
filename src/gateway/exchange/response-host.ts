/** What a response is told of its request, and what it needs of the gateway. */

import type { Clocks } from '../../base/clock.ts';
import type { Client } from '../client/turn.ts';
import type { HeaderRules } from '../http/header-rules.ts';
import type { BacklogHost } from './backlog.ts';
import type { IntakeSpool } from './intake.ts';

/** What the response needs to know of its request. */
export interface ResponseTerms {
  readonly client: Client;
  readonly method: string;
  readonly version: '1.0' | '1.1';
  /** The client would send another request on this connection. */
  readonly keepsAlive: boolean;
}

/** What it needs of the gateway. */
export interface ResponseHost extends BacklogHost {
  readonly spool: BacklogHost['spool'] & IntakeSpool;
  /** Applications may name files in X-Sendfile: they are sent by us. */
  readonly takesNamedFiles: boolean;
  /** Undefined where the configuration leaves headers as they are. */
  readonly headerRules: HeaderRules | undefined;
  readonly clocks: Clocks;
}
