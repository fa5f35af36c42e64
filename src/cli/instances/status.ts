/**
 * `reeve status`: one instance with its processes, or without a name all instances in a table.
 */

import { memorySharesOf } from '../../processes/memory-shares.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { ask } from './control-client.ts';
import { tell } from './operate.ts';
import { statusFields } from './status-json.ts';
import { instancesTable, statusTable } from './status-table.ts';
import { instanceMeant, isInUnit, visibleInstances } from './target.ts';
import { write } from '../process/write.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

import type { FoundInstance, MuteInstance } from './instances.ts';
import type { OperateRequest } from './operate.ts';
import type { Memory } from './status-table.ts';
import type { OperatorAnswer } from '../../protocol/operator-messages.ts';

/** For people or for machines; returns the exit code. */
export async function status(request: OperateRequest, format: 'table' | 'json'): Promise<number> {
  const { target, environment } = request;
  if (target === undefined && !isInUnit(environment)) {
    const { answering, mute } = await visibleInstances(environment);
    // An instance that only others may ask does not take the details of the own one away.
    const isForUs = ({ reason }: MuteInstance) => reason.exitCode !== exitCodes.noPermission;
    const count = answering.length + mute.filter(isForUs).length;
    // Without a name JSON has one shape, however many run.
    if (count > 1 || (count === 1 && format === 'json')) return await all(answering, mute, format);
  }
  const instance = await instanceMeant(target, environment);
  const answer = await ask(instance.path, { command: 'status' });
  if (!answer.ok) return tell(instance, answer);
  const fields = statusIn(answer, instance);
  const text =
    format === 'table'
      ? statusTable(answer.instance, fields, memoryOf)
      : json(statusFields(answer.instance, fields, memoryOf));
  write(1, text);
  return exitCodes.stopped;
}

function statusIn(answer: OperatorAnswer, { path }: FoundInstance) {
  if (answer.status !== undefined) return answer.status;
  const what = 'what answers there is not Reeve, or another version of it: status is missing';
  throw new OperatorError({ what, where: path, exitCode: exitCodes.unavailable });
}

/** All instances; one that cannot be asked is listed with the reason. */
async function all(
  answering: readonly FoundInstance[],
  mute: readonly MuteInstance[],
  format: 'table' | 'json',
): Promise<number> {
  const silent = mute.map(({ name, path, reason }) => ({ name, path, reason: reason.message }));
  const refusals = mute.map(({ reason }) => reason.exitCode);
  const asked = await Promise.all(
    answering.map(async (instance) => {
      try {
        const answer = await ask(instance.path, { command: 'status' });
        return { instance: answer.instance, status: statusIn(answer, instance) };
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
        silent.push({ name: instance.name, path: instance.path, reason: error.message });
        refusals.push(error.exitCode);
        return undefined;
      }
    }),
  );
  const found = asked.filter((each) => each !== undefined);
  if (format === 'json') {
    const instances = found.map((each) => statusFields(each.instance, each.status, memoryOf));
    write(1, json({ instances, unreachable: silent }));
  } else write(1, instancesTable(found, silent));
  // Of other users' instances there may always be some; one that hangs is a fault.
  const faults = refusals.filter((code) => code !== exitCodes.noPermission || found.length === 0);
  return faults[0] ?? exitCodes.stopped;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** RSS, and PSS, which counts shared pages by their share: read here, not in the daemon. */
function memoryOf(pid: number): Memory {
  const shares = memorySharesOf(pid);
  return {
    rssBytes: shares?.residentBytes ?? null,
    pssBytes: shares?.proportionalBytes ?? null,
  };
}
