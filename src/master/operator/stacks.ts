/** What each thread of each Python process does now: its stack, beside the request that it runs. */
import type { Timers } from '../../base/clock.ts';
import type { RunningRequest } from '../../protocol/gateway-views.ts';
import type { GenerationView, ProcessView, WholeSnapshot } from '../../protocol/snapshot.ts';
import type { ProcessStacksView, StacksView, ThreadView } from '../../protocol/stacks-view.ts';
import { framesOf, withoutOurs } from '../../stacks/frames.ts';
import { readProcessStacks, type ThreadStack } from '../../stacks/stacks.ts';
import { activityOf, kernelWait, sleepsOf, threadsOf } from '../../stacks/system-threads.ts';

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
  const measure = meter(pid, timers);
  const stacks = await readProcessStacks(pid, timers);
  if (stacks.kind === 'none') return { ...view, threads: [], reason: stacks.reason };
  const measured = await measure();
  const threads = stacks.threads.map((stack) => {
    const request = running.find(({ thread }) => thread === stack.slot);
    return threadView({ pid, stack, request, measured: measured.get(stack.id) ?? unmeasured });
  });
  return { ...view, threads, reason: threads.length === 0 ? 'its process has ended' : '' };
}

interface AskedThread {
  readonly pid: number;
  readonly stack: ThreadStack;
  readonly request: RunningRequest | undefined;
  readonly measured: Measured;
}

type Measured = Pick<ThreadView, 'processorShare' | 'sleepsPerSecond' | 'waitsIn'>;

const unmeasured: Measured = { processorShare: null, sleepsPerSecond: null, waitsIn: '' };

/** Begins to measure, before a signal wakes the threads; what it returns ends that. */
function meter(pid: number, timers: Timers): () => Promise<ReadonlyMap<number, Measured>> {
  const startMs = timers.now();
  const before = threadsOf(pid).map((id) => {
    const waitsIn = kernelWait(pid, id);
    return { id, waitsIn, ranNs: activityOf(pid, id)?.processorNs, sleeps: sleepsOf(pid, id) };
  });
  return async () => {
    const leftMs = MEASURE_MIN_MS - (timers.now() - startMs);
    await new Promise<void>((resolve) => void timers.after(Math.max(leftMs, 0), resolve));
    const tookMs = timers.now() - startMs;
    return new Map(
      before.map(({ id, waitsIn, ranNs, sleeps }) => {
        const share = difference(ranNs, activityOf(pid, id)?.processorNs, tookMs * 1_000_000);
        const rate = difference(sleeps, sleepsOf(pid, id), tookMs / 1000);
        const processorShare = share === null ? null : Math.min(Math.round(share * 100) / 100, 1);
        const sleepsPerSecond = rate === null ? null : Math.round(rate);
        return [id, { processorShare, sleepsPerSecond, waitsIn }];
      }),
    );
  };
}

/** By how much a count grows with each unit. */
function difference(from: number | undefined, to: number | undefined, units: number) {
  return from === undefined || to === undefined ? null : (to - from) / units;
}

function threadView({ pid, stack, request, measured }: AskedThread): ThreadView {
  const { id, slot, lines, reason } = stack;
  const frames = framesOf(withoutOurs(lines, request === undefined ? 'application' : 'whole'));
  const doing = reason !== '' ? 'unknown' : frames.length === 0 ? 'idle' : 'code';
  return {
    id,
    isMain: id === pid,
    thread: slot ?? null,
    doing: request === undefined ? doing : 'request',
    request: request ?? null,
    ...measured,
    frames,
    reason,
  };
}
