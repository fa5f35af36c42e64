/**
 * Turns messages of gateways, spawners and workers into events for the supervisor, or into log
 * lines.
 */
import type { Timers } from '../../base/clock.ts';
import { FOR_THE_LOG } from '../../protocol/control-messages.ts';
import type { FromGateway, FromSpawner } from '../../protocol/control-messages.ts';
import { generationOf, type Fleet } from '../../supervision/fleet.ts';
import { jobOf } from '../../supervision/job-processes.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { LifecycleLog } from '../reporting/lifecycle-log.ts';
import type { Configurations } from '../settings/configurations.ts';
import type { Gateways } from '../children/gateways.ts';
import type { Loop } from './loop.ts';
import type { Reports } from './reports.ts';
import type { RequestTotals } from '../reporting/request-totals.ts';
import type { ServiceStatus } from '../reporting/service-status.ts';

export interface ChildMessageParts {
  readonly loop: Loop;
  readonly timers: Timers;
  readonly lifecycleLog: LifecycleLog;
  readonly service: ServiceStatus;
  readonly reports: Reports;
  readonly totals: RequestTotals;
  readonly gateways: Gateways;
  readonly configurations: Configurations;
  readonly jobs: Jobs;
  readonly onIdle: () => void;
  readonly onModules: (files: readonly string[]) => void;
}

export class ChildMessages {
  readonly #parts: ChildMessageParts;
  /** A level that was set while it runs; gateways that start later get it too. */
  logLevel: string | undefined;

  constructor(parts: ChildMessageParts) {
    this.#parts = parts;
  }

  ofGateway(epoch: number, message: FromGateway): void {
    const { loop, timers, lifecycleLog, service, reports, totals, gateways, configurations } =
      this.#parts;
    switch (message.type) {
      case 'ready':
        if (this.logLevel !== undefined) {
          gateways.send(epoch, { type: 'log-level', level: this.logLevel });
        }
        return loop.post({ kind: 'gateway-ready', epoch });
      case 'opened':
        return loop.post({ kind: 'gateway-opened', epoch });
      case 'alive':
        service.traffic.take(epoch, message, timers.now());
        return loop.post({ ...message, kind: 'gateway-alive', epoch });
      case 'workers-wanted':
        return loop.post({ kind: 'wake' });
      case 'idle':
        return this.#parts.onIdle();
      case 'drained':
        return loop.post({ kind: 'gateway-drained', epoch });
      case 'worker-connected':
      case 'worker-begun': {
        const { type: kind, generation, slot, pid } = message;
        return loop.post({ kind, generation, slot, pid });
      }
      case 'worker-due': {
        lifecycleLog.workerDue(message);
        const { generation, slot, pid, reason } = message;
        return loop.post({ kind: 'worker-due', generation, slot, pid, reason });
      }
      case 'worker-overran': {
        const { generation, slot, pid, othersRunning } = message;
        return loop.post({ kind: 'worker-overran', generation, slot, pid, othersRunning });
      }
      case 'draining':
        if (loop.fleet.phase !== 'stopping') return;
        return lifecycleLog.draining(message, configurations.settings['worker-reload-mercy']);
      case 'history':
        return reports.take(epoch, message);
      case 'status':
        totals.take(epoch, message);
        if (message.number === FOR_THE_LOG) return lifecycleLog.gateway(epoch, message);
        return reports.take(epoch, message);
      default:
        message satisfies never;
    }
  }

  ofSpawner(generation: number, message: FromSpawner): void {
    const { loop, lifecycleLog, configurations, onModules } = this.#parts;
    switch (message.type) {
      case 'alive':
        return loop.post({ kind: 'spawner-alive', generation, number: message.number });
      case 'interpreter':
        return lifecycleLog.interpreter(generation, message);
      case 'imported': {
        const configuration = configurations.of(loop.planOf(generation));
        if (!configuration.settings['lazy-apps']) lifecycleLog.imported(generation, message);
        this.#parts.jobs.imported(generation, configuration);
        return loop.post({ kind: 'imported', generation });
      }
      case 'import-failed':
        return loop.post({
          ...{ kind: 'import-failed', generation, sentence: message.sentence },
          isHook: message.isHook === true,
        });
      case 'forked':
        return this.#forked(generation, message);
      case 'job-started':
        return loop.post({ ...message, kind: 'job-up', generation });
      case 'job-task':
      case 'job-queue':
        return this.#parts.jobs.spooled(generation, message);
      case 'worker-failed':
        return loop.post({ ...message, kind: 'worker-failed', generation });
      case 'worker-outworn':
        return loop.post({
          ...{ ...message, kind: 'worker-outworn', generation },
          reason: message.sentence,
        });
      case 'signal-registered':
      case 'signal-raised':
      case 'signal-failed':
      case 'signal-timer':
      case 'signal-cron':
      case 'signal-file':
      case 'signal-dropped':
        return this.#parts.jobs.signals.take(generation, message);
      case 'modules':
        return onModules(message.files);
      case 'worker-started':
        lifecycleLog.workerImported(generation, message);
        return loop.post({ ...message, kind: 'worker-loaded', generation });
      default:
        return;
    }
  }

  #forked(generation: number, message: Extract<FromSpawner, { readonly type: 'forked' }>): void {
    const { loop, lifecycleLog, configurations } = this.#parts;
    const { slot, pid } = message;
    const { threads } = configurations.of(loop.planOf(generation)).settings;
    const isWorker = !isJob(loop.fleet, generation, slot);
    if (isWorker) lifecycleLog.forked(generation, message, threads);
    loop.post({ kind: 'forked', generation, slot, pid });
  }
}

/** A mule or a spooler: it says itself that it has started. */
function isJob(fleet: Fleet, number: number, slot: number): boolean {
  const generation = generationOf(fleet, number);
  return generation !== undefined && jobOf(generation, slot) !== undefined;
}
