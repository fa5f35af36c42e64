/** The gateway around an exchange, and a slot that runs it: both keep what they are told. */

import type { Clocks } from '../../src/base/clock.ts';
import type { Incoming } from '../../src/gateway/client/incoming.ts';
import type { Job, SlotView } from '../../src/gateway/dispatch/port.ts';
import { BodyMemory } from '../../src/gateway/exchange/body-memory.ts';
import { Exchange } from '../../src/gateway/exchange/exchange.ts';
import type { ExchangeHost } from '../../src/gateway/exchange/exchange.ts';
import { SpoolProblem } from '../../src/gateway/spool/problem.ts';
import { ClientRequest } from '../../src/gateway/exchange/request.ts';
import type { Answered } from '../../src/gateway/exchange/request.ts';
import { mountTable } from '../../src/gateway/request/mounts.ts';
import { readRequestHead } from '../../src/gateway/request/variables.ts';
import { FakeClient } from './fake-client.ts';
import { manualTimers } from './manual-timers.ts';

const isFull = SpoolProblem.noRoom('spool-full', '/tmp', 'the spool is full');

/** A spool without room. */
export class FakeSpool {
  /** Whether it learns of that before the body is asked for. */
  knowsEarly = true;

  ask(_bytes: number, decide: (problem: SpoolProblem | undefined) => void): void {
    decide(this.knowsEarly ? isFull : undefined);
  }

  open(_use: string, _bytes: number, done: (problem: SpoolProblem) => void): void {
    done(isFull);
  }

  whenRoom(): void {
    // There never is.
  }

  forget(): void {
    // Nobody waits.
  }
}

export class FakeHost implements ExchangeHost {
  readonly headerRules = undefined;
  readonly timers = manualTimers();
  readonly clocks: Clocks = { ...this.timers, dateMs: () => Date.UTC(2026, 0, 1) };
  readonly responseLimits = { memoryMaxBytes: 1024, fileMaxBytes: 0 };
  bodyLimits = {
    ...{ memoryMaxBytes: 1024, sharedMaxBytes: 0 },
    ...{ limitBytes: 0, timeoutMs: 0, isStreamed: false },
  };
  readonly bodyMemory = new BodyMemory();
  /** Room for nothing: see the tests of the spool itself. */
  readonly spool = new FakeSpool();
  takesNamedFiles = false;
  isWorkerWanted = false;
  isDraining = false;
  open = 0;
  /** "complete", "withdraw", "answered 200", "complain response.refused", in their order. */
  readonly log: string[] = [];

  complete(exchange: Exchange): void {
    this.log.push('complete');
    exchange.queued(0, this.timers.now());
  }

  sendNamedFile(): void {
    this.log.push('send-named-file');
  }

  notStored(): void {
    this.log.push('not-stored');
  }

  bodyNotStored(exchange: Exchange, { status }: SpoolProblem): void {
    this.log.push(`body-not-stored ${status}`);
    exchange.failed(status);
  }

  withdraw(): void {
    this.log.push('withdraw');
  }

  answered({ response, isClientGone }: Answered): void {
    this.log.push(`answered ${isClientGone ? 499 : response.status}`);
  }

  begun(): void {
    this.open += 1;
  }

  over(): void {
    this.open -= 1;
  }

  complain(_exchange: Exchange, event: string): void {
    this.log.push(`complain ${event}`);
  }
}

export class FakeRunner implements SlotView {
  readonly thread = 0;
  readonly worker = { generation: 1, slot: 1, pid: 42, taken: 1 };
  job: Job | undefined;
  /** "cancel", "go-on", in their order. */
  readonly log: string[] = [];

  cancel(): void {
    this.log.push('cancel');
  }

  goOn(): void {
    this.log.push('go-on');
  }

  /** Runs the request. */
  run(job: Job, nowMs: number): void {
    this.job = job;
    job.started(this, nowMs, 'to-idle');
  }

  /** The worker has ended the request. */
  end(outcome: 'complete' | 'failed' = 'complete'): void {
    const { job } = this;
    this.job = undefined;
    const failed = outcome === 'failed';
    job?.finished({ failed, applicationMicros: 1, hasWaited: undefined, residentBytes: 0 });
  }
}

/** A request on a connection of its own. */
export function exchangeUnderTest(given: {
  readonly host?: FakeHost;
  readonly client?: FakeClient;
  readonly method?: string;
  readonly target?: string;
  readonly version?: '1.0' | '1.1';
  readonly body?: Incoming;
  readonly bodyBytes?: number | 'chunked';
}) {
  const { host = new FakeHost(), client = new FakeClient(), method = 'GET', target = '/' } = given;
  const { version = '1.1', body, bodyBytes = 0 } = given;
  const raw = { method, target, version, rawHeaders: ['Host', 'h'], bodyBytes };
  const mounts = mountTable([''], { by: 'default-only' });
  const context = { serverName: 'm', serverPort: '80', mounts, isNamedProxy: () => false };
  const head = readRequestHead(raw, client.peer, context);
  const request = new ClientRequest(raw, head, client.peer, host.timers.now());
  const keepsAlive = version === '1.1';
  const parts = { request, client, body, keepsAlive, awaitsContinue: body !== undefined };
  const slot = new FakeRunner();
  return { host, client, slot, exchange: new Exchange(parts, host) };
}
