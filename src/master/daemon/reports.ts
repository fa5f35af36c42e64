/** What runs, for commands and for monitoring: what the master knows, and what gateways report. */
import type { Timers } from '../../base/clock.ts';
import { cpuSecondsOf } from '../../processes/processor-time.ts';
import { processMemory } from '../../processes/memory.ts';
import type { GatewayHistory, GatewayStatus } from '../../protocol/control-messages.ts';
import type { DiskView, SystemdView } from '../../protocol/snapshot.ts';
import type { Fleet } from '../../supervision/fleet.ts';
import type { KeptCaches } from '../keeping/kept-caches.ts';
import type { WorkerGroups } from '../children/cgroups.ts';
import { GatewayReports } from '../children/gateway-reports.ts';
import type { Gateways } from '../children/gateways.ts';
import type { Spawners } from '../children/spawners.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { LifecycleLog } from '../reporting/lifecycle-log.ts';
import type { RequestTotals } from '../reporting/request-totals.ts';
import type { ServiceStatus } from '../reporting/service-status.ts';
import type { FleetReport } from '../reporting/snapshot.ts';
import { sharedState } from '../settings/shared-state.ts';
import type { Configurations } from '../settings/configurations.ts';
import { configuredFacts } from './configured-facts.ts';
import { Disks, type DiskPlace } from './disks.ts';
import { sharedView } from './shared-view.ts';

export interface ReportsParts {
  readonly timers: Timers;
  readonly fleet: () => Fleet;
  /** The time that events of the supervisor have. */
  readonly now: () => number;
  readonly dateMs: () => number;
  readonly gateways: Gateways;
  readonly spawners: Spawners;
  readonly groups: WorkerGroups;
  readonly configurations: Configurations;
  readonly lifecycleLog: LifecycleLog;
  readonly service: ServiceStatus;
  readonly systemd: SystemdView;
  readonly totals: RequestTotals;
  readonly jobs: Jobs;
  readonly sharedFd: number;
  readonly keptCaches: KeptCaches;
}

export class Reports {
  readonly #parts: ReportsParts;
  readonly #disks: Disks;
  readonly #otherDisks: Disks;
  readonly #status: GatewayReports<GatewayStatus>;
  readonly #history: GatewayReports<GatewayHistory>;

  constructor(parts: ReportsParts) {
    const { timers, gateways } = parts;
    this.#parts = parts;
    this.#disks = new Disks(timers);
    this.#otherDisks = new Disks(timers);
    this.#status = new GatewayReports({
      timers,
      ask: (epoch, number) => gateways.send(epoch, { type: 'report-status', number }),
    });
    this.#history = new GatewayReports({
      timers,
      ask: (epoch, number) => gateways.send(epoch, { type: 'report-history', number }),
    });
  }

  async ofFleet(): Promise<FleetReport> {
    const { configurations, lifecycleLog, gateways, spawners, groups, jobs } = this.#parts;
    const { settings, directory } = configurations.inForce;
    const facts = configuredFacts(configurations, this.#parts.fleet());
    const [reports, disks] = await Promise.all([
      this.#status.ask(this.#epochs()),
      this.#disks.look(facts.diskPlaces),
    ]);
    return {
      fleet: this.#parts.fleet(),
      nowMs: this.#parts.now(),
      dateMs: this.#parts.dateMs(),
      reports,
      line: this.#parts.service.line(),
      spawnerPid: (generation) => spawners.pidOf(generation),
      gatewayPid: (epoch) => gateways.pidOf(epoch),
      chargedBytes: (at) => groups.chargedTo(at),
      memory: processMemory,
      cpuSeconds: cpuSecondsOf,
      ...facts,
      disks,
      lostThreads: (generation) => lifecycleLog.lostThreads(generation),
      reloads: lifecycleLog.history.last,
      systemd: this.#parts.systemd,
      totals: {
        ...this.#parts.totals.all,
        ...lifecycleLog.counts,
        reloads: lifecycleLog.history.counts,
      },
      busiest: this.#parts.service.traffic.busiest,
      jobs: jobs.view(configurations.inForce.spool.own),
      shared: sharedView(sharedState(settings), {
        sharedFd: this.#parts.sharedFd,
        keptFd: (terms) => this.#parts.keptCaches.descriptorOf(terms),
        directory,
      }),
      spoolerAt: (generation, slot) => jobs.spoolerAt(generation, slot),
    };
  }

  /** How full the file systems of these places are. */
  disksAt(places: readonly DiskPlace[]): Promise<readonly DiskView[]> {
    return this.#otherDisks.look(places);
  }

  /** What has happened of late, by gateway. */
  async history(): Promise<readonly GatewayHistory[]> {
    return [...(await this.#history.ask(this.#epochs())).values()];
  }

  take(epoch: number, report: GatewayStatus | GatewayHistory): void {
    if (report.type === 'status') this.#status.take(epoch, report);
    else this.#history.take(epoch, report);
  }

  /** Those that answer. */
  #epochs(): readonly number[] {
    return this.#parts
      .fleet()
      .gateways.filter(({ state }) => state === 'up' || state === 'draining')
      .map(({ epoch }) => epoch);
  }
}
