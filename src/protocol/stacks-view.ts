/**
 * What commands see of an instance beside its snapshot: what its threads do at one moment (`reeve
 * stacks`), and over some time (`reeve profile`), and what has happened of late (`reeve why`).
 */

import type { RecentLine } from '../log/logger.ts';
import type { RecentRequest, RunningRequest, WaitingRequest } from './gateway-views.ts';
import type { DiskView } from './snapshot.ts';

export interface StacksView {
  /** ms since 1970. */
  readonly takenAtMs: number;
  /** Spawner, workers, mules and spoolers, of all generations. */
  readonly processes: readonly ProcessStacksView[];
}

export interface ProcessStacksView {
  /** For people: "worker 1", "spawner", "mule 2". */
  readonly name: string;
  readonly kind: 'spawner' | 'worker' | 'mule' | 'spooler';
  readonly generation: number;
  /** Of its generation: coming, serving, leaving. */
  readonly role: string;
  /** Of a worker; null of others. */
  readonly slot: number | null;
  readonly pid: number | null;
  readonly state: string;
  readonly ageSeconds: number;
  /** The task of a spooler; '' where there is none. */
  readonly task: string;
  /** Threads that run Python, the main thread first. */
  readonly threads: readonly ThreadView[];
  /** Why the threads are not known; '' where they are. */
  readonly reason: string;
}

export interface ThreadView {
  /** As the kernel numbers it. */
  readonly id: number;
  readonly isMain: boolean;
  /** The number of the thread that serves requests; null: another one. */
  readonly thread: number | null;
  /** `idle`: it waits for a request or a task, and runs no code of the application. */
  readonly doing: 'idle' | 'request' | 'code' | 'unknown';
  readonly request: RunningRequest | null;
  /**
   * Of one processor, while the stacks were taken: 0.98. A thread that uses a whole one holds the
   * interpreter, but where C code has let go of it. Null where the kernel does not tell.
   */
  readonly processorShare: number | null;
  /** The function of the kernel in which it slept; '' where it ran, or it is not known. */
  readonly waitsIn: string;
  /** How often it went to sleep by itself, by the second; null where it is not known. */
  readonly sleepsPerSecond: number | null;
  /** The innermost call first, without those of Reeve that called the application. */
  readonly frames: readonly FrameView[];
  /** Why its frames are not known; '' where they are. */
  readonly reason: string;
}

export interface FrameView {
  readonly file: string;
  /** 0 where it is not known. */
  readonly line: number;
  readonly function: string;
}

export interface ProfileView {
  readonly seconds: number;
  /** Where the application runs: paths below it are its own. */
  readonly directory: string;
  /** Places in the code; stacks name them by their index. */
  readonly frames: readonly FrameView[];
  readonly processes: readonly ProcessProfileView[];
}

export interface ProcessProfileView {
  /** For people: "worker 1". */
  readonly name: string;
  readonly pid: number;
  /**
   * How it was sampled: by a thread of the process, or by its stacks once a second, as Python did
   * not run there; `none`: not at all.
   */
  readonly how: 'sampler' | 'stacks' | 'none';
  /** What is missing, and why; '' where nothing is. */
  readonly reason: string;
  readonly stacks: readonly ProfileStackView[];
}

export interface ProfileStackView {
  /** Indexes of frames, the innermost call first. */
  readonly frames: readonly number[];
  /** How long it was seen while a request ran; of other threads, while they used a processor. */
  readonly micros: number;
}

/** What has happened of late: `reeve why` looks at it beside the snapshot and the stacks. */
export interface Evidence {
  /** ms on the master's clock: what lies between two pieces of evidence. */
  readonly atMs: number;
  /** Slow, failed, cut or lost ones of all gateways; the newest first. */
  readonly requests: readonly RecentRequest[];
  /** Those in the queues of the gateways, the oldest first; an older Reeve does not tell them. */
  readonly waiting?: readonly WaitingRequest[];
  /** Warnings and errors of the master and the gateways; the oldest first. */
  readonly lines: readonly RecentLine[];
  /** File systems of this machine that take nothing more, beside those in the snapshot. */
  readonly fullDisks: readonly DiskView[];
  /** Of the workers; absent from an older Reeve. */
  readonly openFiles?: readonly OpenFilesView[];
  readonly machine: MachineView;
}

export interface OpenFilesView {
  readonly worker: number;
  readonly pid: number;
  readonly open: number;
  readonly limit: number;
}

export interface MachineView {
  readonly processors: number;
  /** Processes that want to run, over the last minute. */
  readonly load: number;
  /**
   * For which part of the last ten seconds something had to wait for it, in percent; null where the
   * kernel does not tell.
   */
  readonly waitsForProcessor: number | null;
  readonly waitsForMemory: number | null;
  readonly waitsForDisk: number | null;
}
