/** Feeds a target with changed seeds until a time or a number is over. */

import { Chance } from './chance.ts';
import { mutated } from './mutations.ts';
import type { Target } from './targets.ts';

/** One input may take no longer: whoever sends it could else stop the process. */
const INPUT_MAX_MS = 2000;

export interface FuzzLimits {
  readonly seed: number;
  readonly rounds: number;
  readonly seconds: number;
}

export interface Found {
  readonly target: string;
  readonly seed: number;
  readonly input: string;
  readonly error: unknown;
}

/** The input that a seed stands for. */
export function inputOf(target: Target, seed: number): Buffer {
  return mutated(new Chance(seed), target.seeds);
}

/** Returns how many inputs were tried, and the first that broke a promise. Each has a seed. */
export async function fuzz(
  target: Target,
  limits: FuzzLimits,
): Promise<{ rounds: number; found?: Found }> {
  const endAtMs = performance.now() + limits.seconds * 1000;
  let rounds = 0;
  while (rounds < limits.rounds && performance.now() < endAtMs) {
    const seed = (limits.seed + rounds) >>> 0;
    const input = inputOf(target, seed);
    rounds += 1;
    const startMs = performance.now();
    try {
      await target.check(input);
      const tookMs = performance.now() - startMs;
      if (tookMs > INPUT_MAX_MS) throw new Error(`it took ${Math.round(tookMs)} ms`);
    } catch (error) {
      return {
        rounds,
        found: { target: target.name, seed, input: input.toString('latin1'), error },
      };
    }
  }
  return { rounds };
}
