/** The flags of `reeve top`, and the request that they make. */
import type { Argv } from 'yargs';

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { TopRequest } from './top.ts';

const SECONDS_MIN = 0.1;
const SECONDS_MAX = 3_600;

export function topOptions(command: Argv) {
  return command
    .positional('target', { type: 'string' })
    .option('interval', { type: 'string', default: '1' })
    .option('once', { type: 'boolean', default: false })
    .option('batch', { type: 'boolean', default: false });
}

interface Given {
  readonly interval: string;
  readonly once: boolean;
  readonly batch: boolean;
}

export function topTerms(given: Given): Pick<TopRequest, 'intervalSeconds' | 'mode'> {
  if (given.once && given.batch) throw wrong('either --once or --batch is given', 'top');
  const mode = given.once ? 'once' : given.batch ? 'batch' : 'screen';
  const seconds = /^\d+(\.\d+)?$/.test(given.interval) ? Number(given.interval) : NaN;
  const isInRange = seconds >= SECONDS_MIN && seconds <= SECONDS_MAX;
  if (isInRange) return { mode, intervalSeconds: seconds };
  const range = `${SECONDS_MIN} to ${SECONDS_MAX}`;
  throw wrong(`"${given.interval}" is not a number of seconds from ${range}`, '--interval');
}

function wrong(what: string, where: string): OperatorError {
  return new OperatorError({ what, where, exitCode: exitCodes.usage });
}
