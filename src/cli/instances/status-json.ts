/** PURE. What `reeve status --json` prints: fields for programs, no sentences. */
import type { Memory, MemoryOf } from './status-table.ts';
import type { Instance } from '../../protocol/operator-messages.ts';
import type { ProcessView, Snapshot, WorkerView } from '../../protocol/snapshot.ts';

const SUSPENDED = ', suspended';

/** One instance; docs/operating.md explains the fields. */
export function statusFields(
  { name, pid, version, files }: Instance,
  { phase, gateways, generations, version: schema, line: _line, ...rest }: Snapshot,
  memoryOf: MemoryOf,
): object {
  const filled = <View extends ProcessView>(view: View): View & Memory => ({
    ...view,
    ...memoryOf(view.pid ?? 0),
  });
  return {
    name,
    pid,
    version,
    files,
    phase: phase.replace(SUSPENDED, ''),
    suspended: phase.endsWith(SUSPENDED),
    schema,
    ...rest,
    gateways: gateways.map(filled),
    generations: generations.map((generation) => ({
      ...generation,
      spawner: filled(generation.spawner),
      workers: generation.workers.map((worker) => workerFields(filled(worker))),
      jobs: (generation.jobs ?? []).map(filled),
    })),
  };
}

/** The requests that it runs stand under the name that the table has. */
function workerFields(worker: WorkerView & Memory): object {
  return { ...worker, now: worker.running ?? [], running: undefined };
}
