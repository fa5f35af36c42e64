/** Whether the limit of open files leaves the gateway enough for its workers and for clients. */
import { fileLimits } from '../../base/descriptors.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { gatewayFiles } from '../../protocol/open-files.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { Settings } from '../../tables/options/options.ts';

/** With fewer clients at a time no site is served. */
const CLIENTS_MIN = 16;

type Slots = Pick<Settings, 'processes' | 'threads'>;

/** Open files that the gateway of these workers needs at least. */
function filesNeeded({ processes, threads }: Slots, listeners: number): number {
  return gatewayFiles(processes * threads, listeners) + CLIENTS_MIN;
}

/** Why the hard limit, which the gateway uses, is too low for them; undefined where it is not. */
export function openFilesRefusal(slots: Slots, listeners: number): string | undefined {
  const { hard } = fileLimits();
  const needed = filesNeeded(slots, listeners);
  if (hard >= BigInt(needed)) return undefined;
  const { processes, threads } = slots;
  return (
    `processes = ${processes} and threads = ${threads} need ${needed} open files in the gateway ` +
    `(for a reload and some clients too), but a process may have only ${hard} (hard limit)`
  );
}

/** Throws an OperatorError where the limit is too low. */
export function demandOpenFiles(
  settings: Slots,
  listeners: number,
  given: ReadonlyMap<string, string>,
): void {
  const what = openFilesRefusal(settings, listeners);
  if (what === undefined) return;
  throw new OperatorError({
    what,
    where: given.get('processes') ?? given.get('threads'),
    advice: 'raise LimitNOFILE= in the unit, or ulimit -n in the shell, or reduce one of them',
    exitCode: exitCodes.osError,
  });
}
