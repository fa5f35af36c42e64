/** What any order of events must leave true, in worlds that a seed repeats. */

import assert from 'node:assert/strict';

import { coming, serving } from '../../../src/supervision/fleet.ts';
import { chanceFrom, isWhole, plan, rest, World } from './world.ts';

const modes = ['overlap', 'rolling', 'stop-first'] as const;

/** Throws for the first seed whose world breaks a rule, or does not come to rest whole. */
export function keepsTheRules(fromSeed: number, toSeed: number): void {
  for (let seed = fromSeed; seed <= toSeed; seed += 1) {
    try {
      liveThrough(chanceFrom(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}

function liveThrough(chance: () => number): void {
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(chance() * all.length)];
  const world = new World();
  const newPlan = () => ({
    ...plan,
    workers: 1 + Math.floor(chance() * 3),
    gateway: world.fleet.nextGeneration % 5 === 0 ? 2 : 1,
    reloadMode: pick(modes) ?? 'overlap',
    startsAtOnce: 1 + Math.floor(chance() * 2),
    lifetimeMs: chance() < 0.3 ? 5_000 : 0,
    startsAsleep: chance() < 0.1,
  });
  world.post({ kind: 'start', plan: newPlan() });
  for (let turn = 0; turn < 60 && world.fleet.phase !== 'ended'; turn += 1) {
    const dice = chance();
    const process = pick(world.processes);
    if (dice < 0.3) world.deliver(1);
    else if (dice < 0.7 && process !== undefined) world.advance(process);
    else if (dice < 0.74 && process !== undefined) world.end(process);
    else if (dice < 0.76 && process !== undefined) {
      world.work(process);
      world.end(process);
    } else if (dice < 0.78 && process !== undefined) world.work(process);
    else if (dice < 0.82) world.post({ kind: 'reload', plan: newPlan() });
    else if (dice < 0.825) world.post({ kind: 'sleep', why: 'idle' });
    else if (dice < 0.83) world.post({ kind: 'wake' });
    else if (dice < 0.84) world.isEveryNewGenerationBroken = chance() < 0.4;
    else if (dice < 0.85) world.post({ kind: 'stop' });
    else if (dice < 0.87) world.post({ kind: 'suspend' });
    else if (dice < 0.89) world.post({ kind: 'scale', workers: 1 + Math.floor(chance() * 4) });
    else if (dice < 0.91) world.post({ kind: 'beat', deafAfterMs: 10_000 });
    else if (dice < 0.915 && process !== undefined) world.wearOut(process);
    else if (dice < 0.92) world.makeGatewayDeaf();
    else if (dice < 0.935) world.isFull = chance() < 0.5;
    else if (dice < 0.95) world.makeSpawnerDeaf(pick(world.fleet.generations)?.number);
    else world.pass(chance() * 8_000);
  }
  endsWell(world, chance);
}

/** With nothing in its way it becomes whole; and it ends when it is told to. */
function endsWell(world: World, chance: () => number): void {
  world.isEveryNewGenerationBroken = false;
  world.isFull = false;
  world.endOfAging();
  for (let turn = 0; turn < 12; turn += 1) {
    rest(world);
    for (let beats = 0; beats < 8; beats += 1) {
      world.post({ kind: 'beat', deafAfterMs: 10_000 });
      rest(world);
      world.pass(4_000);
    }
  }
  world.post({ kind: 'wake' });
  rest(world);
  const isEnded = world.fleet.phase === 'ended';
  if (isEnded) assert.equal(world.processes.length, 0, 'left behind');
  else {
    assert.ok(isWhole(world), 'not whole');
    assert.equal(coming(world.fleet), undefined);
    const workers = serving(world.fleet)?.plan.workers ?? 0;
    assert.equal(world.processes.length, workers + 2, 'more than is wanted');
    if (chance() < 0.3) world.makeSpawnerDeaf();
    world.post({ kind: 'stop' });
    rest(world);
    world.pass(20_000);
    rest(world);
    assert.equal(world.fleet.phase, 'ended', 'did not end');
  }
}
