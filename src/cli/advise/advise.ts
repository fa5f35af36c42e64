/**
 * `reeve advise`: which numbers of workers and which limits fit an instance that runs, and why.
 * What it has done since its start tells it, or what it does while the command measures.
 */
import { adviceOn } from '../../advice/rules.ts';
import { observationOf, type Look, type Observation } from '../../advice/observation.ts';
import { adviceInWords } from '../../advice/words.ts';
import type { Advice } from '../../advice/advice.ts';
import { createTimers } from '../../base/clock.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { ask } from '../instances/control-client.ts';
import type { FoundInstance } from '../instances/instances.ts';
import type { OperateRequest } from '../instances/operate.ts';
import { instanceMeant } from '../instances/target.ts';
import { write } from '../process/write.ts';
import { machineOf, workersIn } from './machine.ts';

export interface AdviseRequest extends OperateRequest {
  /** Measures for so long; 0: what has been since the start counts. */
  readonly seconds: number;
  readonly format: 'text' | 'json';
}

/** Returns the exit code. */
export async function advise(request: AdviseRequest): Promise<number> {
  const instance = await instanceMeant(request.target, request.environment);
  const first = request.seconds > 0 ? await lookAt(instance) : undefined;
  if (first !== undefined) {
    await new Promise<void>((resolve) => createTimers().after(request.seconds * 1000, resolve));
  }
  const seen = observationOf(await lookAt(instance), first);
  if ('why' in seen) throw silent(instance, seen.why);
  const advice = adviceOn(seen);
  const text =
    request.format === 'json'
      ? `${JSON.stringify(fieldsOf(instance.name, advice, seen), null, 2)}\n`
      : adviceInWords(instance.name, advice, seen);
  write(1, text);
  return exitCodes.stopped;
}

async function lookAt(instance: FoundInstance): Promise<Look> {
  const answer = await ask(instance.path, { command: 'status' });
  const { status: snapshot } = answer;
  if (!answer.ok || snapshot === undefined) throw silent(instance, 'it does not tell its status');
  const workers = workersIn(snapshot);
  return { snapshot, workers, machine: machineOf(answer.instance.pid, workers) };
}

function silent({ name }: FoundInstance, what: string): OperatorError {
  return new OperatorError({ what, where: name, exitCode: exitCodes.unavailable });
}

/** For programs; docs/capacity.md explains the fields. */
function fieldsOf(name: string, advice: Advice, seen: Observation): object {
  const { load, busiest, machine, source } = seen;
  const options = Object.entries(advice.options).map(([option, { value, why }]) => {
    const now = Object.entries(seen.options).find(([each]) => each === option)?.[1];
    return [option, { now, advised: value, why }];
  });
  return {
    name,
    sure: advice.sure,
    why: advice.why,
    seen: { source, load, busiest: busiest ?? null },
    machine,
    options: Object.fromEntries(options),
  };
}
