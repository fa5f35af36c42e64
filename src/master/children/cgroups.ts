/**
 * The control groups of spawners and workers, where the unit's group is delegated to us: which
 * process is in which, what a killed worker left in its own, and how much memory each has.
 *
 * A group is one process's life, not a slot's: the next worker of a slot gets another directory
 * while children of the last one may still be in theirs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Cancel, Timers } from '../../base/clock.ts';

import type { Logger } from '../../log/logger.ts';
import type { SlotOf } from '../../supervision/events.ts';
import {
  handControllers,
  joinGroup,
  killGroup,
  makeGroup,
  memoryOfGroup,
  oomKillsIn,
  openCgroups,
  pidsIn,
  removeGroup,
  type CgroupOwner,
} from '../../systemd/cgroup.ts';
import { processMemory } from '../../processes/memory.ts';

export interface WorkerGroupsParts {
  /** The delegated group; undefined: there are none, and nothing here does anything. */
  readonly directory: string | undefined;
  readonly logger: Logger;
  readonly timers: Timers;
}

/** How a worker ended: by itself, by a signal that Reeve did not send, by our SIGKILL. */
export type WorkerEnd = 'exited' | 'crashed' | 'killed';

/** A group whose process has ended. */
interface Leaving {
  readonly directory: string;
  readonly about: SlotOf;
  /** When what is left in it is killed; Infinity: never. */
  killAtMs: number;
}

const LOOK_MS = 500;

export class WorkerGroups {
  readonly #parts: WorkerGroupsParts;
  readonly #mercyMs = new Map<number, number>();
  readonly #current = new Map<string, string>();
  #leaving: Leaving[] = [];
  #stopLooking: Cancel = () => {};

  constructor(parts: WorkerGroupsParts) {
    this.#parts = parts;
  }

  /** A generation's spawner has been started. */
  startGeneration(generation: number, pid: number | undefined, mercyMs: number): void {
    this.#mercyMs.set(generation, mercyMs);
    this.#attempt(`generation-${generation}`, (directory) => {
      makeGroup(directory);
      handControllers(directory);
      const spawner = makeGroup(join(directory, 'spawner'));
      if (pid !== undefined) joinGroup(spawner, pid);
    });
  }

  /** A group for the worker that is about to be forked; '' where it goes without. */
  make(at: SlotOf): string {
    const made = this.#attempt(`generation-${at.generation}`, (generation) => {
      let directory = join(generation, `worker-${at.slot}`);
      for (let next = 2; existsSync(directory) && !removeGroup(directory); next += 1) {
        directory = join(generation, `worker-${at.slot}-${next}`);
      }
      return makeGroup(directory);
    });
    if (made === undefined) return '';
    this.#current.set(keyOf(at), made);
    return made;
  }

  /** Whether the kernel has killed a process of the worker's group for want of memory. */
  ranOutOfMemory(at: SlotOf): boolean {
    const directory = this.#current.get(keyOf(at));
    return directory !== undefined && oomKillsIn(directory) > 0;
  }

  /** The worker has been reaped; children of its own may be in its group still. */
  workerEnded(at: SlotOf, how: WorkerEnd): void {
    const directory = this.#current.get(keyOf(at));
    if (directory === undefined) return;
    this.#current.delete(keyOf(at));
    const mercyMs = this.#mercyMs.get(at.generation) ?? 0;
    const waitMs = { exited: Infinity, crashed: mercyMs, killed: 0 }[how];
    this.#leaving.push({ directory, about: at, killAtMs: this.#parts.timers.now() + waitMs });
    this.#look();
  }

  /** The generation is over. */
  endGeneration(generation: number): void {
    this.#mercyMs.delete(generation);
    this.#attempt(`generation-${generation}`, (directory) => {
      const about = { generation, slot: 0 };
      for (const each of [join(directory, 'spawner'), directory]) {
        this.#leaving.push({ directory: each, about, killAtMs: Infinity });
      }
      this.#look();
    });
  }

  /** What the kernel charges to a worker; its resident memory where it keeps no such account. */
  memoryOf(at: SlotOf, pid: number): number | undefined {
    return this.chargedTo(at) ?? processMemory(pid)?.residentBytes;
  }

  /** The kernel's account alone; undefined where it keeps none. */
  chargedTo(at: SlotOf): number | undefined {
    const directory = this.#current.get(keyOf(at));
    return directory === undefined ? undefined : memoryOfGroup(directory);
  }

  close(): void {
    this.#stopLooking();
  }

  #look(): void {
    this.#stopLooking();
    const { timers } = this.#parts;
    const nowMs = timers.now();
    for (const each of this.#leaving) {
      if (each.killAtMs <= nowMs) this.#kill(each);
    }
    this.#leaving = this.#leaving.filter(({ directory }) => !removeGroup(directory));
    if (this.#leaving.length === 0) return;
    this.#stopLooking = timers.after(LOOK_MS, () => this.#look());
  }

  #kill(leaving: Leaving): void {
    const { directory, about } = leaving;
    const pids = pidsIn(directory);
    leaving.killAtMs = Infinity;
    if (pids.length === 0) return;
    const names = pids.map((pid) => `${nameOf(pid)} (pid ${pid})`).slice(0, 10);
    killGroup(directory);
    const sentence = `killed processes that worker ${about.slot} left behind: ${names.join(', ')}`;
    this.#parts.logger.warn('worker.leftovers', { ...about, count: pids.length }, sentence);
  }

  /** A kernel that refuses costs the group, not the worker. */
  #attempt<T>(name: string, action: (directory: string) => T): T | undefined {
    const { directory, logger } = this.#parts;
    if (directory === undefined) return undefined;
    try {
      return action(join(directory, name));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.debug('cgroup.off', {}, `no control group ${name} of ${dirname(directory)}: ${why}`);
      return undefined;
    }
  }
}

/** Leaves the unit's control group for one below it, where it is delegated; as root, still. */
export function openWorkerGroups(
  logger: Logger,
  timers: Timers,
  owner: CgroupOwner | undefined,
): WorkerGroups {
  const opened = openCgroups(owner);
  if (opened.kind === 'off') logger.debug('cgroup.off', {}, opened.why);
  return new WorkerGroups({
    directory: opened.kind === 'off' ? undefined : opened.directory,
    logger,
    timers,
  });
}

function keyOf({ generation, slot }: SlotOf): string {
  return `${generation}.${slot}`;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'a process';
  }
}
