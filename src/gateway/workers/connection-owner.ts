/** Who is told what happens on the connection of a slot: the pool of workers. */

import type { EndFrame } from '../../protocol/request-frames.ts';
import type { WorkerConnection } from './slot.ts';

export interface ConnectionOwner {
  /** The strings of HELLO; the connection has no worker yet. */
  readonly hello: (connection: WorkerConnection, strings: readonly string[]) => void;
  /** A request has had its END; it is still the first of the line. */
  readonly ended: (connection: WorkerConnection, end: EndFrame) => void;
  /** The first of the line, which was taken back, was skipped. */
  readonly skipped: (connection: WorkerConnection) => void;
  /** Its request has a time limit of its own. */
  readonly limited: () => void;
  /** What was sent ahead and has not begun shall be taken back. */
  readonly takeBack: (connection: WorkerConnection) => void;
  /** Nothing more will come: end-of-file, or bytes that break the protocol (`reason`). */
  readonly closed: (connection: WorkerConnection, reason: string) => void;
}
