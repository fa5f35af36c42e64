/** `reeve status --wait-ready`: waits until clients may be sent to an instance. */

import { setTimeout as pause } from 'node:timers/promises';

import { createClock } from '../../base/clock.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { write } from '../process/write.ts';
import { ask } from './control-client.ts';
import { instanceMeant } from './target.ts';

import type { OperateRequest } from './operate.ts';

const LOOK_MS = 200;
/** One that has just been started has no control socket yet: it is waited for too. */
const passing: readonly number[] = [exitCodes.unavailable, exitCodes.noInput];

/** Ends with 0 when it is ready, with 69 when it is not after so long. */
export async function waitReady(request: OperateRequest, seconds: number): Promise<number> {
  const { now } = createClock();
  const endAtMs = now() + seconds * 1000;
  for (;;) {
    const state = await stateOf(request);
    if (state.reason === '') {
      write(1, `reeve: ${state.name} is ready\n`);
      return exitCodes.stopped;
    }
    if (now() >= endAtMs) {
      const what = `not ready in ${seconds} s: ${state.reason}`;
      throw new OperatorError({ what, where: state.name, exitCode: exitCodes.unavailable });
    }
    await pause(LOOK_MS);
  }
}

interface State {
  readonly name: string;
  /** '' where it is ready. */
  readonly reason: string;
}

async function stateOf({ target, environment }: OperateRequest): Promise<State> {
  try {
    const instance = await instanceMeant(target, environment);
    const { status } = await ask(instance.path, { command: 'status' });
    const { name } = instance;
    if (status?.ready !== undefined) return { name, reason: status.ready.reason };
    const isServing = status?.phase === 'serving';
    return { name, reason: isServing ? '' : `it is ${status?.phase ?? 'silent'}` };
  } catch (error) {
    if (!(error instanceof OperatorError) || !passing.includes(error.exitCode)) throw error;
    return { name: target ?? 'reeve', reason: error.message };
  }
}
