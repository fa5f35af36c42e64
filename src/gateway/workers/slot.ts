/**
 * The connection of one slot: bytes between a worker's socket and the exchange that it runs.
 *
 * A failed write does not end it: what the worker wrote before it ended is still to be read, and
 * Node would throw that away with the socket. So the socket's own write is wrapped (`deafWrites`),
 * and only end-of-file, or what the master reports, is the end.
 */

import type { Socket } from 'node:net';

import { afterReceiving } from '../../protocol/gateway-side.ts';
import { decodeFile } from '../../protocol/file-frames.ts';
import {
  FrameError,
  FrameReader,
  decodeEnd,
  decodeStrings,
  encodeFrame,
  frameTypes,
  nameOf,
} from '../../protocol/request-frames.ts';

import type { ConnectionOwner } from './connection-owner.ts';
import { AheadBatch } from './ahead-batch.ts';
import { deafWrites } from '../socket/deaf-writes.ts';
import { sendBody } from './body-sending.ts';
import { readShared, writeNow } from '../socket/direct-io.ts';
import type { PooledWorker } from '../dispatch/worker.ts';
import type { Job, SlotView } from '../dispatch/port.ts';
import { ConnectedSlot } from './worker-slot.ts';

const empty = Buffer.alloc(0);
const drainFrame = encodeFrame(frameTypes.drain, empty);
const cancelFrame = encodeFrame(frameTypes.cancel, empty);
const reopenLogFrame = encodeFrame(frameTypes.reopenLog, empty);
const fileTakenFrames = {
  taken: encodeFrame(frameTypes.fileTaken, Buffer.from([0])),
  'stream-it': encodeFrame(frameTypes.fileTaken, Buffer.from([1])),
};

export class WorkerConnection extends ConnectedSlot implements SlotView {
  readonly #socket: Socket;
  readonly #ahead: AheadBatch;
  readonly #owner: ConnectionOwner;
  readonly #reader = new FrameReader(this.#receive.bind(this));
  isOpen = true;
  /** When bytes last came; tells whether a dead worker's last words have been read. */
  readAtMs = 0;
  #isCancelled = false;
  /** The request went to a socket that nobody will read. */
  #isUndelivered = false;
  /** The worker's end was closed with bytes of ours unread. */
  #hasUnread = false;

  /** `accepted` comes from a server with `pauseOnConnect`. */
  constructor(accepted: Socket, nobody: PooledWorker, owner: ConnectionOwner) {
    super(nobody);
    const socket = readShared(accepted, this.#read.bind(this));
    this.#socket = socket;
    this.#ahead = new AheadBatch(socket);
    this.#owner = owner;
    deafWrites(socket, () => {
      // Of several it is not known which: those sent ahead have their bytes to tell.
      this.#isUndelivered = this.isRunning && this.line.length === 1;
    });
    socket.on('end', this.close.bind(this, 'end of file'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#hasUnread = error.code === 'ECONNRESET';
      this.close(error.message);
    });
    socket.on('close', this.close.bind(this, 'closed'));
  }

  /**
   * True when the connection has ended and its worker cannot have begun the running request: it
   * could not be written, or the kernel says that its bytes were never read. (Of one with a body a
   * part may have been.) Such a request is not lost: another worker may run it.
   */
  get isUntouched(): boolean {
    if (this.state !== 'waiting' || this.#isCancelled || this.line.length > 1) return false;
    if (this.job?.hasBody !== false || this.hasOverrun) return false;
    return this.#isUndelivered || this.#hasUnread;
  }

  /** Sends a request that the dispatcher has put into the line, which was empty. */
  give(job: Job, nowMs: number): void {
    this.#start(nowMs);
    writeNow(this.#socket, job.started(this, nowMs, 'to-idle'));
    if (job.spooled === undefined) return;
    sendBody(job.spooled, {
      // When the request is over the slot may have the next one.
      isWanted: () => this.job === job && !this.#isCancelled,
      write: (frame, taken) => void this.#socket.write(frame, taken),
      lost: (error) => {
        job.bodyLost(error);
        this.cancel(job);
      },
    });
  }

  /** Sends one that the dispatcher has put behind others. */
  giveAhead(job: Job, nowMs: number): void {
    this.#ahead.add(job.started(this, nowMs, 'ahead'), this.claims);
  }

  /** Reads back the bytes of what the worker has not begun: how many there were. */
  readClaims(): number {
    this.#ahead.flush();
    return this.claims?.takeBack() ?? 0;
  }

  /** The line has moved on, or its end was taken back: its first is what the worker is at. */
  proceed(nowMs: number): void {
    if (this.line.length === 0) return;
    if (this.job === undefined) this.state = 'skipping';
    else if (!this.isRunning) {
      this.#start(nowMs);
      this.job.begins(nowMs);
    }
  }

  /**
   * The client of a request has gone: one that has not begun never will; of one that runs, no
   * more of a body is sent. An earlier one has ended, and only its END is still on the way.
   */
  cancel(job: Job): void {
    if (this.line.hasUnclaimed) this.#owner.takeBack(this);
    if (!this.isRunning || this.line.last !== job) return;
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
    this.claims?.close();
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
    if (this.state === 'broken') throw new FrameError(`a frame ${nameOf(type)} out of order`);
    const job = this.job;
    if (type === frameTypes.data) {
      if (job?.received(payload) === 'hold-back') this.#holdBack();
    } else if (type === frameTypes.head) {
      job?.receivedHead(decodeStrings(type, payload));
    } else if (type === frameTypes.end) {
      // The next request must not wait for the client of this one.
      this.goOn();
      this.#owner.ended(this, decodeEnd(payload));
    } else if (type === frameTypes.skipped) {
      this.#owner.skipped(this);
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

  #start(nowMs: number): void {
    this.state = 'waiting';
    this.runTime.start(nowMs);
    this.beginsNow();
    this.hasOverrun = false;
    this.runMaxMs = undefined;
    this.#isCancelled = false;
    this.#isUndelivered = false;
  }

  #holdBack(): void {
    this.runTime.hold(performance.now());
    this.#socket.pause();
  }
}
