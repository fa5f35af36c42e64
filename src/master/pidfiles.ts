/** The pidfiles of the master: taken at the start, written again where they are gone. */
import { resolve } from 'node:path';

import { acquirePidfile, type Pidfile } from '../base/files/pidfile.ts';
import { asOperatorError } from '../base/system-error.ts';
import type { Logger } from '../log/logger.ts';
import type { Settings } from '../tables/options/options.ts';
import { withoutLinks } from './listeners/wanted.ts';
import type { NextUser } from './start/privileges.ts';

/** What is needed of a start. */
interface Holding {
  readonly settings: Settings;
  readonly startDirectory: string;
  readonly logger: Logger;
  readonly taken: AsyncDisposableStack;
  readonly pidfiles: Pidfile[];
  readonly hasFailed: boolean;
}

const pidfileOptions = ['pidfile', 'safe-pidfile', 'pidfile2', 'safe-pidfile2'] as const;
type PidfileOption = (typeof pidfileOptions)[number];

/** Takes the pidfiles of these options; they are given back with everything else. */
export function holdPidfiles(
  start: Holding,
  options: readonly PidfileOption[],
  directory: string,
  user: NextUser | undefined,
): void {
  for (const option of options) {
    if (start.settings[option] === '') continue;
    const path = resolve(directory, start.settings[option]);
    const pidfile = acquirePidfile(path, process.pid, user);
    start.pidfiles.push(pidfile);
    start.taken.defer(() => {
      pidfile.release(start.settings.vacuum || start.hasFailed ? 'remove' : 'keep');
    });
  }
}

/** PIDFile= of the unit, where the configuration names another or none: systemd removes it. */
export function holdUnitPidfile(start: Holding): void {
  const { INVOCATION_ID: unit, PIDFILE: path = '' } = process.env;
  if (unit === undefined || !path.startsWith('/')) return;
  const named = pidfileOptions
    .map((option) => start.settings[option])
    .filter((each) => each !== '')
    .map((each) => withoutLinks(resolve(start.startDirectory, each)));
  if (named.includes(withoutLinks(path))) return;
  try {
    const pidfile = acquirePidfile(path, process.pid);
    start.taken.defer(() => pidfile.release('remove'));
  } catch (error) {
    // Told by NOTIFY_SOCKET, systemd needs no file.
    const refusal = asOperatorError(error);
    if (refusal === undefined || !process.env['NOTIFY_SOCKET']) throw error;
    start.logger.warn('pidfile.refused', {}, `PIDFile= of the unit: ${refusal.message}`);
  }
}

/** The letter P: a pidfile that somebody has removed is there again. */
export function writePidfiles({ pidfiles, logger }: Holding): void {
  for (const { path, writeAgain } of pidfiles) {
    try {
      logger.info('pidfile.written', {}, `the pidfile ${path} ${writeAgain()}`);
    } catch (error) {
      const refusal = asOperatorError(error);
      if (refusal === undefined) throw error;
      logger.error('pidfile.refused', {}, refusal.message);
    }
  }
}
