/**
 * The connection of one slot: bytes between a worker's socket and the exchange that it runs.
 *
 * A failed write does not end it: what the worker wrote before it ended is still to be read, and
 * Node would throw that away with the socket. So the socket's own write is wrapped (`deafWrites`),
 * and only end-of-file, or what the master reports, is the end.
 */

import type { Socket } from 'node:net';

import { afterReceiving, isRunning } from '../protocol/gateway-side.ts';
import { decodeFile } from '../protocol/file-frames.ts';
import { FrameReader } from '../protocol/frame-reader.ts';
import {
  FrameError,
  decodeEnd,
  decodeStrings,
  encodeFrame,
  frameTypes,
} from '../protocol/request-frames.ts';

import type { ConversationState } from '../protocol/gateway-side.ts';
import type { EndFrame } from '../protocol/request-frames.ts';
import type { DispatchSlot } from './dispatch.ts';
import { deafWrites } from './deaf-writes.ts';
import { sendBody } from './body-sending.ts';
import type { ChannelJob } from './channel-job.ts';
import { fileTakenFrames } from './offered-file.ts';
import type { PooledWorker } from './pooled-worker.ts';
import { RunTime } from './run-time.ts';

/** Who is told what happens on a connection: the pool of workers. */
export interface ConnectionOwner {
  /** The strings of HELLO; the connection has no worker yet. */
  readonly hello: (connection: WorkerConnection, strings: readonly string[]) => void;
  /** A request has had its END; `connection.job` is still there. */
  readonly ended: (connection: WorkerConnection, end: EndFrame) => void;
  /** Its request has a time limit of its own. */
  readonly limited: () => void;
  /** Nothing more will come: end-of-file, or bytes that break the protocol (`reason`). */
  readonly closed: (connection: WorkerConnection, reason: string) => void;
}

const empty = Buffer.alloc(0);
const drainFrame = encodeFrame(frameTypes.drain, empty);
const cancelFrame = encodeFrame(frameTypes.cancel, empty);
const reopenLogFrame = encodeFrame(frameTypes.reopenLog, empty);

export class WorkerConnection implements DispatchSlot<ChannelJob> {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #reader = new FrameReader(this.#receive.bind(this));
  /** Before HELLO a stand-in that belongs to no generation. */
  worker: PooledWorker;
  thread = -1;
  job: ChannelJob | undefined;
  state: ConversationState = 'greeting';
  readonly runTime = new RunTime();
  /** The running request has overrun; its client has had the answer. */
  hasOverrun = false;
  /** How long the running request may run in all, in ms, where the worker has said so. */
  runMaxMs: number | undefined;
  isOpen = true;
  /** When bytes last came; tells whether a dead worker's last words have been read. */
  readAtMs = 0;
  #isCancelled = false;
  /** The request went to a socket that nobody will read. */
  #isUndelivered = false;
  /** The worker's end was closed with bytes of ours unread. */
  #hasUnread = false;

  constructor(socket: Socket, nobody: PooledWorker, owner: ConnectionOwner) {
    this.#socket = socket;
    this.worker = nobody;
    this.#owner = owner;
    deafWrites(socket, () => {
      this.#isUndelivered = this.isRunning;
    });
    socket.on('data', this.#read.bind(this));
    socket.on('end', this.close.bind(this, 'end of file'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#hasUnread = error.code === 'ECONNRESET';
      this.close(error.message);
    });
    socket.on('close', this.close.bind(this, 'closed'));
  }

  get isRunning(): boolean {
    return isRunning(this.state);
  }

  /**
   * True when the connection has ended and its worker cannot have begun the running request: it
   * could not be written, or the kernel says that its bytes were never read. (Of one with a body a
   * part may have been.) Such a request is not lost: another worker may run it.
   */
  get isUntouched(): boolean {
    if (this.state !== 'waiting' || this.#isCancelled) return false;
    if (this.job === undefined || this.job.hasBody) return false;
    return this.#isUndelivered || this.#hasUnread;
  }

  /** Sends the request of `job`, which the dispatcher has put into `this.job`. */
  give(job: ChannelJob, nowMs: number): void {
    this.state = 'waiting';
    this.runTime.start(nowMs);
    this.hasOverrun = false;
    this.runMaxMs = undefined;
    this.#isCancelled = false;
    this.#isUndelivered = false;
    this.#socket.write(job.started(this, nowMs));
    if (job.spooled === undefined) return;
    sendBody(job.spooled, {
      isWanted: () => this.job === job && !this.#isCancelled,
      write: (frame, taken) => void this.#socket.write(frame, taken),
      lost: (error) => {
        job.bodyLost(error);
        this.cancel();
      },
    });
  }

  /** The client has gone; what is still to be sent of a body is not. */
  cancel(): void {
    if (!this.isRunning) return;
    this.#isCancelled = true;
    this.goOn();
    this.#socket.write(cancelFrame);
  }

  /** Sends the worker's thread away; only while it runs nothing. */
  drain(): void {
    if (this.state !== 'idle') return;
    this.state = 'leaving';
    this.#socket.write(drainFrame);
  }

  /** Has the worker open its log anew; false while a request runs. */
  reopenLog(): boolean {
    if (this.state !== 'idle') return false;
    this.#socket.write(reopenLogFrame);
    return true;
  }

  /** Nothing holds the worker back any more: its client takes bytes again, or gets no more. */
  goOn(): void {
    if (!this.runTime.isHeld) return;
    this.runTime.goOn(performance.now());
    this.#socket.resume();
  }

  /** Ends the connection. The owner hears `closed`, unless it has already. */
  close(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#socket.destroy();
    this.#owner.closed(this, reason);
  }

  #read(chunk: Buffer): void {
    this.readAtMs = performance.now();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.state = 'broken';
      this.close(`it sent ${error.message}`);
      return;
    }
    this.job?.flushed();
  }

  #receive(type: number, payload: Buffer, isLast: boolean): void {
    this.state = afterReceiving(this.state, type);
    if (this.state === 'broken') {
      throw new FrameError(`a frame 0x${type.toString(16)} out of order`);
    }
    const job = this.job;
    if (type === frameTypes.data) {
      if (job?.received(payload) === 'hold-back') this.#holdBack();
    } else if (type === frameTypes.head) {
      job?.receivedHead(decodeStrings(type, payload));
    } else if (type === frameTypes.end) {
      // The next request must not wait for the client of this one.
      this.goOn();
      this.#owner.ended(this, decodeEnd(payload));
    } else if (type === frameTypes.limit) {
      const leftMs = payload.readUInt32LE(0);
      this.runMaxMs = leftMs === 0 ? Infinity : this.runTime.ranMs(performance.now()) + leftMs;
      this.#owner.limited();
    } else if (type === frameTypes.file) {
      job?.offeredFile({ pid: this.worker.pid, ...decodeFile(payload) }, (answer) => {
        if (!this.isOpen) return;
        this.state = answer === 'taken' ? 'handed' : 'answering';
        this.#socket.write(fileTakenFrames[answer]);
      });
    } else if (type === frameTypes.hello && isLast) {
      this.#owner.hello(this, decodeStrings(type, payload));
    }
  }

  #holdBack(): void {
    this.runTime.hold(performance.now());
    this.#socket.pause();
  }
}
