/** A request as the channel sees it: what is sent to the worker, and who hears the answer. */

import type { EndFrame } from '../../protocol/request-frames.ts';
import type { BodySource } from './body-source.ts';
import type { QueuedJob } from './job-queue.ts';
import type { OfferedFile, TellWorker } from '../files/offered.ts';
import type { WorkerConnection } from '../workers/slot.ts';

export interface ChannelJob extends QueuedJob {
  /** "GET /path", for logs. */
  readonly what: string;
  readonly method: string;
  readonly uri: string;
  /** By which logs know it. */
  readonly id: string;
  /** A body that is not in memory; it follows the request in BODY frames. */
  readonly spooled: BodySource | undefined;
  /** Its body may still be coming from the client. */
  readonly isStreamed: boolean;
  readonly hasBody: boolean;
  /** When it began to wait for a worker, in ms on the monotonic clock. */
  readonly queuedAtMs: number;
  /** The number of the application that it is for. */
  readonly application: number;
  /** The request goes to this slot now; returns the frames of it. */
  started(connection: WorkerConnection, nowMs: number, how: 'to-idle' | 'ahead'): Buffer;
  /** It was sent ahead, and is the next that its slot runs. */
  begins(nowMs: number): void;
  /** Its slot never began it. True: it waits again; false: its client has gone. */
  returned(): boolean;
  receivedHead(strings: readonly string[]): void;
  /** Bytes of the response; 'hold-back' asks the connection to read no more for now. */
  received(bytes: Buffer): 'hold-back' | 'go-on';
  /** The body is a part of a file that the worker has open; it is told what to do with it. */
  offeredFile(offered: OfferedFile, tellWorker: TellWorker): void;
  /** One read of the channel has been worked through: hand on what was kept together. */
  flushed(): void;
  finished(end: EndFrame): void;
  /** The rest of its body cannot be read from the file, so no worker can run it. */
  bodyLost(error: Error): void;
  /** Will never be finished: the worker ended (502) or overran (504), or there is none (500). */
  failed(status: 500 | 502 | 504): void;
}
