/**
 * What can happen to the fleet, and what the supervisor can ask for. The master turns signals,
 * child exits, control messages and the passing of time into events, and carries the effects out.
 */
import type { Fleet, JobKind, Plan } from './fleet.ts';
import type { Load } from './scaling/cheaper.ts';

export interface SlotOf {
  readonly generation: number;
  readonly slot: number;
}

/**
 * `how` is for people: "was killed by SIGKILL", "exited with code 3". `errno`: it is not the
 * child's fault, but the system refused what it needs to start (a process, a descriptor …).
 */
export interface Ended {
  readonly how: string;
  readonly errno?: number | undefined;
}

export interface WorkerMemory extends SlotOf {
  readonly pid: number;
  readonly residentBytes: number;
  readonly addressSpaceBytes: number;
}

export type SupervisionEvent =
  | { readonly kind: 'start'; readonly plan: Plan }
  | { readonly kind: 'reload'; readonly plan: Plan }
  /** After so long, in which it serves on and is not ready for more; a second one is at once. */
  | { readonly kind: 'stop'; readonly delayMs?: number }
  | { readonly kind: 'stop-now' }
  /** So many workers for the generation that serves, until the next reload. */
  | { readonly kind: 'scale'; readonly workers: number }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume' }
  /** Time to ask whether they still answer; a gateway that is silent so long is replaced. */
  | { readonly kind: 'beat'; readonly deafAfterMs: number }
  | { readonly kind: 'gateway-ready'; readonly epoch: number }
  /** It takes clients on every listener. */
  | { readonly kind: 'gateway-opened'; readonly epoch: number }
  | {
      readonly kind: 'gateway-alive';
      readonly epoch: number;
      readonly number: number;
      /** What it has seen since it was asked before; `idle`: workers that run nothing. */
      readonly load?: (Load & { readonly idle: readonly SlotOf[] }) | undefined;
    }
  /** So many workers more, or fewer. */
  | { readonly kind: 'scale-by'; readonly change: number }
  /** No worker is needed until the next request; a request waits for one. */
  | { readonly kind: 'sleep'; readonly why: string }
  | { readonly kind: 'wake' }
  | { readonly kind: 'gateway-drained'; readonly epoch: number }
  | (Ended & { readonly kind: 'gateway-exited'; readonly epoch: number })
  | { readonly kind: 'imported'; readonly generation: number }
  | {
      readonly kind: 'import-failed';
      readonly generation: number;
      readonly sentence: string;
      /** It was a hook and not the application. */
      readonly isHook?: boolean;
    }
  /** Those of hook-master-start have run; `sentence`: why one failed, '' where none has. */
  | { readonly kind: 'hooks-ended'; readonly generation: number; readonly sentence: string }
  | { readonly kind: 'spawner-alive'; readonly generation: number; readonly number: number }
  | (Ended & { readonly kind: 'spawner-exited'; readonly generation: number })
  | (SlotOf & { readonly kind: 'forked'; readonly pid: number })
  | (SlotOf & { readonly kind: 'worker-loaded'; readonly pid: number })
  | (SlotOf & { readonly kind: 'worker-connected'; readonly pid: number })
  | (SlotOf & {
      readonly kind: 'worker-failed';
      readonly pid: number;
      readonly sentence: string;
      readonly isHook?: boolean;
    })
  /** `pid` 0: it was never forked. */
  | (SlotOf & Ended & { readonly kind: 'worker-exited'; readonly pid: number })
  /** It has been given its first request; this may come after its end. */
  | (SlotOf & { readonly kind: 'worker-begun'; readonly pid: number })
  /** It takes no more requests, and is to be replaced. */
  | (SlotOf & { readonly kind: 'worker-due'; readonly pid: number; readonly reason: string })
  /** It serves on, and is to be replaced when its turn comes: see retirement.ts. */
  | (SlotOf & { readonly kind: 'worker-outworn'; readonly pid: number; readonly reason: string })
  /** What the workers that run have of the memory. */
  | { readonly kind: 'memory'; readonly workers: readonly WorkerMemory[] }
  | (SlotOf & {
      readonly kind: 'worker-overran';
      readonly pid: number;
      readonly othersRunning: number;
    })
  /** A mule or a spooler has the application. */
  | (SlotOf & { readonly kind: 'job-up'; readonly pid: number })
  /** The mules, or the spoolers, of what serves are to be started anew. */
  | { readonly kind: 'renew-jobs'; readonly jobs: JobKind }
  | { readonly kind: 'time' };

/** Where a process that has not finished its start hangs is to be logged. */
export interface SlowStart {
  readonly kind: 'show-stacks';
  readonly generation: number;
  readonly worker: { readonly slot: number; readonly pid: number | undefined } | undefined;
  readonly waitedMs: number;
  readonly startTimeoutMs: number;
  /** Each worker imports the application itself, so that one which hangs has not loaded it. */
  readonly isImporting: boolean;
  /** It is ended soon. */
  readonly isLast: boolean;
}

export type Level = 'debug' | 'info' | 'warn' | 'error';

export type Effect =
  | { readonly kind: 'start-gateway'; readonly epoch: number }
  /** A gateway has started (again): tell it of the workers there are, and what it may do. */
  | {
      readonly kind: 'brief-gateway';
      readonly epoch: number;
      readonly enable: readonly SlotOf[];
      /** Workers that were asked to leave: the gateway before may not have told them. */
      readonly drain: readonly SlotOf[];
      readonly open: boolean;
      readonly suspended: boolean;
      readonly application: boolean;
    }
  | { readonly kind: 'open-gateway'; readonly epoch: number }
  | { readonly kind: 'ping-gateway'; readonly epoch: number; readonly number: number }
  /** Starting it again does not help: it is deaf again, or ends again and again. */
  | { readonly kind: 'gateway-lost'; readonly epoch: number; readonly sentence: string }
  | { readonly kind: 'drain-gateway'; readonly epoch: number }
  | { readonly kind: 'end-gateway'; readonly epoch: number }
  | { readonly kind: 'kill-gateway'; readonly epoch: number }
  | { readonly kind: 'forget-gateway'; readonly epoch: number }
  | {
      readonly kind: 'switch';
      readonly epoch: number;
      readonly enable: readonly SlotOf[];
      readonly drain: readonly SlotOf[];
    }
  /** awaited: nothing serves, and the next start is tried soon. */
  | {
      readonly kind: 'application';
      readonly epoch: number;
      readonly state: 'present' | 'absent' | 'awaited';
    }
  | { readonly kind: 'suspend'; readonly epoch: number; readonly suspended: boolean }
  | { readonly kind: 'start-spawner'; readonly generation: number }
  /** hook-master-start is to run now; `hooks-ended` follows. */
  | { readonly kind: 'run-hooks'; readonly generation: number }
  | { readonly kind: 'ping-spawner'; readonly generation: number; readonly number: number }
  | { readonly kind: 'end-spawner'; readonly generation: number }
  | { readonly kind: 'kill-spawner'; readonly generation: number }
  | { readonly kind: 'forget-generation'; readonly generation: number }
  | (SlotOf & { readonly kind: 'fork-worker' })
  | (SlotOf & { readonly kind: 'fork-job' })
  /** It finishes what it runs, and ends. */
  | (SlotOf & { readonly kind: 'end-job'; readonly pid: number })
  | (SlotOf & { readonly kind: 'kill-worker'; readonly pid: number })
  /** A spawner, or this worker, has not loaded the application yet: see slow-starts.ts. */
  | SlowStart
  /** The first generation serves. */
  | { readonly kind: 'ready' }
  /**
   * A new generation has taken over; `asked`: by an operator (not after the loss of a spawner).
   * `configuration`: the number of the reading that it comes from.
   */
  | {
      readonly kind: 'reloaded';
      readonly generation: number;
      readonly configuration: number;
      readonly asked: boolean;
    }
  | {
      readonly kind: 'reload-failed';
      readonly generation: number;
      readonly configuration: number;
      readonly asked: boolean;
      readonly sentence: string;
      readonly exitCode: number;
      /** An old generation serves; a reload that stops it first leaves none. */
      readonly isServed: boolean;
    }
  /** The start has failed; what was started is being killed, and `ended` follows. */
  | {
      readonly kind: 'start-failed';
      readonly exitCode: number;
      /** What the system refused it with. */
      readonly errno?: number | undefined;
      readonly isTimeout: boolean;
      readonly sentence: string;
    }
  | { readonly kind: 'ended'; readonly exitCode: number }
  | {
      readonly kind: 'say';
      readonly level: Level;
      readonly event: string;
      readonly fields: Readonly<Record<string, string | number>>;
      readonly sentence: string;
    };

/** One turn in the making: a copy of the fleet that may be changed, and what is to be done. */
export interface Draft {
  readonly fleet: Fleet;
  readonly effects: Effect[];
  readonly nowMs: number;
}

export function say(
  draft: Draft,
  level: Level,
  event: string,
  fields: Readonly<Record<string, string | number>>,
  sentence: string,
): void {
  draft.effects.push({ kind: 'say', level, event, fields, sentence });
}
