/**
 * A request and the slot that runs it, as they see each other (types only).
 *
 * The exchange of a request implements `Job`, the connection of a worker's thread `SlotView`;
 * neither imports the other.
 */

import type { OfferedFile } from '../../protocol/file-frames.ts';
import type { EndFrame, SentHead } from '../../protocol/response-frames.ts';
import type { QueuedJob } from './job-queue.ts';

/** Takes a body piece by piece. */
export interface BodyReader {
  /** Is given bytes, which are only lent, and what to call for more when they are not needed. */
  readonly piece: (bytes: Buffer, next: () => void) => void;
  /** All bytes were given; with an error, the rest cannot be read. */
  readonly end: (error: Error | null) => void;
}

/** A body that is not in memory: it comes from its file, or from its client. */
export interface BodySource {
  /** Gives the body from its start, piece by piece, at the reader's pace. */
  read(reader: BodyReader): void;
  /** No more of it is wanted. */
  close(): void;
}

/** The answer to an offered file: the worker may close it, or has to send its bytes. */
export type TellWorker = (what: 'taken' | 'stream-it') => void;

/** One thread of a worker, as a request sees it. */
export interface SlotView {
  /** The number of the thread in its worker, from 0. */
  readonly thread: number;
  readonly worker: {
    readonly generation: number;
    readonly slot: number;
    readonly pid: number;
    /** How many requests it has been given. */
    readonly taken: number;
  };
  /** The request that it runs; it may be another one by now. */
  readonly job: Job | undefined;
  /** The client of this request has gone. */
  cancel(job: Job): void;
  /** The client takes bytes again, or gets no more: the worker may go on. */
  goOn(): void;
}

/** A request, as a slot sees it: what is sent to the worker, and what becomes of the answer. */
export interface Job extends QueuedJob {
  /** "GET /path", for logs. */
  readonly what: string;
  readonly method: string;
  readonly uri: string;
  /** Its id in the logs. */
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
  started(slot: SlotView, nowMs: number, how: 'to-idle' | 'ahead'): Buffer;
  /** It was sent ahead, and is the next that its slot runs. */
  begins(nowMs: number): void;
  /** Its slot never began it. True: it waits again; false: its client has gone. */
  returned(): boolean;
  /** The head of a response, and the whole body of it. */
  receivedWhole(head: SentHead, body: Buffer): void;
  /** The head of a response that is streamed. */
  receivedHead(head: SentHead): void;
  /** Bytes of the response; 'hold-back' asks the slot to read no more for now. */
  received(bytes: Buffer): 'hold-back' | 'go-on';
  /** The body is a part of a file that the worker has open; it is told what to do with it. */
  offeredFile(offered: OfferedFile, tellWorker: TellWorker): void;
  /** Name, value, name, value …: variables for its line in the access log. */
  logs(variables: readonly string[]): void;
  /** One read of the channel has been worked through: hand on what was kept together. */
  flushed(): void;
  finished(end: EndFrame): void;
  /** The rest of its body cannot be read from the file, so no worker can run it. */
  bodyLost(error: Error): void;
  /**
   * It will never finish: the worker ended (502) or overran (504), or there is no application: none
   * is expected (500), or the next start is tried soon (503).
   */
  failed(status: 500 | 502 | 503 | 504, why?: string): void;
}
