/** Where the programs of the other processes lie. */
import { fileURLToPath } from 'node:url';

/** The programs of the other processes: bundles beside ours, or the sources of a checkout. */
export function programs(): {
  readonly gateway: string;
  readonly spawner: string;
  readonly logLines: string;
} {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  if (import.meta.url.endsWith('.ts')) {
    const gateway = at('../../gateway/main.ts');
    const python = (name: string) => at(`../../workers/python/${name}`);
    return { gateway, spawner: python('launch.py'), logLines: python('log_lines.py') };
  }
  // The master is one of the parts: packaging/build.ts.
  const python = (name: string) => at(`../python/${name}`);
  return {
    gateway: at('../gateway.mjs'),
    spawner: python('launch.py'),
    logLines: python('log_lines.py'),
  };
}
