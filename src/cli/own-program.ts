/** The command that this process was started by: /usr/bin/reeve in a package. */

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Of the bundle `binary`: in a package the command of its prefix, which starts whatever version is
 * installed; in a checkout its launcher.
 */
export function ownProgram(binary: string): string {
  const [, prefix] = /^(.*)\/lib\/reeve\/(?:kept\/)?[^/]+\/[^/]+$/.exec(resolved(binary)) ?? [];
  if (prefix !== undefined && existsSync(`${prefix}/bin/reeve`)) return `${prefix}/bin/reeve`;
  const launcher = join(dirname(binary), 'reeve');
  return resolved('/usr/bin/reeve') === resolved(launcher) ? '/usr/bin/reeve' : launcher;
}

/** The file behind all links; the path itself where there is none. */
export function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
