/**
 * Builds dist/: two bundles (the command line with the master, and the gateway, which never loads
 * yargs), the Python shim, and the launcher. Native modules stay packages.
 */
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const dist = new URL('../dist/', import.meta.url).pathname;
const root = new URL('../', import.meta.url).pathname;

mkdirSync(dist, { recursive: true });
await build({
  entryPoints: { reeve: `${root}src/main.ts`, gateway: `${root}src/gateway/main.ts` },
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: false,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  external: ['koffi', 'sd-notify'],
  // Some packages are CommonJS and call require() for what Node brings.
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
});
// One letter beyond Latin-1 doubles the memory that V8 needs for a source. Only comments have such:
// esbuild writes those of texts as escapes.
for (const name of ['reeve', 'gateway']) {
  const text = readFileSync(`${dist}${name}.mjs`, 'utf8');
  writeFileSync(`${dist}${name}.mjs`, text.replaceAll(/[^\0-\x7f]/g, '?'));
}
rmSync(`${dist}python`, { recursive: true, force: true });
cpSync(`${root}src/workers/python`, `${dist}python`, {
  recursive: true,
  filter: (path) => !path.includes('__pycache__'),
});
cpSync(`${root}packaging/launcher.sh`, `${dist}reeve`);
chmodSync(`${dist}reeve`, 0o755);
