/** `make deb`: dist/reeve_VERSION-1_*.deb, made by dpkg-deb from the files of `make install`. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import process from 'node:process';

import { install } from './install.ts';
import { installedFiles, packed } from './installed-files.ts';
import { architecture, filled, packageTime, root, textOf, version } from './package-facts.ts';

import type { InstalledFile } from './code-files.ts';

const output = `${root}dist/reeve_${version}-1_${architecture}.deb`;
const work = mkdtempSync(`${tmpdir()}/reeve-deb-`);
try {
  const files = [...installedFiles('debian'), ...ofDebian()];
  const tree = `${work}/tree`;
  mkdirSync(tree);
  chmodSync(tree, 0o755);
  install(tree, [...files, ...controlFiles(files)]);
  // A higher level takes a minute of processor time for 6 MB less.
  const packing = ['-Zxz', '-z1', '--root-owner-group', '--build', tree, output];
  execFileSync('dpkg-deb', packing, {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(packageTime) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.stdout.write(`${output}\n`);
} finally {
  rmSync(work, { recursive: true });
}

/** Further files that Debian requires. */
function ofDebian(): InstalledFile[] {
  const date = new Date(packageTime * 1000).toUTCString().replace('GMT', '+0000');
  const changelog = `reeve (${version}-1) unstable; urgency=medium

  * Reeve ${version}; changelog.gz says what has changed.

 -- Reeve contributors <reeve@reeve.invalid>  ${date}
`;
  return [
    packed('share/doc/reeve/changelog.Debian.gz', Buffer.from(changelog)),
    {
      path: '/usr/share/lintian/overrides/reeve',
      content: Buffer.from(textOf('packaging/deb/lintian-overrides')),
      mode: 0o644,
    },
  ];
}

function controlFiles(files: readonly InstalledFile[]): InstalledFile[] {
  const sums = files.map(({ path, content }) => {
    const sum = createHash('md5').update(content).digest('hex');
    return `${sum}  ${path.slice(1)}\n`;
  });
  const settings = files.filter(({ path }) => path.startsWith('/etc/'));
  const part = (name: string, text: string, mode: InstalledFile['mode'] = 0o644) => ({
    ...{ path: `/DEBIAN/${name}`, content: Buffer.from(text), mode },
  });
  const script = (name: string): InstalledFile =>
    part(name, filled(textOf(`packaging/deb/${name}`), scriptValues()), 0o755);
  return [
    part('control', control(files)),
    part('conffiles', settings.map(({ path }) => `${path}\n`).join('')),
    part('md5sums', sums.join('')),
    ...['postinst', 'prerm', 'postrm'].map(script),
  ];
}

function scriptValues(): Readonly<Record<string, string>> {
  const part = (name: string): string =>
    textOf(`packaging/scripts/${name}`).trimEnd().replaceAll('\n', '\n  ');
  return { DISABLE_INSTANCES: part('disable-instances.sh'), PURGE_DATA: part('purge-data.sh') };
}

function control(files: readonly InstalledFile[]): string {
  const kibibytes = files.reduce((sum, { content }) => sum + Math.ceil(content.length / 1024), 0);
  return filled(textOf('packaging/deb/control'), {
    ...{ VERSION: version, ARCHITECTURE: architecture, KIBIBYTES: String(kibibytes) },
    LIBRARIES: libraries(files),
  });
}

/** The packages of the libraries that the binaries need, in the versions that they need. */
function libraries(files: readonly InstalledFile[]): string {
  const binaries = files.filter(({ path }) => /\.node$|\/node$/.test(path));
  mkdirSync(`${work}/shlibs/debian`, { recursive: true });
  writeFileSync(
    `${work}/shlibs/debian/control`,
    'Source: reeve\n\nPackage: reeve\nArchitecture: any\n',
  );
  const paths = binaries.map(({ path, content }, index) => {
    const copy = `${work}/shlibs/${index}-${path.split('/').at(-1)}`;
    writeFileSync(copy, content);
    return copy;
  });
  const said = execFileSync(
    'dpkg-shlibdeps',
    ['-O', '--warnings=0', ...paths.map((path) => `-e${path}`)],
    {
      ...{ cwd: `${work}/shlibs`, encoding: 'utf8' },
    },
  );
  return said.trim().replace('shlibs:Depends=', '');
}
