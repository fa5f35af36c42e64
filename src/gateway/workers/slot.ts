/**
 * One thread of a worker: its connection, what it was sent, and the request that it runs.
 *
 * A failed write does not end the connection: what the worker wrote before it ended is still to be
 * read, and Node would throw that away with the socket. So the socket's own write is wrapped
 * (`deafWrites`), and only end-of-file, or what the master reports, is the end.
 */

import type { Socket } from 'node:net';

import type { Timers } from '../../base/clock.ts';
import { decodeFile } from '../../protocol/file-frames.ts';
import { afterReceiving, isRunning } from '../../protocol/gateway-side.ts';
import type { ConversationState } from '../../protocol/gateway-side.ts';
import {
  FrameError,
  FrameReader,
  decodeStrings,
  encodeFrame,
  encodeHeader,
  frameTypes,
  nameOf,
} from '../../protocol/request-frames.ts';
import {
  decodeAnswer,
  decodeEnd,
  decodeHead,
  decodeResponse,
} from '../../protocol/response-frames.ts';
import type { EndFrame } from '../../protocol/response-frames.ts';
import type { DispatchSlot } from '../dispatch/dispatcher.ts';
import { Pipeline } from '../dispatch/pipeline.ts';
import type { BodySource, Job, SlotView } from '../dispatch/port.ts';
import { RunTime } from '../dispatch/run-times.ts';
import type { Worker } from '../dispatch/worker.ts';
import { deafWrites } from '../socket/deaf-writes.ts';
import { readShared, writeNow } from '../socket/direct-io.ts';
import { AheadBatch } from './sending-ahead.ts';
import type { ClaimPipe } from './sending-ahead.ts';

export type PooledWorker = Worker<Slot>;

/** Is called about the requests of a slot. */
export interface SlotRequests {
  /** A request has had its END; it is still the first of the pipeline. */
  ended(slot: Slot, end: EndFrame): void;
  /** The first of the pipeline, which was taken back, was skipped. */
  skipped(slot: Slot): void;
  /** Takes back what was sent ahead and has not begun. */
  takeBack(slot: Slot): void;
}

/** Is called about the connection of a slot. */
export interface SlotOwner {
  /** The strings of HELLO; the slot has no worker yet. */
  readonly hello: (slot: Slot, strings: readonly string[]) => void;
  /** The running request was given a time limit of its own. */
  readonly limited: () => void;
  /** Nothing more will come: end-of-file, or bytes that break the protocol (`reason`). */
  readonly closed: (slot: Slot, reason: string) => void;
}

export interface SlotParts {
  /** What the slot belongs to before HELLO: it is in no generation. */
  readonly nobody: PooledWorker;
  readonly requests: SlotRequests;
  readonly owner: SlotOwner;
  readonly timers: Timers;
}

const empty = Buffer.alloc(0);
const drainFrame = encodeFrame(frameTypes.drain, empty);
const cancelFrame = encodeFrame(frameTypes.cancel, empty);
const reopenLogFrame = encodeFrame(frameTypes.reopenLog, empty);
const bodyEndFrame = encodeFrame(frameTypes.bodyEnd, empty);
const fileTakenFrames = {
  taken: encodeFrame(frameTypes.fileTaken, Buffer.from([0])),
  'stream-it': encodeFrame(frameTypes.fileTaken, Buffer.from([1])),
};

export class Slot implements DispatchSlot<Job>, SlotView {
  worker: PooledWorker;
  thread = -1;
  state: ConversationState = 'greeting';
  readonly pipeline = new Pipeline<Job>();
  readonly runTime = new RunTime();
  /** Undefined: it could not be opened, and nothing is sent ahead. */
  claims: Pick<ClaimPipe, 'put' | 'takeBack' | 'close'> | undefined;
  /** The running request has overrun, and its client was answered. */
  hasOverrun = false;
  /** The client of the running request has gone, and its worker was told. */
  isCancelled = false;
  /** How long the running request may run in all, in ms, where the worker has sent a limit. */
  runMaxMs: number | undefined;
  isOpen = true;
  /** When bytes last came; tells whether a dead worker's last words have been read. */
  readAtMs = 0;
  readonly #socket: Socket;
  readonly #ahead: AheadBatch;
  #requests: SlotRequests;
  #closed: (slot: Slot, reason: string) => void;
  readonly #owner: SlotOwner;
  readonly #timers: Timers;
  readonly #reader = new FrameReader(this.#receive.bind(this));
  /** `worker.begun` when the running request started, if no other slot was busy then; else -1. */
  #begunAlone = -1;
  /** The request went to a socket that the worker reads no more. */
  #isUndelivered = false;
  /** The worker's end was closed with bytes of ours unread. */
  #hasUnread = false;

  /** `accepted` comes from a server with `pauseOnConnect`. */
  constructor(accepted: Socket, parts: SlotParts) {
    this.worker = parts.nobody;
    this.#requests = parts.requests;
    this.#owner = parts.owner;
    this.#closed = parts.owner.closed;
    this.#timers = parts.timers;
    const socket = readShared(accepted, this.#read.bind(this));
    this.#socket = socket;
    this.#ahead = new AheadBatch(socket, parts.timers);
    deafWrites(socket, () => {
      // With several requests sent it is not known which write failed; the claim pipe tells it.
      this.#isUndelivered ||= this.isRunning && this.pipeline.length === 1;
    });
    socket.on('end', this.close.bind(this, 'end of file'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#hasUnread = error.code === 'ECONNRESET';
      this.close(error.message);
    });
    socket.on('close', this.close.bind(this, 'closed'));
  }

  /** It is no thread that runs requests: somebody else owns it from now on. */
  become(
    worker: PooledWorker,
    requests: SlotRequests,
    closed: (slot: Slot, reason: string) => void,
  ): void {
    this.worker = worker;
    this.#requests = requests;
    this.#closed = closed;
  }

  get job(): Job | undefined {
    return this.pipeline.current;
  }

  get isRunning(): boolean {
    return isRunning(this.state);
  }

  /**
   * A slot that has to open the log anew must become idle; and no frame may come between the BODY
   * frames of a request.
   */
  get takesAhead(): boolean {
    const { worker } = this;
    if (this.claims === undefined || this.job?.spooled !== undefined) return false;
    return worker.takesAhead && worker.logReopenDue !== this;
  }

  /** No other thread of the worker has run anything since the running request began. */
  get ranAlone(): boolean {
    return this.#begunAlone === this.worker.begun;
  }

  /**
   * True when the connection has ended and its worker cannot have begun the running request: it
   * could not be written, or the kernel reports that its bytes were never read. (Of a request with
   * a body a part may have been read.) Such a request is not lost: another worker may run it.
   */
  get isUntouched(): boolean {
    if (this.state !== 'waiting' || this.isCancelled) return false;
    if (this.job?.hasBody !== false || this.hasOverrun) return false;
    // Where the first could not be written, what was sent behind it was not either.
    return this.#isUndelivered || (this.#hasUnread && this.pipeline.length === 1);
  }

  /** Sends a request that the dispatcher has put into the pipeline, which was empty. */
  send(job: Job, nowMs: number): void {
    this.#start(nowMs);
    writeNow(this.#socket, job.started(this, nowMs, 'to-idle'));
    if (job.spooled !== undefined) this.#sendBody(job, job.spooled);
  }

  /** Sends a request that the dispatcher has put behind others. */
  sendAhead(job: Job, nowMs: number): void {
    this.#ahead.add(job.started(this, nowMs, 'ahead'), this.claims);
  }

  /** Takes the unclaimed bytes out of the claim pipe; returns for how many requests they stand. */
  readClaims(): number {
    this.#ahead.flush();
    return this.claims?.takeBack() ?? 0;
  }

  /** The pipeline has changed: brings the state into line with its first request. */
  proceed(nowMs: number): void {
    if (this.pipeline.length === 0) return;
    if (this.job === undefined) this.state = 'skipping';
    else if (!this.isRunning) {
      this.#start(nowMs);
      this.job.begins(nowMs);
    }
  }

  /**
   * The client of a request has gone. What has not begun is taken back. If `job` runs, its worker
   * is told, and no more of its body is sent. If it has ended already, nothing is done.
   */
  cancel(job: Job): void {
    if (this.pipeline.hasUnclaimed) this.#requests.takeBack(this);
    if (!this.isRunning || this.pipeline.last !== job) return;
    this.isCancelled = true;
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

  goOn(): void {
    if (!this.runTime.isHeld) return;
    this.runTime.goOn(this.#timers.now());
    this.#socket.resume();
  }

  /** Ends the connection. The owner's `closed` is called, once. */
  close(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#socket.destroy();
    this.#closed(this, reason);
    this.claims?.close();
  }

  #start(nowMs: number): void {
    const { busy, begun } = this.worker;
    this.state = 'waiting';
    this.runTime.start(nowMs);
    this.#begunAlone = busy === 1 ? begun : -1;
    this.hasOverrun = false;
    this.runMaxMs = undefined;
    this.isCancelled = false;
    this.#isUndelivered = false;
  }

  /** Sends BODY frames, no faster than the worker takes them, and BODY_END behind the last. */
  #sendBody(job: Job, source: BodySource): void {
    // When the request is over the slot may have the next one.
    const isWanted = (): boolean => this.job === job && !this.isCancelled;
    source.read({
      piece: (bytes, next) => {
        if (!isWanted()) return source.close();
        // Both leave with one system call, and the bytes are not copied.
        this.#socket.cork();
        this.#socket.write(encodeHeader(frameTypes.body, bytes.length));
        this.#socket.write(bytes, next);
        this.#socket.uncork();
      },
      end: (error) => {
        if (!isWanted()) return;
        if (error === null) return void this.#socket.write(bodyEndFrame);
        job.bodyLost(error);
        this.cancel(job);
      },
    });
  }

  #read(chunk: Buffer): void {
    this.readAtMs = this.#timers.now();
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
    if (type !== frameTypes.end) this.worker.tally.sentBytes += payload.length;
    if (type === frameTypes.answer) {
      const { head, body, end } = decodeAnswer(payload);
      job?.receivedWhole(head, body);
      this.#requests.ended(this, end);
    } else if (type === frameTypes.response) {
      const { head, body } = decodeResponse(payload);
      job?.receivedWhole(head, body);
    } else if (type === frameTypes.data) {
      if (job?.received(payload) === 'hold-back') this.#holdBack();
    } else if (type === frameTypes.head) {
      job?.receivedHead(decodeHead(payload));
    } else if (type === frameTypes.end) {
      // The next request must not wait for the client of this one.
      this.goOn();
      this.#requests.ended(this, decodeEnd(payload));
    } else if (type === frameTypes.skipped) {
      this.#requests.skipped(this);
    } else if (type === frameTypes.limit) {
      const leftMs = payload.readUInt32LE(0);
      this.runMaxMs = leftMs === 0 ? Infinity : this.runTime.ranMs(this.readAtMs) + leftMs;
      this.#owner.limited();
    } else if (type === frameTypes.logVariables) {
      job?.logs(decodeStrings(type, payload));
    } else if (type === frameTypes.file) {
      const offered = decodeFile(payload);
      job?.offeredFile({ pid: this.worker.pid, ...offered }, (answer) => {
        if (!this.isOpen) return;
        this.state = answer === 'taken' ? 'handed' : 'answering';
        if (answer === 'taken') this.worker.tally.sentBytes += offered.lengthBytes;
        this.#socket.write(fileTakenFrames[answer]);
      });
    } else if (type === frameTypes.hello && isLast) {
      this.#owner.hello(this, decodeStrings(type, payload));
    }
  }

  /** The client takes its answer more slowly than the worker gives it. */
  #holdBack(): void {
    this.runTime.hold(this.readAtMs);
    this.#socket.pause();
  }
}
