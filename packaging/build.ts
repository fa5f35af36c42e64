/**
 * Builds dist/: the command line in parts that are loaded when they are needed (a command never
 * loads the master, nor a start what commands need), the gateway, the Python shim, and the
 * launcher. Native modules stay packages. The same sources give the same bytes.
 *
 * V8's compile cache is left out: it saved two of 60 ms (measured), and Node keeps one per user.
 */
import {
  chmodSync,
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import process from 'node:process';
import { build, type BuildOptions } from 'esbuild';

import { mimeTable } from './mime-table.ts';
import { statusPageFiles } from './status-page.ts';

const dist = new URL('../dist/', import.meta.url).pathname;
const root = new URL('../', import.meta.url).pathname;

const common: BuildOptions = {
  absWorkingDir: root,
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  external: ['koffi', 'sd-notify'],
  alias: {
    'string-width': `${root}packaging/string-width.ts`,
    // Its other form, which Node's own resolution takes, loads parts by names that no bundle has.
    'jsonc-parser': createRequire(import.meta.url)
      .resolve('jsonc-parser')
      .replace('/umd/', '/esm/'),
  },
  // Some packages are CommonJS and call require() for what Node brings.
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
};

// npm packs the files with the modes that they have here.
process.umask(0o022);
mkdirSync(dist, { recursive: true });
for (const name of globSync('{parts,python,*.mjs*}', { cwd: dist })) {
  rmSync(`${dist}${name}`, { recursive: true, force: true });
}
const inParts = { ...common, splitting: true, chunkNames: 'parts/[name]-[hash]' };
await build({ ...inParts, entryPoints: { reeve: 'src/main.ts' } });
await build({ ...inParts, entryPoints: { gateway: 'src/gateway/main.ts' } });
await build({ ...inParts, entryPoints: { 'log-writer': 'src/log/writer/main.ts' } });
// A library that two entries load has its licence once.
const licences = new Map<string, string>();
const linkTo = new Map<string, string>();
for (const name of globSync('parts/*.LEGAL.txt', { cwd: dist }).toSorted()) {
  const text = readFileSync(`${dist}${name}`, 'utf8');
  const known = licences.get(text);
  if (known === undefined) licences.set(text, name);
  else {
    linkTo.set(basename(name), basename(known));
    rmSync(`${dist}${name}`);
  }
}
// One letter beyond Latin-1 doubles the memory that V8 needs for a source. Only comments have such:
// esbuild writes those of texts as escapes.
for (const name of globSync('{*,parts/*}.mjs', { cwd: dist })) {
  let text = readFileSync(`${dist}${name}`, 'utf8');
  for (const [from, to] of linkTo) text = text.replace(`see ${from} `, `see ${to} `);
  writeFileSync(`${dist}${name}`, text.replaceAll(/[^\0-\x7f]/g, '?'));
}
cpSync(`${root}src/workers/python`, `${dist}python`, {
  recursive: true,
  filter: (path) => !path.includes('__pycache__'),
});
writeFileSync(`${dist}mime.types`, mimeTable());
const { html, policy } = await statusPageFiles(root);
writeFileSync(`${dist}status-page.html`, html);
writeFileSync(`${dist}status-page.policy`, policy);
cpSync(`${root}packaging/launcher.sh`, `${dist}reeve`);
chmodSync(`${dist}reeve`, 0o755);
