/** `reeve metrics`: what /metrics would answer, through the control socket. */

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { write } from '../process/write.ts';
import { ask } from './control-client.ts';
import { tell } from './operate.ts';
import { instanceMeant } from './target.ts';

import type { OperateRequest } from './operate.ts';

export async function metrics(
  { target, environment }: OperateRequest,
  format: 'prometheus' | 'openmetrics',
): Promise<number> {
  const instance = await instanceMeant(target, environment);
  const answer = await ask(instance.path, { command: 'metrics', format });
  if (!answer.ok) return tell(instance, answer);
  if (answer.text === undefined) {
    const what = `${instance.name} runs an older Reeve, which has no metrics`;
    const advice = 'restart it, so that it runs the installed one';
    throw new OperatorError({ what, advice, exitCode: exitCodes.unavailable });
  }
  write(1, answer.text);
  return exitCodes.stopped;
}
