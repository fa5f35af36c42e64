/** One thread of a worker as others see it: whose it is, what it runs, what it has been sent. */

import { isRunning } from '../../protocol/gateway-side.ts';
import type { ConversationState } from '../../protocol/gateway-side.ts';
import type { Job } from '../dispatch/port.ts';
import type { ClaimPipe } from './sending-ahead.ts';
import type { DispatchSlot } from '../dispatch/dispatcher.ts';
import type { PooledWorker } from '../dispatch/worker.ts';
import { RequestLine } from '../dispatch/pipeline.ts';
import { RunTime } from '../dispatch/run-times.ts';

export class ConnectedSlot implements DispatchSlot<Job> {
  /** Before HELLO a stand-in that belongs to no generation. */
  worker: PooledWorker;
  thread = -1;
  state: ConversationState = 'greeting';
  readonly line = new RequestLine<Job>();
  /** Undefined: it could not be opened, and nothing is sent ahead. */
  claims: ClaimPipe | undefined;
  readonly runTime = new RunTime();
  /** How many had begun in its worker when it began, if it was the only one there; else -1. */
  #begunAlone = -1;
  /** The running request has overrun; its client has had the answer. */
  hasOverrun = false;
  /** How long the running request may run in all, in ms, where the worker has said so. */
  runMaxMs: number | undefined;

  constructor(nobody: PooledWorker) {
    this.worker = nobody;
  }

  get isRunning(): boolean {
    return isRunning(this.state);
  }

  /** No other thread of the worker has run anything since the running request began. */
  get ranAlone(): boolean {
    return this.#begunAlone === this.worker.begun;
  }

  protected beginsNow(): void {
    const { busy, begun } = this.worker;
    this.#begunAlone = busy === 1 ? begun : -1;
  }

  get job(): Job | undefined {
    return this.line.current;
  }

  /**
   * One that shall open its log anew must become idle; and into a body that is still being sent
   * nothing may come.
   */
  get takesAhead(): boolean {
    const { worker } = this;
    if (this.claims === undefined || this.job?.spooled !== undefined) return false;
    return worker.takesAhead && !worker.logReopensDue.has(this);
  }
}
