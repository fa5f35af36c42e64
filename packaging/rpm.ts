/** `make rpm`: dist/reeve-VERSION-1.*.rpm, made by rpmbuild from the files of `make install`. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import process from 'node:process';

import { install } from './install.ts';
import { installedFiles } from './installed-files.ts';
import { filled, packageTime, root, textOf, version } from './package-facts.ts';

const work = mkdtempSync(`${tmpdir()}/reeve-rpm-`);
try {
  const files = installedFiles('other');
  mkdirSync(`${work}/empty`);
  writeFileSync(`${work}/reeve.spec`, spec(files.map(({ path }) => path)));
  const tree = `${work}/tree`;
  install(tree, files);
  const defined = { _topdir: work, _rpmdir: `${work}/done`, _builddir: `${work}/empty` };
  const words = Object.entries(defined).flatMap(([name, value]) => [
    '--define',
    `${name} ${value}`,
  ]);
  execFileSync(
    'rpmbuild',
    ['-bb', '--quiet', '--buildroot', tree, ...words, `${work}/reeve.spec`],
    {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(packageTime), LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  for (const made of globSync('done/*/*.rpm', { cwd: work })) {
    copyFileSync(`${work}/${made}`, `${root}dist/${basename(made)}`);
    process.stdout.write(`${root}dist/${basename(made)}\n`);
  }
} finally {
  rmSync(work, { recursive: true });
}

function spec(paths: readonly string[]): string {
  const disable = textOf('packaging/scripts/disable-instances.sh').trimEnd();
  return filled(textOf('packaging/rpm/reeve.spec'), {
    VERSION: version,
    DATE: new Date(packageTime * 1000).toUTCString().replace(/, (\d+) (\w+) (\d+) .*/, ' $2 $1 $3'),
    DISABLE_INSTANCES: disable.replaceAll('\n', '\n  '),
    FILES: [...ownFolders(paths).map((folder) => `%dir ${folder}`), ...paths.map(entry)].join('\n'),
  });
}

function entry(path: string): string {
  if (path.startsWith('/etc/')) return `%config(noreplace) ${path}`;
  if (path.endsWith('/copyright')) return `%license ${path}`;
  return /\/share\/(?:doc|man)\//.test(path) ? `%doc ${path}` : path;
}

/** The folders that belong to no other package. */
function ownFolders(paths: readonly string[]): readonly string[] {
  const own = /^(?:.*?\/(?:lib|etc|doc|share)\/reeve)(?=\/)/;
  const folders = paths.flatMap((path) => {
    const [top] = own.exec(path) ?? [];
    if (top === undefined) return [];
    const below = path.slice(top.length).split('/').slice(0, -1);
    return below.map((_, index) => top + below.slice(0, index + 1).join('/'));
  });
  return [...new Set(folders)].toSorted();
}
