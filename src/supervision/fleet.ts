/**
 * What should run and what does: the data that the supervisor works on, and how to find one's way
 * in it. A generation is one reading of the configuration and the code: its spawner and workers. A
 * gateway outlives generations unless its own settings change; its number is its epoch.
 */
import { newChild, type Child } from './lives/child-lifecycle.ts';
import { newScaling, type Scaling, type ScalingTerms } from './scaling/cheaper.ts';

/** What master/main.ts makes of the settings for the supervisor: how many, how long. */
export interface Plan {
  /** Number of the reading of the configuration that this comes from; the master keeps the rest. */
  readonly configuration: number;
  /** 0: nothing but static files; no spawner is started. */
  readonly workers: number;
  /** Which gateway serves this generation; a new number starts a new one on the same listeners. */
  readonly gateway: number;
  readonly mercyMs: number;
  readonly startTimeoutMs: number;
  /** How many workers may be importing at the same time (lazy-apps: the number of cores). */
  readonly startsAtOnce: number;
  /** lazy-apps: each worker imports the application itself. */
  readonly loadsInWorkers: boolean;
  readonly reloadMode: ReloadMode;
  readonly needApplication: boolean;
  /** Age at which a healthy worker is replaced; 0 = never. */
  readonly lifetimeMs: number;
  /** So much later for each further slot, so that not all come of age at once. */
  readonly lifetimeDeltaMs: number;
  /** What a worker's memory may be at most: above it the worker is killed at once. */
  readonly killAbove: MemoryLimits;
  /** cheaper: the number of workers follows the load; undefined: it stays. */
  readonly scaling: ScalingTerms | undefined;
  /** cheap: no worker runs before the first request. */
  readonly startsAsleep: boolean;
  /** So many workers at most where an operator adds them one by one. */
  readonly mostByHand: number;
  /** A brutal reload: the workers of before have so much less time to finish. */
  readonly hurriesOld: boolean;
  /** hook-master-start: it takes over only when these have run. */
  readonly hasHooks: boolean;
  /** Processes with the application that serve no requests. */
  readonly jobs: readonly JobTerms[];
}

/** A mule or a spooler. */
export interface JobTerms {
  /** Beyond those of all workers: a place among the children of its spawner. */
  readonly slot: number;
  readonly kind: JobKind;
  /** For people: "mule 1", "spooler 2". */
  readonly name: string;
  /** What it runs when it is to leave has so long, and no longer than the generation has. */
  readonly mercyMs: number;
}

export type JobKind = 'mule' | 'spooler';

/** Bytes; 0 = no limit. */
export interface MemoryLimits {
  /** How often the memory of each worker is looked at. */
  readonly everyMs: number;
  readonly residentBytes: number;
  readonly addressSpaceBytes: number;
}

export type ReloadMode = 'overlap' | 'rolling' | 'stop-first';
export type Cause = 'start' | 'reload' | 'spawner-lost';

export interface Worker extends Child {
  readonly slot: number;
  /** Should this slot have a worker? A rolling reload takes the old ones back one by one. */
  wanted: boolean;
  /** Why another is to take its place; see retirement.ts. */
  due: string | undefined;
  /** The gateway gives it requests. */
  enabled: boolean;
  /** It has the application, imported or from the spawner, and goes to the gateway. */
  hasLoaded: boolean;
  /** It has been given a request since it is up. */
  hasWorked: boolean;
  /** How often a process was started here, and when the last one was. */
  starts: number;
  startedAtMs: number;
  /** The process that ended here last, as news of its first request can come after its end. */
  lastPid: number | undefined;
}

/** A mule or a spooler of a generation. */
export interface Job extends Child {
  readonly terms: JobTerms;
  starts: number;
}

export interface Spawner extends Child {
  ping: Ping | undefined;
  /** Number of the last question. */
  pings: number;
  /** When it last sent anything. */
  heardAtMs: number;
}

export interface Generation {
  readonly number: number;
  /** As it was read; `scale` changes the number of workers in it. */
  plan: Plan;
  readonly cause: Cause;
  readonly mode: ReloadMode;
  role: 'coming' | 'serving' | 'leaving';
  /** An application was found; 'absent' with need-app = false after a failed import. */
  application: 'unknown' | 'present' | 'absent';
  /** hook-master-start. */
  hooks: 'due' | 'running' | 'done';
  readonly spawner: Spawner;
  readonly workers: Worker[];
  readonly jobs: Job[];
  readonly scaling: Scaling | undefined;
  /** No worker runs until a request comes: cheap, idle. */
  isAsleep: boolean;
  /** Leaving: when its mercy ends. */
  leaveAtMs: number | undefined;
}

/** A question to a gateway or a spawner that it has not answered yet. */
export interface Ping {
  readonly number: number;
  /** Of a spawner: when it was last heard since then. */
  readonly sentAtMs: number;
  /** How many beats have gone by since the one that asked. */
  readonly beats: number;
}

export interface Gateway extends Child {
  readonly epoch: number;
  /** It was told to take clients; `listening`: it says that it does. */
  opened: boolean;
  listening: boolean;
  /** It has nothing more to do for clients. */
  drained: boolean;
  /** It was told to exit. */
  ended: boolean;
  ping: Ping | undefined;
  /** Number of the last question. */
  pings: number;
  /** It is killed because it is of no use: deaf, or not ready in time. */
  isFaulty: boolean;
  /** Since when the system has refused to start it. */
  refusedSinceMs: number | undefined;
  /** Lives in a row, from a deaf one on, that ended before they had answered anything. */
  deafLives: number;
}

export interface Fleet {
  phase: 'starting' | 'serving' | 'stopping' | 'ended';
  everReady: boolean;
  /** What serves has not been announced: its gateway does not listen yet. */
  isAnnouncementDue: boolean;
  suspended: boolean;
  exitCode: number;
  /** When gateways and spawners were last asked whether they still answer. */
  beatAtMs: number | undefined;
  readonly gateways: Gateway[];
  readonly generations: Generation[];
  nextGeneration: number;
  /** Reloads asked for while one is running become one. */
  pendingReload: Plan | undefined;
  /** The newest plan, for when nothing serves. */
  lastPlan: Plan | undefined;
  /** When a serving generation without a spawner is to be replaced; failures in a row of that. */
  replaceAtMs: number | undefined;
  replaceFailures: number;
  /** The last replacement failed because the application does not load. */
  isCodeBroken: boolean;
  /** Since when no worker that dies can be replaced. */
  noReplacementSinceMs: number | undefined;
  /** Failures before the daemon was ever ready. */
  bootFailuresAtMs: readonly number[];
  /** It serves on until then, and stops: shutdown-delay. */
  lingersUntilMs: number | undefined;
  /** Stop: when mercy ends. */
  stopAtMs: number | undefined;
}

export function newFleet(): Fleet {
  return {
    phase: 'starting',
    everReady: false,
    isAnnouncementDue: false,
    suspended: false,
    exitCode: 0,
    beatAtMs: undefined,
    gateways: [],
    generations: [],
    nextGeneration: 1,
    pendingReload: undefined,
    lastPlan: undefined,
    replaceAtMs: undefined,
    replaceFailures: 0,
    isCodeBroken: false,
    noReplacementSinceMs: undefined,
    bootFailuresAtMs: [],
    lingersUntilMs: undefined,
    stopAtMs: undefined,
  };
}

export function newGeneration(
  number: number,
  plan: Plan,
  cause: Cause,
  mode: ReloadMode,
  nowMs: number,
  isAsleep = plan.startsAsleep,
): Generation {
  const wanted = !isAsleep && (mode !== 'rolling' || cause === 'start');
  const workers = Array.from({ length: plan.workers }, (_, index) => ({
    ...newWorker(index + 1, nowMs),
    wanted,
  }));
  return {
    number,
    plan,
    cause,
    mode,
    role: 'coming',
    application: 'unknown',
    hooks: plan.hasHooks && cause !== 'spawner-lost' ? 'due' : 'done',
    spawner: { ...newChild(nowMs), ping: undefined, pings: 0, heardAtMs: nowMs },
    workers,
    jobs: plan.jobs.map((terms) => ({ ...newChild(nowMs), terms, starts: 0 })),
    scaling: plan.scaling && newScaling(plan.scaling, nowMs),
    isAsleep,
    leaveAtMs: undefined,
  };
}

export function newWorker(slot: number, nowMs: number): Worker {
  return {
    ...newChild(nowMs),
    slot,
    wanted: true,
    due: undefined,
    enabled: false,
    hasLoaded: false,
    hasWorked: false,
    starts: 0,
    startedAtMs: nowMs,
    lastPid: undefined,
  };
}

export function newGateway(epoch: number, nowMs: number): Gateway {
  return {
    ...newChild(nowMs),
    epoch,
    opened: false,
    listening: false,
    drained: false,
    ended: false,
    ping: undefined,
    pings: 0,
    isFaulty: false,
    refusedSinceMs: undefined,
    deafLives: 0,
  };
}

/** A stop has been asked for; it may serve on for a while (shutdown-delay). */
export function isStopAsked({ phase, lingersUntilMs }: Fleet): boolean {
  return phase === 'stopping' || phase === 'ended' || lingersUntilMs !== undefined;
}

export function coming(fleet: Fleet): Generation | undefined {
  return fleet.generations.find((generation) => generation.role === 'coming');
}

/** Plans that something serves with, comes up with or waits for, and those of what leaves. */
export interface PlansInUse {
  readonly needed: readonly Plan[];
  readonly leaving: readonly Plan[];
}

export function plansInUse(fleet: Fleet): PlansInUse {
  const plansOf = (generations: readonly Generation[]): Plan[] =>
    generations.map((generation) => generation.plan);
  const next = serving(fleet) === undefined ? fleet.lastPlan : undefined;
  const waiting = [fleet.pendingReload, next].filter((plan) => plan !== undefined);
  const staying = fleet.generations.filter((generation) => generation.role !== 'leaving');
  const leaving = fleet.generations.filter((generation) => generation.role === 'leaving');
  return { needed: [...plansOf(staying), ...waiting], leaving: plansOf(leaving) };
}

export function serving(fleet: Fleet): Generation | undefined {
  return fleet.generations.find((generation) => generation.role === 'serving');
}

export function generationOf(fleet: Fleet, number: number): Generation | undefined {
  return fleet.generations.find((generation) => generation.number === number);
}

export function workerOf(fleet: Fleet, number: number, slot: number): Worker | undefined {
  return generationOf(fleet, number)?.workers[slot - 1];
}

export function gatewayOf(fleet: Fleet, epoch: number): Gateway | undefined {
  return fleet.gateways.find((gateway) => gateway.epoch === epoch);
}
