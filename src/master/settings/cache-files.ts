/** The files of `load-file-in-cache`: a start without one of them is refused, as in uWSGI. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { reasonOf } from '../../base/system-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { Settings } from '../../tables/options/options.ts';
import { cacheFileOptions, parseFileItem } from '../../tables/shared/cache-items.ts';

/** Throws an OperatorError where this process, as the user that it is now, may not read one. */
export function demandCacheFiles(settings: Settings, directory: string): void {
  for (const option of cacheFileOptions) {
    for (const { text, origin: where } of settings[option]) {
      const path = resolve(directory, parseFileItem(text, option).key);
      try {
        accessSync(path, constants.R_OK);
      } catch (error) {
        const what = `${option}: cannot read ${path}: ${reasonOf(error)}`;
        throw new OperatorError({ what, where, exitCode: exitCodes.config });
      }
      if (statSync(path).isFile()) continue;
      const what = `${option}: ${path} is not a file`;
      throw new OperatorError({ what, where, exitCode: exitCodes.config });
    }
  }
}
