/** Which option names the log file, and what is said where that cannot be written. */
import { cannotMake } from '../../base/system-error.ts';
import type { Settings } from '../../tables/options/options.ts';

export type LogOption = 'logto' | 'logto2';

/** Undefined where no option names a file; as in uWSGI logto2, which is opened later, counts. */
export function logOption(settings: Pick<Settings, LogOption>): LogOption | undefined {
  return (['logto2', 'logto'] as const).find((option) => settings[option] !== '');
}

/** Throws an OperatorError (73, 77) in place of what the kernel says. */
export function atLog<T>(path: string, where: LogOption | 'daemonize', use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw cannotMake(`the log ${path}`, error, { where });
  }
}
