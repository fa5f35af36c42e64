/** `reeve stacks`: what each thread of an instance does now. */

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { write } from '../process/write.ts';
import { ask } from '../instances/control-client.ts';
import { tell } from '../instances/operate.ts';
import { stacksText } from './stacks-text.ts';
import { instanceMeant } from '../instances/target.ts';

import type { OperateRequest } from '../instances/operate.ts';

export async function stacks(
  { target, environment }: OperateRequest,
  format: 'text' | 'json',
): Promise<number> {
  const instance = await instanceMeant(target, environment);
  const answer = await ask(instance.path, { command: 'stacks' });
  if (!answer.ok) return tell(instance, answer);
  if (answer.stacks === undefined) {
    const what = `${instance.name} runs an older Reeve, which does not show stacks`;
    const advice = 'restart it, so that it runs the installed one';
    throw new OperatorError({ what, advice, exitCode: exitCodes.unavailable });
  }
  const { name, pid, version } = answer.instance;
  const text =
    format === 'text'
      ? stacksText(answer.instance, answer.stacks)
      : `${JSON.stringify({ name, pid, version, ...answer.stacks }, null, 2)}\n`;
  write(1, text);
  return exitCodes.stopped;
}
