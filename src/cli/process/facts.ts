/**
 * What this process knows of itself when it reads its configuration.
 */

import { PROGRAM_VARIABLE } from '../../master/start/environment.ts';
import { createConfigHost } from './real-host.ts';
import { version } from './version.ts';

import type { ConfigHost } from '../../config/reading/host.ts';

/** The host for this process with this environment. */
export function hostOf(
  environment: Readonly<Record<string, string | undefined>>,
  sockets?: ConfigHost['sockets'],
): ConfigHost {
  const binary = environment[PROGRAM_VARIABLE] ?? process.argv[1] ?? process.execPath;
  return createConfigHost({ environment, cwd: process.cwd(), version, binary, sockets });
}
