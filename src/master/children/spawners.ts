/**
 * The spawners that run, and the workers that they forked. A worker is its spawner's child, which
 * waits for it; when the spawner has ended, its workers are children of the master (it is their
 * subreaper), which then waits for them itself. The master alone kills a worker: a spawner that is
 * stuck would not.
 */
import { constants } from 'node:os';

import type { Timers } from '../../base/clock.ts';
import { hasChild, randomBytes, waitChild } from '../../base/libc.ts';
import type { FromSpawner, ToSpawner } from '../../protocol/control-messages.ts';
import type { SpawnerSettings } from '../../protocol/spawner-settings.ts';
import { isFromSpawner } from './from-spawner.ts';
import { announceStop, Bells } from './mailboxes.ts';
import type { ControlMessage } from './control-stream.ts';
import {
  becomeOrphan,
  forkedWorker,
  howEnded,
  noteStart,
  type ForkedWorker,
} from './forked-worker.ts';
import { killChildOf, signalChildOf } from './kill.ts';
import { reapStrangers, spawnChild, type ChildEnd, type SpawnedChild } from './spawn.ts';
import type { SlotOf } from '../../supervision/events.ts';
import { wantNamed, type Want } from '../../systemd/limits.ts';
import type { WorkerGroups } from './cgroups.ts';

const titleRoom = 'x'.repeat(220);
/**
 * A worker that was being forked when its spawner died reports itself within this time, or was
 * never forked.
 */
const orphanNewsMs = 2_000;

export interface SpawnerStart {
  /** It has the standard input of the master. */
  readonly hasInput: boolean;
  readonly settings: SpawnerSettings;
  readonly python: string;
  /** How often Python is given -O. */
  readonly optimize: number;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly mercyMs: number;
}

export interface SpawnersParts {
  readonly timers: Timers;
  readonly groups: WorkerGroups;
  readonly lifelineFd: number;
  /** The memory that all Python processes share (descriptor 5). */
  readonly sharedFd: number;
  /** The memory of caches that are kept over a restart, in their order. */
  readonly keptFds: (caches: SpawnerSettings['shared']['caches']) => readonly number[];
  /** The launcher file of the Python shim. */
  readonly program: string;
  /** Descriptor that the application's output goes to. */
  readonly logFd: number;
  readonly onMessage: (generation: number, message: FromSpawner) => void;
  readonly onEnd: (generation: number, end: ChildEnd) => void;
  /** A worker has ended; the spawner or the master has reaped it. */
  readonly onWorkerEnd: (at: SlotOf, pid: number, end: ChildEnd) => void;
  readonly onProblem: (generation: number, sentence: string) => void;
}

interface Entry {
  child: SpawnedChild | undefined;
  readonly workers: Map<number, ForkedWorker>;
  seenTraceback: string;
  /** The spawner has said what the system refused it; it ends after that. */
  want: Want | undefined;
  /** Its applications by their numbers, and the mounts of those that did not load. */
  mounts: readonly string[];
  absent: readonly string[];
  hasLoaded: boolean;
}

export class Spawners {
  readonly #entries = new Map<number, Entry>();
  readonly #parts: SpawnersParts;
  readonly #bells = new Bells();

  constructor(parts: SpawnersParts) {
    this.#parts = parts;
  }

  start(generation: number, parts: SpawnerStart): void {
    const entry = this.#entries.get(generation) ?? newEntry();
    this.#entries.set(generation, entry);
    entry.mounts = parts.settings.applications.map(({ mount }) => mount);
    const child = spawnChild(
      {
        command: parts.python,
        arguments: [...optimizing(parts.optimize), this.#parts.program, titleRoom],
        cwd: parts.cwd,
        inputFd: parts.hasInput ? 0 : undefined,
        environment: parts.environment,
        logFd: this.#parts.logFd,
        lifelineFd: this.#parts.lifelineFd,
        fds: [
          this.#parts.sharedFd,
          ...this.#bells.of(parts.settings.shared.mailboxes),
          ...this.#parts.keptFds(parts.settings.shared.caches),
        ],
      },
      {
        onMessage: (message) => this.#take(generation, entry, message),
        onEnd: (end) => {
          if (entry.child === child) entry.child = undefined;
          const { want = end.want } = entry;
          entry.want = undefined;
          this.#parts.onEnd(generation, { ...end, want });
          this.#adopt(generation, entry);
        },
        onProblem: (sentence) => this.#parts.onProblem(generation, sentence),
      },
    );
    entry.child = child;
    this.#parts.groups.startGeneration(generation, child.pid, parts.mercyMs);
    child.send(parts.settings);
  }

  /** The mounts of applications of this generation that did not load. */
  absentIn(generation: number): readonly string[] {
    return this.#entries.get(generation)?.absent ?? [];
  }

  /** Asks for a worker; before that `announce` gets the token that it will show to the gateway. */
  fork(at: SlotOf, announce: (token: string) => void): void {
    const entry = this.#entry(at.generation);
    const token = randomBytes(16).toString('hex');
    entry.workers.set(at.slot, forkedWorker(token));
    announce(token);
    const { seenTraceback } = entry;
    const cgroup = this.#parts.groups.make(at);
    this.#send(entry, { type: 'fork', slot: at.slot, token, seenTraceback, cgroup });
  }

  /** Workers of a generation that live, with the tokens that they have. */
  workersOf(
    generation: number,
  ): readonly { slot: number; token: string; pid: number | undefined }[] {
    const workers = this.#entries.get(generation)?.workers ?? new Map<number, ForkedWorker>();
    return [...workers].map(([slot, { token, pid }]) => ({ slot, token, pid }));
  }

  /** At once, by SIGKILL; `onWorkerEnd` follows when it has been waited for. */
  killWorker(at: SlotOf, pid: number): void {
    const entry = this.#entry(at.generation);
    const worker = entry.workers.get(at.slot);
    if (worker === undefined) return;
    worker.pid ??= pid;
    worker.isKilled = true;
    this.#kill(entry, worker.pid);
  }

  /** Before jobs are asked to end for good. */
  announceStop(): void {
    announceStop(this.#parts.sharedFd);
  }

  /** Asks a mule or a spooler to end when it has finished what it runs. */
  endJob(at: SlotOf, pid: number): void {
    signalChildOf([this.#entry(at.generation).child?.pid, process.pid], pid, 'SIGTERM');
  }

  /** For mules and spoolers; false where there is no spawner to put it into their mailboxes. */
  signal(generation: number, number: number, mailboxes: readonly string[]): boolean {
    const entry = this.#entries.get(generation);
    if (entry?.child === undefined) return false;
    this.#send(entry, { type: 'signal', number, mailboxes });
    return true;
  }

  /** To be answered by `alive` with the same number. */
  ping(generation: number, number: number): void {
    const entry = this.#entries.get(generation);
    if (entry !== undefined) this.#send(entry, { type: 'ping', number });
  }

  end(generation: number): void {
    const entry = this.#entries.get(generation);
    if (entry !== undefined) this.#send(entry, { type: 'exit' });
  }

  kill(generation: number): void {
    this.#entries.get(generation)?.child?.kill('SIGKILL');
  }

  reopenLogs(): void {
    for (const entry of this.#entries.values()) this.#send(entry, { type: 'reopen-log' });
  }

  pidOf(generation: number): number | undefined {
    return this.#entries.get(generation)?.child?.pid;
  }

  forget(generation: number): void {
    this.#entries.delete(generation);
    this.#parts.groups.endGeneration(generation);
  }

  /** On SIGCHLD: orphans are reaped here, as Node reaps only what it started itself. */
  reapOrphans(): void {
    for (const [generation, entry] of this.#entries) {
      for (const [slot, worker] of [...entry.workers]) {
        if (!worker.isOrphan || worker.pid === undefined) continue;
        const end = waitChild(worker.pid);
        if (end !== undefined) this.#workerEnded({ generation, slot }, entry, worker.pid, end);
      }
    }
    const workers = [...this.#entries.values()].flatMap(({ workers: all }) => [...all.values()]);
    // One whose pid is not known yet is not told from a stranger.
    if (workers.some((worker) => worker.isOrphan && worker.pid === undefined)) return;
    reapStrangers((pid) => workers.some((worker) => worker.pid === pid));
  }

  /** The spawner has ended: what it did not get done for its workers is done by the master. */
  #adopt(generation: number, entry: Entry): void {
    const orphans = [...entry.workers.values()];
    for (const worker of orphans) becomeOrphan(worker);
    this.reapOrphans();
    this.#parts.timers.after(orphanNewsMs, () => {
      for (const [slot, worker] of [...entry.workers]) {
        if (!orphans.includes(worker)) continue;
        if (worker.pid !== undefined) {
          if (!hasChild(worker.pid)) this.#wasReaped({ generation, slot }, entry, worker.pid);
          continue;
        }
        entry.workers.delete(slot);
        this.#parts.groups.workerEnded({ generation, slot }, 'crashed');
        this.#parts.onWorkerEnd({ generation, slot }, 0, { code: -1, signal: -1, isUnborn: true });
      }
    });
  }

  /** By its spawner, which was killed before it said so. */
  #wasReaped(at: SlotOf, entry: Entry, pid: number): void {
    this.#workerEnded(at, entry, pid, { code: -1, signal: -1, isUnseen: true });
  }

  #kill(entry: Entry, pid: number): void {
    killChildOf([entry.child?.pid, process.pid], pid);
  }

  #take(generation: number, entry: Entry, message: ControlMessage): void {
    if (!isFromSpawner(message)) return;
    if (message.type === 'forked') {
      const worker = entry.workers.get(message.slot);
      if (worker === undefined || worker.pid === message.pid) return;
      worker.pid = message.pid;
    }
    if (message.type === 'worker-started' || message.type === 'job-started') {
      noteStart(entry.workers.get(message.slot), message.pid);
    }
    if (message.type === 'worker-started' && !entry.workers.has(message.slot)) {
      // It was given up, as its spawner was lost before it reported the fork.
      return this.#kill(entry, message.pid);
    }
    if (message.type === 'worker-failed') entry.seenTraceback = message.traceback;
    if (message.type === 'worker-started') entry.hasLoaded = true;
    const isNothingLoaded = message.type === 'worker-failed' && !entry.hasLoaded;
    if (message.type === 'import-failed' || isNothingLoaded) entry.absent = entry.mounts;
    if (message.type === 'applications-absent') {
      entry.absent = entry.mounts.filter((_, number) => message.numbers.includes(number));
      return;
    }
    if (message.type === 'fork-failed') {
      const { slot } = message;
      const want = wantNamed(message.error) ?? 'EAGAIN';
      return this.#workerEnded({ generation, slot }, entry, 0, { code: -1, signal: -1, want });
    }
    if (message.type === 'refused') {
      const want = wantNamed(message.error) ?? 'EAGAIN';
      const worker = entry.workers.get(message.slot);
      if (message.slot === 0) entry.want = want;
      else if (worker !== undefined) worker.want = want;
    }
    if (message.type === 'exited') {
      const { slot, pid, code, signal } = message;
      this.#workerEnded({ generation, slot }, entry, pid, { code, signal });
      return;
    }
    this.#parts.onMessage(generation, message);
  }

  #workerEnded(at: SlotOf, entry: Entry, pid: number, end: ChildEnd): void {
    const worker = entry.workers.get(at.slot);
    if (worker === undefined || (worker.pid !== undefined && worker.pid !== pid)) return;
    entry.workers.delete(at.slot);
    const how = howEnded(end, worker);
    const { groups } = this.#parts;
    const isOutOfMemory =
      how === 'crashed' && end.signal === constants.signals.SIGKILL && groups.ranOutOfMemory(at);
    groups.workerEnded(at, how);
    this.#parts.onWorkerEnd(at, pid, { want: worker.want, ...end, isOutOfMemory });
  }

  #send(entry: Entry, message: ToSpawner): void {
    entry.child?.send(message);
  }

  #entry(generation: number): Entry {
    const entry = this.#entries.get(generation);
    if (entry === undefined) throw new Error(`generation ${generation} has no spawner`);
    return entry;
  }
}

function optimizing(level: number): readonly string[] {
  return level === 0 ? [] : [`-${'O'.repeat(level)}`];
}

function newEntry(): Entry {
  return {
    child: undefined,
    workers: new Map(),
    seenTraceback: '',
    want: undefined,
    mounts: [],
    absent: [],
    hasLoaded: false,
  };
}
