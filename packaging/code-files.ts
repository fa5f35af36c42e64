/**
 * The code of one version, as it runs: launcher, Node, bundles, the Python shim, native modules.
 *
 * Its directory is named after the version and what is in it: two builds of one version never share
 * a directory, so that none is changed under the processes that run it.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { built, nodePackage, root, sourceVersion, version } from './package-facts.ts';

export interface InstalledFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: 0o644 | 0o755;
}

/** The code in dist/, without the other files there. */
const ofDist = [
  'reeve',
  '*.mjs',
  '*.mjs.LEGAL.txt',
  'mime.types',
  'status-page.*',
  'parts/**',
  'python/**',
];
/** The files of packages that are not bundled, as far as they are needed at run time. */
const ofModules = [
  'koffi/package.json',
  'koffi/index.{js,cjs}',
  'koffi/src/koffi/{index,src/static}.{js,cjs}',
  `@koromix/koffi-linux-${process.arch}/{package.json,index.js}`,
  `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`,
  'sd-notify/{package.json,index.js}',
  'sd-notify/build/Release/notify.node',
  'bindings/{package.json,bindings.js}',
  'file-uri-to-path/{package.json,index.js}',
];

/** The name of the directory, and the files with their paths in it. */
export function codeFiles(): { readonly id: string; readonly files: readonly InstalledFile[] } {
  const files = [
    ...ofDist.flatMap((pattern) => below('dist', pattern)),
    ...ofModules.flatMap((pattern) =>
      below('node_modules', pattern).map((file) => ({
        ...file,
        path: `node_modules/${file.path}`,
      })),
    ),
    { path: 'node', content: stripped(built(`node_modules/${nodePackage}/bin/node`)), mode: 0o755 },
  ] satisfies InstalledFile[];
  return { id: `${version}-${hashOf(files)}`, files };
}

function below(folder: string, pattern: string): InstalledFile[] {
  const found = globSync(pattern, { cwd: root + folder })
    .filter((path) => !path.includes('__pycache__'))
    .filter((path) => statSync(`${root}${folder}/${path}`).isFile())
    .toSorted();
  if (found.length === 0 && !/parts|LEGAL/.test(pattern)) built(`${folder}/${pattern}`);
  return found.map((path) => ({
    path,
    content: contentOf(`${root}${folder}/${path}`),
    mode: path === 'reeve' ? 0o755 : 0o644,
  }));
}

function contentOf(path: string): Buffer {
  if (path.endsWith('.node')) return stripped(path);
  const content = readFileSync(path);
  return path.endsWith('.mjs') && version !== sourceVersion ? withVersion(content) : content;
}

/** Of a bundle; one of them holds package.json. */
function withVersion(bundle: Buffer): Buffer {
  const line = new RegExp(`(name: "reeve",\\s+version: )"${RegExp.escape(sourceVersion)}"`);
  return Buffer.from(bundle.toString('latin1').replace(line, `$1"${version}"`), 'latin1');
}

/** Without debug symbols: Node has 108 MB then, and 126 MB with them. */
function stripped(path: string): Buffer {
  const folder = mkdtempSync(`${tmpdir()}/reeve-strip-`);
  try {
    const output = `${folder}/stripped`;
    execFileSync('strip', ['--strip-unneeded', '--remove-section=.comment', '-o', output, path]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hashOf(files: readonly InstalledFile[]): string {
  const hash = createHash('sha256');
  for (const { path, content, mode } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${path}\0${mode}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 8);
}
