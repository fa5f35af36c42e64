/** Where the programs of the other processes lie. */
import { fileURLToPath } from 'node:url';

/** The programs of the other processes: bundles beside ours, or the sources of a checkout. */
export function programs(): {
  readonly gateway: string;
  /** Of the spawner and of the log helper. */
  readonly launcher: string;
} {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  if (import.meta.url.endsWith('.ts')) {
    const gateway = at('../../gateway/main.ts');
    return { gateway, launcher: at('../../workers/python/launch.py') };
  }
  // The master is one of the parts: packaging/build.ts.
  return { gateway: at('../gateway.mjs'), launcher: at('../python/launch.py') };
}
