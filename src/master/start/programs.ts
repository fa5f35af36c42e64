/** Where the programs of the other processes lie. */
import { fileURLToPath } from 'node:url';

/** The programs of the other processes: bundles beside ours, or the sources of a checkout. */
export function programs(): {
  readonly gateway: string;
  /** Of the spawner and of the log helper. */
  readonly launcher: string;
  readonly logWriter: string;
} {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  if (import.meta.url.endsWith('.ts')) {
    const gateway = at('../../gateway/main.ts');
    const logWriter = at('../../log/writer/main.ts');
    return { gateway, logWriter, launcher: at('../../workers/python/launch.py') };
  }
  // The master is one of the parts: packaging/build.ts.
  const [gateway, logWriter] = [at('../gateway.mjs'), at('../log-writer.mjs')];
  return { gateway, logWriter, launcher: at('../python/launch.py') };
}
