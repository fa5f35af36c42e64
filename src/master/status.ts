/** PURE. The fleet, for people: the lines that SIGUSR1 logs, and the one that systemd shows. */
import type { FromGateway } from '../protocol/control-messages.ts';
import type { SlotOf } from '../supervision/events.ts';
import { coming, serving, type Fleet } from '../supervision/fleet.ts';

export type GatewayStatus = Extract<FromGateway, { type: 'status' }>;

/** What a worker's memory is, in bytes; undefined where it is not known. */
export type MemoryOf = (at: SlotOf, pid: number) => number | undefined;

/** One line a generation. */
export function fleetLines(fleet: Fleet, nowMs: number, memoryOf: MemoryOf): readonly string[] {
  return fleet.generations.map((generation) => {
    const workers = generation.workers.map((worker) => {
      const seconds = Math.round((nowMs - worker.sinceMs) / 1000);
      const pid = worker.pid === undefined ? '' : ` pid ${worker.pid}`;
      const at = { generation: generation.number, slot: worker.slot };
      const bytes = worker.pid === undefined ? undefined : memoryOf(at, worker.pid);
      const memory = bytes === undefined ? '' : ` with ${Math.round(bytes / 1024 / 1024)} MB`;
      return `worker ${worker.slot}${pid} ${worker.state} for ${seconds} s${memory}`;
    });
    const spawner = `spawner ${generation.spawner.state}`;
    return `generation ${generation.number} (${generation.role}): ${[spawner, ...workers].join(', ')}`;
  });
}

/** What the gateway says of itself; one line for each worker that is running a request. */
export function gatewayLines(status: GatewayStatus): readonly string[] {
  const { running, queued, connections, requests, droppedLogLines } = status;
  const first =
    `gateway: ${running} requests running, ${queued} waiting, ${connections} connections, ` +
    `${requests} requests since the start, ${droppedLogLines} access log lines dropped`;
  const busy = status.workers
    .filter((worker) => worker.now.length > 0)
    .map(
      (worker) =>
        `worker ${worker.slot} of generation ${worker.generation}: ${worker.now.join('; ')}`,
    );
  return [first, ...busy];
}

/** For `systemctl status`. */
export function statusLine(fleet: Fleet): string {
  const generation = serving(fleet);
  const next = coming(fleet);
  if (fleet.phase === 'stopping') return 'stopping';
  if (generation === undefined) return 'starting';
  const up = generation.workers.filter((worker) => worker.state === 'up').length;
  const reloading = next === undefined ? '' : `, generation ${next.number} is coming up`;
  const suspended = fleet.suspended ? ', suspended' : '';
  if (generation.application === 'absent') return `serving 500: no application${reloading}`;
  return `serving: generation ${generation.number}, ${up} of ${generation.workers.length} workers up${reloading}${suspended}`;
}
