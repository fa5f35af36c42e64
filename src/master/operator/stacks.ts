/** What each thread of each Python process does now: its stack, beside the request that it runs. */
import type { Timers } from '../../base/clock.ts';
import type { RunningRequest } from '../../protocol/gateway-views.ts';
import type { GenerationView, ProcessView, WholeSnapshot } from '../../protocol/snapshot.ts';
import type { ProcessStacksView, StacksView, ThreadView } from '../../protocol/stacks-view.ts';
import { framesOf, withoutOurs } from '../../stacks/frames.ts';
import { readProcessStacks, type ThreadStack } from '../../stacks/stacks.ts';
import { processorNs, threadsOf } from '../../stacks/system-threads.ts';

/** For so long it is measured at least how much each thread computes. */
const MEASURE_MIN_MS = 200;

/** A process, and what its threads run. */
interface Process {
  readonly view: Omit<ProcessStacksView, 'threads' | 'reason'>;
  readonly running: readonly RunningRequest[];
}

/** Asks all processes at once. */
export async function stacksOf(snapshot: WholeSnapshot, timers: Timers): Promise<StacksView> {
  const processes = snapshot.generations.flatMap(processesOf);
  return {
    takenAtMs: snapshot.takenAtMs,
    processes: await Promise.all(processes.map((each) => stacksOfProcess(each, timers))),
  };
}

function processesOf(generation: GenerationView): readonly Process[] {
  const { number, role, spawner, workers, jobs = [] } = generation;
  const common = ({ pid, state, ageSeconds }: ProcessView) => ({
    ...{ generation: number, role, slot: null, task: '' },
    ...{ pid, state, ageSeconds },
  });
  const all: readonly Process[] = [
    { view: { name: 'spawner', kind: 'spawner', ...common(spawner) }, running: [] },
    ...workers.map((worker) => {
      const { slot, running = [] } = worker;
      const name = `worker ${slot}`;
      return { view: { ...common(worker), name, kind: 'worker', slot } as const, running };
    }),
    ...jobs.map((job) => {
      const kind = job.kind === 'mule' ? 'mule' : 'spooler';
      const { name, task } = job;
      return { view: { ...common(job), name, kind, task } as const, running: [] };
    }),
  ];
  return all.filter(({ view }) => view.pid !== null);
}

async function stacksOfProcess(process: Process, timers: Timers): Promise<ProcessStacksView> {
  const { view, running } = process;
  const pid = view.pid ?? 0;
  const share = processorMeter(pid, timers);
  const stacks = await readProcessStacks(pid, timers);
  if (stacks.kind === 'none') return { ...view, threads: [], reason: stacks.reason };
  const shares = await share();
  const threads = stacks.threads.map((stack) => {
    const request = running.find(({ thread }) => thread === stack.slot);
    return threadView(pid, stack, request, shares.get(stack.id));
  });
  return { ...view, threads, reason: threads.length === 0 ? 'its process has ended' : '' };
}

/** Begins to measure; the function that it returns ends that. */
function processorMeter(
  pid: number,
  timers: Timers,
): () => Promise<ReadonlyMap<number, number | undefined>> {
  const startMs = timers.now();
  const before = new Map(threadsOf(pid).map((id) => [id, processorNs(pid, id)]));
  return async () => {
    const leftMs = MEASURE_MIN_MS - (timers.now() - startMs);
    await new Promise<void>((resolve) => void timers.after(Math.max(leftMs, 0), resolve));
    const tookNs = (timers.now() - startMs) * 1_000_000;
    return new Map(
      [...before].map(([id, from]) => {
        const to = processorNs(pid, id);
        if (from === undefined || to === undefined) return [id, undefined];
        return [id, Math.min(Math.round(((to - from) / tookNs) * 100) / 100, 1)];
      }),
    );
  };
}

function threadView(
  pid: number,
  { id, slot, lines, reason }: ThreadStack,
  request: RunningRequest | undefined,
  processorShare: number | undefined,
): ThreadView {
  const frames = framesOf(withoutOurs(lines, request === undefined ? 'application' : 'whole'));
  const doing = reason !== '' ? 'unknown' : frames.length === 0 ? 'idle' : 'code';
  return {
    id,
    isMain: id === pid,
    thread: slot ?? null,
    doing: request === undefined ? doing : 'request',
    request: request ?? null,
    processorShare: processorShare ?? null,
    frames,
    reason,
  };
}
