/** PURE. What runs, as `reeve status` shows it. */
import type { GatewayStatus } from '../../protocol/control-messages.ts';
import type { InstanceStatus, ProcessView } from '../../protocol/operator-messages.ts';
import type { Child } from '../../supervision/child-lifecycle.ts';
import type { SlotOf } from '../../supervision/events.ts';
import type { Fleet } from '../../supervision/fleet.ts';

/** What runs: for `reeve status`. */
export interface FleetReport {
  readonly fleet: Fleet;
  readonly nowMs: number;
  readonly reports: ReadonlyMap<number, GatewayStatus>;
  readonly line: string;
  readonly spawnerPid: (generation: number) => number | undefined;
  readonly gatewayPid: (epoch: number) => number | undefined;
  readonly chargedBytes?: ((at: SlotOf) => number | undefined) | undefined;
}

export function instanceStatus(report: FleetReport): InstanceStatus {
  const { fleet, nowMs, reports, line } = report;
  const view = (child: Child, pid = child.pid): ProcessView => ({
    pid: pid ?? null,
    state: child.state,
    ageSeconds: Math.max(Math.round((nowMs - child.sinceMs) / 100) / 10, 0),
  });
  const workers = [...reports.values()].flatMap((each) => each.workers);
  return {
    phase: fleet.suspended ? `${fleet.phase}, suspended` : fleet.phase,
    line,
    gateways: fleet.gateways.map((gateway) => {
      const said = reports.get(gateway.epoch);
      return {
        ...view(gateway, report.gatewayPid(gateway.epoch)),
        epoch: gateway.epoch,
        running: said?.running ?? null,
        queued: said?.queued ?? null,
        connections: said?.connections ?? null,
        requests: said?.requests ?? null,
        spool: said?.spool ?? null,
        quarantine: said?.quarantine ?? null,
      };
    }),
    generations: fleet.generations.map((generation) => ({
      number: generation.number,
      role: generation.role,
      spawner: view(generation.spawner, report.spawnerPid(generation.number)),
      workers: generation.workers.map((worker) => {
        const said = workers.find(
          ({ generation: number, slot }) => number === generation.number && slot === worker.slot,
        );
        const { slot } = worker;
        const chargedBytes = report.chargedBytes?.({ generation: generation.number, slot });
        const { now = [], running = [], requests = null } = said ?? {};
        return { ...view(worker), slot, now, running, requests, chargedBytes };
      }),
    })),
  };
}
