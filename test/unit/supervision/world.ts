/**
 * A world in which the supervisor's effects happen: processes that start, become ready, die and
 * leave, in an order that a seeded generator of chance decides. It holds the rules that must be
 * true in any order, and checks them at every step.
 */
import assert from 'node:assert/strict';
import type { Effect, SlotOf, SupervisionEvent } from '../../../src/supervision/events.ts';
import {
  newFleet,
  serving,
  workerOf,
  type Fleet,
  type Plan,
} from '../../../src/supervision/fleet.ts';
import { nextDeadline, step } from '../../../src/supervision/supervisor.ts';

export const plan: Plan = {
  configuration: 1,
  workers: 2,
  gateway: 1,
  mercyMs: 5_000,
  startTimeoutMs: 20_000,
  startsAtOnce: 2,
  loadsInWorkers: false,
  reloadMode: 'overlap',
  needApplication: true,
  lifetimeMs: 0,
  lifetimeDeltaMs: 0,
  scaling: undefined,
  startsAsleep: false,
  mostByHand: 100,
  hurriesOld: false,
  hasHooks: false,
  jobs: [],
  killAbove: { everyMs: 3_000, residentBytes: 0, addressSpaceBytes: 0 },
};

interface Process {
  readonly kind: 'gateway' | 'spawner' | 'worker';
  readonly number: number;
  readonly slot: number;
  readonly pid: number;
  isReady: boolean;
  isLeaving: boolean;
  leaveAskedAtMs: number | undefined;
  mayBeKilled: boolean;
  /** It has received SIGKILL. */
  isKilled: boolean;
  /** It runs, and answers nothing. */
  isDeaf: boolean;
}

/** A small generator of chance that a seed repeats (mulberry32). */
export function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class World {
  fleet: Fleet = newFleet();
  nowMs = 1_000;
  processes: Process[] = [];
  readonly effects: Effect[] = [];
  /** Generations whose code does not import. */
  readonly broken = new Set<number>();
  isEveryNewGenerationBroken = false;
  /** Each is stopped while it imports. */
  isEveryNewSpawnerDeaf = false;
  isStoppedNow = false;
  /** The system refuses every process that is to be started. */
  isFull = false;
  #pid = 100;
  /** Processes that have been given a request, as far as the supervisor has heard of it. */
  readonly #worked = new Set<number>();
  /** What deaf spawners have not done: forks, and reports of workers that have ended. */
  #undone: (SlotOf & { readonly pid: number })[] = [];

  /** Every effect since the last call. */
  takeEffects(): Effect[] {
    return this.effects.splice(0);
  }

  post(event: SupervisionEvent): void {
    if (event.kind === 'stop' && this.fleet.phase === 'stopping') this.isStoppedNow = true;
    if (event.kind === 'stop-now') this.isStoppedNow = true;
    const turn = step(this.fleet, event, this.nowMs);
    this.fleet = turn.fleet;
    for (const effect of turn.effects) this.#carryOut(effect);
    this.effects.push(...turn.effects);
    this.#checkRules();
  }

  /** Lets time pass, through each deadline on the way. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let turns = 0; turns < 1000; turns += 1) {
      const deadlineMs = nextDeadline(this.fleet, this.nowMs);
      if (deadlineMs === undefined || deadlineMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, deadlineMs);
      this.post({ kind: 'time' });
      assert.ok(turns < 999, 'the deadline never moves: the master would spin');
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** Whatever can happen next to this process, happens. */
  advance(process: Process): void {
    if (process.isDeaf && process.kind === 'spawner' && !process.isLeaving) return;
    if (process.isLeaving || process.isReady) {
      if (process.isLeaving) this.end(process);
      return;
    }
    process.isReady = true;
    if (process.kind === 'gateway') this.post({ kind: 'gateway-ready', epoch: process.number });
    if (process.kind === 'spawner') {
      if (this.broken.has(process.number)) {
        const sentence = 'no such module';
        this.post({ kind: 'import-failed', generation: process.number, sentence });
        this.end(process);
      } else this.post({ kind: 'imported', generation: process.number });
    }
    if (process.kind === 'worker') {
      const at = { generation: process.number, slot: process.slot };
      this.post({ kind: 'worker-connected', ...at, pid: process.pid });
    }
  }

  /** The process ends; who had to hear of it hears. */
  end(process: Process): void {
    if (!this.processes.includes(process)) return;
    // The stream that says `forked` says `exited` after it.
    this.deliver();
    if (!this.processes.includes(process)) return;
    this.processes = this.processes.filter((other) => other !== process);
    const how = 'ended';
    if (process.kind === 'gateway') {
      // It may not have told them.
      for (const each of this.processes) {
        if (each.kind === 'worker' && !each.isKilled) each.isLeaving = false;
      }
      this.post({ kind: 'gateway-exited', epoch: process.number, how });
    } else if (process.kind === 'spawner') {
      this.post({ kind: 'spawner-exited', generation: process.number, how });
      // The master is the parent now.
      const orphans = this.#undone.filter(({ generation }) => generation === process.number);
      this.#undone = this.#undone.filter((each) => !orphans.includes(each));
      for (const orphan of orphans) this.post({ kind: 'worker-exited', ...orphan, how });
    } else {
      const at = { generation: process.number, slot: process.slot };
      if (this.find('spawner', process.number)?.isDeaf === true) {
        return void this.#undone.push({ ...at, pid: process.pid });
      }
      this.post({ kind: 'worker-exited', ...at, pid: process.pid, how });
    }
  }

  /** A worker is given its first request; the news of it is on its way. */
  work({ kind, isReady, number: generation, slot, pid }: Process): void {
    const isServing = workerOf(this.fleet, generation, slot)?.enabled === true;
    if (kind !== 'worker' || !isReady || !isServing) return;
    this.#later.push({ kind: 'worker-begun', generation, slot, pid });
  }

  /** A worker says that it has had enough. */
  wearOut({ kind, number: generation, slot, pid }: Process): void {
    if (kind !== 'worker') return;
    this.post({ kind: 'worker-outworn', generation, slot, pid, reason: 'it has grown' });
  }

  /** Workers come of age no more, so that the fleet can come to rest. */
  endOfAging(): void {
    const withoutAge = (each: Plan): Plan => ({ ...each, lifetimeMs: 0 });
    for (const generation of this.fleet.generations) generation.plan = withoutAge(generation.plan);
    const { pendingReload, lastPlan } = this.fleet;
    if (pendingReload !== undefined) this.fleet.pendingReload = withoutAge(pendingReload);
    if (lastPlan !== undefined) this.fleet.lastPlan = withoutAge(lastPlan);
  }

  /** The gateway that serves answers nothing any more. */
  makeGatewayDeaf(): void {
    const gateway = this.processes.find((each) => each.kind === 'gateway' && each.isReady);
    if (gateway !== undefined) gateway.isDeaf = true;
  }

  /** This spawner, or any, does nothing any more: it was stopped. */
  makeSpawnerDeaf(number?: number): void {
    const spawner = this.find('spawner', number);
    if (spawner !== undefined) spawner.isDeaf = true;
  }

  /** Beats once a second, as the master does. */
  beats(seconds: number, deafAfterMs = 10_000): void {
    for (let second = 0; second < seconds; second += 1) {
      this.post({ kind: 'beat', deafAfterMs });
      this.deliver();
      this.pass(1_000);
    }
  }

  /** Everything that can go on goes on until nothing does. */
  settle(): void {
    for (let turns = 0; turns < 500; turns += 1) {
      const next = this.processes.find(
        ({ isLeaving, isReady, isDeaf, kind }) =>
          isLeaving || (!isReady && !(isDeaf && kind === 'spawner')),
      );
      if (next === undefined) return;
      this.advance(next);
    }
    assert.fail('the world does not come to rest');
  }

  find(kind: Process['kind'], number?: number, slot?: number): Process | undefined {
    return this.processes.find(
      (process) =>
        process.kind === kind &&
        (number === undefined || process.number === number) &&
        (slot === undefined || process.slot === slot),
    );
  }

  #start(kind: Process['kind'], number: number, slot: number): Process {
    const twin = this.find(kind, number, slot);
    assert.equal(twin, undefined, `two children in one slot: ${kind} ${number}/${slot}`);
    this.#pid += 1;
    const process: Process = {
      kind,
      number,
      slot,
      pid: this.#pid,
      isReady: false,
      isLeaving: false,
      leaveAskedAtMs: undefined,
      mayBeKilled: false,
      isKilled: false,
      isDeaf: false,
    };
    this.processes.push(process);
    return process;
  }

  /** The end of a child that the system does not let start. */
  #refuse(effect: Effect): boolean {
    const ended = { how: 'could not be started', errno: 11 };
    if (effect.kind === 'start-gateway') {
      this.#later.push({ kind: 'gateway-exited', epoch: effect.epoch, ...ended });
    } else if (effect.kind === 'start-spawner') {
      this.#later.push({ kind: 'spawner-exited', generation: effect.generation, ...ended });
    } else if (effect.kind === 'fork-worker') {
      const { generation, slot } = effect;
      this.#later.push({ kind: 'worker-exited', generation, slot, pid: 0, ...ended });
    } else return false;
    return true;
  }

  #carryOut(effect: Effect): void {
    if (this.isFull && this.#refuse(effect)) return;
    if (effect.kind === 'start-gateway') this.#start('gateway', effect.epoch, 0);
    if (effect.kind === 'start-spawner') {
      if (this.isEveryNewGenerationBroken) this.broken.add(effect.generation);
      this.#start('spawner', effect.generation, 0).isDeaf = this.isEveryNewSpawnerDeaf;
    }
    if (effect.kind === 'fork-worker') {
      const at = { generation: effect.generation, slot: effect.slot };
      if (this.find('spawner', effect.generation)?.isDeaf === true) {
        this.#undone.push({ ...at, pid: 0 });
      } else {
        const { pid } = this.#start('worker', effect.generation, effect.slot);
        this.#later.push({ kind: 'forked', ...at, pid });
      }
    }
    const isOpened = effect.kind === 'brief-gateway' && effect.open;
    if (effect.kind === 'open-gateway' || isOpened) {
      this.#later.push({ kind: 'gateway-opened', epoch: effect.epoch });
    }
    if (effect.kind === 'ping-gateway' && this.find('gateway', effect.epoch)?.isDeaf === false) {
      this.#later.push({ kind: 'gateway-alive', epoch: effect.epoch, number: effect.number });
    }
    if (effect.kind === 'ping-spawner') {
      const { generation, number } = effect;
      const isDeaf = this.find('spawner', generation)?.isDeaf !== false;
      if (!isDeaf) this.#later.push({ kind: 'spawner-alive', generation, number });
    }
    if (effect.kind === 'kill-gateway') this.#leave('gateway', effect.epoch, 0);
    if (effect.kind === 'end-gateway') this.#leave('gateway', effect.epoch, 0);
    if (effect.kind === 'drain-gateway')
      this.#later.push({ kind: 'gateway-drained', epoch: effect.epoch });
    if (effect.kind === 'kill-spawner') this.#leave('spawner', effect.generation, 0);
    if (effect.kind === 'end-spawner') {
      const isDeaf = this.find('spawner', effect.generation)?.isDeaf === true;
      if (!isDeaf) this.#leave('spawner', effect.generation, 0);
    }
    if (effect.kind === 'brief-gateway') for (const at of effect.drain) this.#askToLeave(at);
    if (effect.kind === 'switch') for (const slot of effect.drain) this.#askToLeave(slot);
    if (effect.kind === 'kill-worker') this.#kill(effect);
  }

  readonly #later: SupervisionEvent[] = [];

  /** Messages that are on their way: forked, drained. */
  deliver(count = Infinity): void {
    for (let delivered = 0; delivered < count; delivered += 1) {
      const event = this.#later.shift();
      if (event === undefined) return;
      if (event.kind === 'worker-begun') this.#worked.add(event.pid);
      this.post(event);
    }
  }

  #leave(kind: Process['kind'], number: number, slot: number): void {
    const process = this.find(kind, number, slot);
    if (process !== undefined) process.isLeaving = true;
  }

  #askToLeave(at: SlotOf): void {
    const process = this.find('worker', at.generation, at.slot);
    if (process === undefined) return;
    process.leaveAskedAtMs ??= this.nowMs;
    process.isLeaving = true;
  }

  #kill(effect: Extract<Effect, { kind: 'kill-worker' }>): void {
    const process = this.processes.find((other) => other.pid === effect.pid);
    if (process === undefined) return;
    const askedAtMs = process.leaveAskedAtMs;
    const isAfterMercy = askedAtMs !== undefined && this.nowMs >= askedAtMs + plan.mercyMs;
    const wasServing = process.isReady && !process.mayBeKilled && !this.isStoppedNow;
    const stopAtMs = this.fleet.stopAtMs;
    const isStopOver = stopAtMs !== undefined && this.nowMs >= stopAtMs;
    const worker = workerOf(this.fleet, effect.generation, effect.slot);
    const leaveAtMs = this.fleet.generations.find((g) => g.number === effect.generation)?.leaveAtMs;
    const isLeaveOver = leaveAtMs !== undefined && this.nowMs >= leaveAtMs;
    assert.ok(
      !wasServing || isAfterMercy || isStopOver || isLeaveOver || worker?.enabled !== true,
      'SIGKILL before mercy ended',
    );
    process.isKilled = true;
    process.isLeaving = true;
  }

  #checkRules(): void {
    const generation = serving(this.fleet);
    if (generation === undefined) return;
    const count = this.fleet.generations.filter((other) => other.role === 'serving').length;
    assert.equal(count, 1, 'two generations serve');
    for (const worker of generation.workers) {
      if (worker.enabled) assert.equal(worker.state, 'up', 'requests for a worker that is not up');
      const hadWorked = this.#worked.has(worker.lastPid ?? 0);
      assert.ok(!hadWorked || worker.startAtMs <= this.nowMs, 'users wait for a useful worker');
    }
  }
}

/** A world whose first generation serves. */
export function servingWorld(changes: Partial<Plan> = {}): World {
  const world = new World();
  world.post({ kind: 'start', plan: { ...plan, ...changes } });
  rest(world);
  return world;
}

/** Every worker that is wanted serves, and no other. */
export function isWhole(world: World): boolean {
  const generation = serving(world.fleet);
  const enabled = generation?.workers.filter((worker) => worker.enabled) ?? [];
  return enabled.every((worker) => worker.wanted) && enabled.length === generation?.plan.workers;
}

/** Lets everything that is on its way arrive and everything that can happen happen. */
export function rest(world: World): void {
  for (let turns = 0; turns < 50; turns += 1) {
    world.deliver();
    world.settle();
  }
}

/** What an observer of the effects sees, sentences and questions left out. */
export function kinds(effects: readonly Effect[]): string[] {
  return effects
    .filter(({ kind }) => kind !== 'say' && kind !== 'ping-spawner')
    .map((effect) => effect.kind);
}
