/** Where the threads of an instance are for some time: all its workers, mules and spoolers. */
import type { Timers } from '../../base/clock.ts';
import type { FrameView, ProfileView } from '../../protocol/stacks-view.ts';
import type { WholeSnapshot } from '../../protocol/snapshot.ts';
import { profileProcess, type ProcessProfile } from '../../stacks/profile.ts';

/** How often it is looked for processes that have been started meanwhile, as by a reload. */
const LOOK_MS = 2_000;
/** A process that starts later is left out. */
const REST_MIN_MS = 1_000;

export interface ProfileParts {
  readonly look: () => Promise<WholeSnapshot>;
  readonly ms: number;
  readonly timers: Timers;
}

interface Profiled {
  readonly name: string;
  readonly pid: number;
  readonly profile: ProcessProfile;
}

/** Resolves when the time is over. */
export async function profileOf({ look, ms, timers }: ProfileParts): Promise<ProfileView> {
  const endMs = timers.now() + ms;
  const begun = new Map<number, Promise<Profiled>>();
  let directory = '';
  for (let restMs = ms; restMs > 0; restMs = endMs - timers.now()) {
    const snapshot = await look();
    directory = snapshot.process.directory;
    for (const { name, pid } of processesOf(snapshot)) {
      if (begun.has(pid) || (begun.size > 0 && restMs < REST_MIN_MS)) continue;
      const number = `${Math.round(endMs)}`;
      const order = { pid, number, ms: Math.max(endMs - timers.now(), 1), timers };
      begun.set(
        pid,
        profileProcess(order).then((profile) => ({ name, pid, profile })),
      );
    }
    const waitMs = Math.max(Math.min(LOOK_MS, endMs - timers.now()), 0);
    await new Promise<void>((resolve) => void timers.after(waitMs, resolve));
  }
  return viewOf(await Promise.all(begun.values()), ms / 1000, directory);
}

function processesOf({ generations }: WholeSnapshot): readonly { name: string; pid: number }[] {
  return generations
    .flatMap(({ workers, jobs = [] }) => [
      ...workers.map((worker) => ({ ...worker, name: `worker ${worker.slot}` })),
      ...jobs,
    ])
    .filter(({ state }) => state === 'up' || state === 'draining')
    .flatMap(({ name, pid }) => (pid === null ? [] : [{ name, pid }]));
}

/** Each place in the code stands in it once. */
function viewOf(profiles: readonly Profiled[], seconds: number, directory: string): ProfileView {
  const frames: FrameView[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (frame: FrameView): number => {
    const key = `${frame.line} ${frame.function}\t${frame.file}`;
    const known = indexes.get(key);
    if (known !== undefined) return known;
    indexes.set(key, frames.length);
    return frames.push(frame) - 1;
  };
  const processes = profiles.map(({ name, pid, profile: { how, reason, stacks } }) => ({
    ...{ name, pid, how, reason },
    stacks: stacks
      .filter(({ micros }) => micros > 0)
      .map((stack) => ({ ...stack, frames: stack.frames.map(indexOf) })),
  }));
  return { seconds, directory, frames, processes };
}
