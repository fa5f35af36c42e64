/**
 * The gateway as a whole: listeners, workers and logs, and what the master may ask of it.
 */

import { createServer } from 'node:net';

import type { Cancel, Clocks } from '../base/clock.ts';
import { fileLimits } from '../base/descriptors.ts';
import { giveMemoryBack } from '../base/memory.ts';
import type { AccessLog } from '../log/access-log.ts';
import { levelNamed } from '../log/logger.ts';
import type { Logger } from '../log/logger.ts';
import { FOR_THE_LOG, UNASKED } from '../protocol/control-messages.ts';
import type { FromGateway, GatewaySettings, ToGateway } from '../protocol/control-messages.ts';
import { gatewayFiles } from '../protocol/open-files.ts';
import { acceptOn } from './socket/accept.ts';
import { Admission, type ConnectionLimits } from './client/admission.ts';
import { createServers } from './client/server.ts';
import type { ClientServer } from './client/server.ts';
import { setOwnErrorPages } from './http/error-pages.ts';
import { namedProxies, peerBehindProxy, peerOf } from './request/forwarded.ts';
import { Idleness, QuietMemory } from './idleness.ts';
import { NO_APPLICATION, Router } from './exchange/router.ts';
import { Spool } from './spool/spool.ts';
import { RestingClients } from './client/drain-rest.ts';
import { LoadMeter } from './load-meter.ts';
import { aliveMessage, statusMessage, waitingRequests } from './status.ts';
import { WorkerPool, type PoolLimits } from './workers/pool.ts';

/** Workers that may be connecting at the same moment. */
const CHANNEL_BACKLOG = 1024;
/** How long nothing may come from a client before a drain closes its connection. */
const REST_MAX_MS = 2_000;
/** How often a drain looks at what is still here. */
const LOOK_MS = 20;
/** How often idleness is looked at; more often where `idle` is shorter. */
const IDLE_LOOK_MS = 1_000;

export interface GatewayParts {
  readonly settings: GatewaySettings;
  readonly log: Logger;
  readonly accessLog: AccessLog;
  readonly clocks: Clocks;
  readonly tellMaster: (message: FromGateway) => void;
}

/** What is answered while there is no application. */
const statusWithout = { present: undefined, absent: 500, awaited: 503 } as const;

export class Gateway {
  readonly #parts: GatewayParts;
  readonly #pool: WorkerPool;
  readonly #router: Router;
  readonly #spool: Spool;
  readonly #admission: Admission;
  readonly #servers: readonly ClientServer[];
  readonly #memory = new QuietMemory({
    residentBytes,
    giveBack: giveMemoryBack,
  });
  readonly #load: LoadMeter;
  #toldLast = '';
  #stopLooking: Cancel | undefined;
  #stopIdling: Cancel | undefined;

  constructor(parts: GatewayParts) {
    const { settings, log, accessLog, clocks, tellMaster } = parts;
    setOwnErrorPages(settings.responses.errorPages);
    const changed = (): void => this.#changed();
    this.#parts = parts;
    this.#load = new LoadMeter(clocks.now());
    const { options } = settings;
    this.#pool = new WorkerPool(poolLimits(options), { tellMaster, log, timers: clocks });
    const { assigner } = this.#pool;
    const isNamedProxy = namedProxies(options['trusted-proxies'].map(({ text }) => text));
    const common = { settings, log, clocks };
    const { spoolDirectories: directories } = settings;
    const spool = new Spool({
      directories,
      optionBytes: options['spool-max'],
      log,
      timers: clocks,
    });
    const { recent } = this.#pool;
    const ofRouter = { accessLog, assigner, spool, recent, isNamedProxy, changed };
    const router = new Router({ ...common, ...ofRouter });
    this.#spool = spool;
    const admission = new Admission(connectionLimits(options), log);
    this.#router = router;
    this.#admission = admission;
    this.#servers = createServers({
      ...common,
      admission,
      receiverOf: (listener) => router.receiverOf(listener),
      peerOf: (address, port) => peerOf(address, port, isNamedProxy),
      peerBehindProxy: (connection, isServerOurs) =>
        peerBehindProxy(connection, isServerOurs, isNamedProxy),
    });
  }

  /** Listens for workers, and finds the directory of the spool; resolves when both are done. */
  async start(): Promise<void> {
    const channel = createServer({ pauseOnConnect: true }, (socket) => this.#pool.accept(socket));
    const { channelFd: fd } = this.#parts.settings;
    const failed = (error: Error): void => this.#admission.failed(error, this.#parts.clocks.now());
    const accepting = acceptOn(channel, { fd, backlog: CHANNEL_BACKLOG }, failed);
    await Promise.all([accepting, this.#spool.start()]);
  }

  /** Carries out a message of the master. */
  async take(message: ToGateway): Promise<void> {
    switch (message.type) {
      case 'settings':
        return;
      case 'expect-worker':
        this.#pool.expect(message);
        return this.#admission.keep(
          gatewayFiles(this.#pool.slotsOf(message.generation), this.#servers.length),
        );
      case 'switch':
        return this.#pool.switch(message.enable, message.drain);
      case 'worker-exited':
        return this.#pool.exited(message);
      case 'open':
        for (const server of this.#servers) await server.open(this.#parts.settings.options.listen);
        this.#watchIdleness();
        return this.#parts.tellMaster({ type: 'opened' });
      case 'health':
        this.#router.whyNotReady = message.reason;
        return;
      case 'application':
        return this.#application(message.state);
      case 'drain':
        return this.#drain(message.restMaxMs ?? REST_MAX_MS);
      case 'signal':
        return this.#pool.signals.raise(message.number, message.slots);
      case 'suspend':
        return this.#pool.assigner.suspend();
      case 'resume':
        return this.#pool.assigner.resume();
      case 'reopen-log':
        return this.#reopenLog();
      case 'ping':
        return this.#answerPing(message.number);
      case 'log-level':
        return this.#parts.log.setLevel(levelNamed(message.level));
      case 'report-history':
        return this.#parts.tellMaster(this.#history(message.number));
      case 'report-status':
        return this.#parts.tellMaster(this.#status(message.number ?? FOR_THE_LOG));
      default:
        // A later master may know more messages: they are ignored.
        message satisfies never;
    }
  }

  #history(number: number): FromGateway {
    const requests = this.#pool.recent.view;
    const waiting = waitingRequests(this.#pool, this.#parts.clocks.now());
    return { type: 'history', number, requests, waiting, lines: this.#parts.log.recent() };
  }

  #answerPing(number: number): void {
    const nowMs = this.#parts.clocks.now();
    this.#pool.assigner.look();
    this.#memory.look(this.#router, nowMs);
    const { requests } = this.#router;
    const load = this.#load.look(this.#pool, this.#router, nowMs);
    this.#parts.tellMaster(aliveMessage(this.#pool, { number, requests, load }));
  }

  #application(state: keyof typeof statusWithout): void {
    const status = statusWithout[state];
    this.#router.statusWithoutApplication = status;
    if (status === undefined) return;
    for (const job of this.#pool.assigner.dispatcher.withdrawAll())
      job.failed(status, NO_APPLICATION);
  }

  #drain(restMaxMs: number): void {
    if (this.#router.isDraining) return;
    this.#router.isDraining = true;
    this.#pool.assigner.whenChanged = () => this.#changed();
    this.#stopIdling?.();
    this.#pool.signals.waiters.close();
    for (const server of this.#servers) server.drain();
    const resting = new RestingClients(restMaxMs);
    const { every } = this.#parts.clocks;
    this.#stopLooking = every(LOOK_MS, () => this.#lookAround(resting));
    this.#changed();
    this.#lookAround(resting);
  }

  /** While draining: tells the master when no request is here, and none may come. */
  #lookAround(resting: RestingClients): void {
    const nowMs = this.#parts.clocks.now();
    const left = this.#servers.map((server) => resting.look(server.clients, nowMs));
    const { running, waiting } = this.#pool.assigner.dispatcher;
    if (running + waiting + this.#router.open > 0 || left.some((count) => count > 0)) return;
    this.#stopLooking?.();
    void this.#parts.accessLog.flush().then(() => {
      // What it has counted since it was asked last would be missing for ever.
      this.#parts.tellMaster(this.#status(UNASKED));
      this.#parts.tellMaster({ type: 'drained' });
    });
  }

  /** While draining: tells the master what is still here, once for each change. */
  #changed(): void {
    if (!this.#router.isDraining) return;
    const { running: inWorkers, waiting: queued } = this.#pool.assigner.dispatcher;
    const running = Math.max(inWorkers, this.#router.open - queued);
    const counts = `${running} ${queued}`;
    if (counts === this.#toldLast) return;
    this.#toldLast = counts;
    this.#parts.tellMaster({ type: 'draining', running, queued });
  }

  #watchIdleness(): void {
    const limitMs = this.#parts.settings.options.idle * 1_000;
    if (limitMs === 0) return;
    const idleness = new Idleness(limitMs);
    const look = (): void => {
      const { open, requests } = this.#router;
      if (idleness.look({ open, requests }, this.#parts.clocks.now())) {
        this.#parts.tellMaster({ type: 'idle' });
      }
    };
    look();
    const { every } = this.#parts.clocks;
    this.#stopIdling = every(Math.min(IDLE_LOOK_MS, limitMs / 4), look);
  }

  /** A file that cannot be opened costs the new log, not the service. */
  #reopenLog(): void {
    const { log } = this.#parts;
    const { logFile: file } = this.#parts.settings;
    try {
      if (file !== '') log.reopen(file);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const sentence = `${file} cannot be opened anew, the old log goes on: ${reason}`;
      log.error('log.not-reopened', { file }, sentence);
    }
    this.#pool.reopenLogs();
  }

  #status(number: number): FromGateway {
    const counts = {
      number,
      connections: this.#servers.reduce((sum, server) => sum + server.clients.size, 0),
      requests: this.#router.requests,
      droppedLogLines: this.#parts.accessLog.dropped,
      waitedMaxMs: Math.round(this.#router.waitedMaxMs(number === FOR_THE_LOG ? 'anew' : 'on')),
      spool: this.#spool.view,
      pid: process.pid,
      counts: {
        times: this.#router.times.view,
        overruns: this.#pool.overruns,
        signalsDropped: this.#pool.signals.dropped,
      },
    };
    return statusMessage(this.#pool, counts, this.#parts.clocks.now());
  }
}

type Options = GatewaySettings['options'];

function poolLimits(options: Options): PoolLimits {
  return {
    harakiri: options.harakiri,
    queueMax: options['queue-max'],
    aheadMax: options['send-ahead'],
    maxRequests: options['max-requests'],
    maxRequestsDelta: options['max-requests-delta'],
    minWorkerLifetime: options['min-worker-lifetime'],
  };
}

function connectionLimits(options: Options): ConnectionLimits {
  return {
    openFilesMax: Number(fileLimits().soft),
    maxConnections: options['max-connections'],
    maxConnectionsPerAddress: options['max-connections-per-address'],
  };
}

/** It is read from a file in /proc: 0 without a descriptor for it, which is no reason to end. */
function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}
