/**
 * Every file that is installed, and its place: no other code knows. README.md in this folder
 * explains the places. `make install` writes them, `make deb` and `make rpm` wrap them up.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

import { codeFiles } from './code-files.ts';
import { copyright } from './copyright.ts';
import { built, filled, prefix, root, textOf } from './package-facts.ts';

import type { InstalledFile } from './code-files.ts';

/** The kind of system, where systems differ. */
export type System = 'debian' | 'other';

/** Paths from /, sorted. */
export function installedFiles(system: System): readonly InstalledFile[] {
  const { id, files: code } = codeFiles();
  const values = { ID: id, PREFIX: prefix };
  const script = (name: string): string => filled(textOf(`packaging/scripts/${name}`), values);
  const files = [
    ...code.map((file) => ({ ...file, path: `${prefix}/lib/reeve/${id}/${file.path}` })),
    file('bin/reeve', script('command.sh'), 0o755),
    file('lib/reeve/maintain', script('maintain.sh'), 0o755),
    ...systemdFiles(),
    ...documentation(),
    ...completion(system),
    ...examples(),
  ];
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function file(path: string, text: string, mode: InstalledFile['mode'] = 0o644): InstalledFile {
  const content = Buffer.from(text);
  return { path: path.startsWith('/') ? path : `${prefix}/${path}`, content, mode };
}

/** A text in which paths such as /usr/bin/reeve are changed to the prefix. */
function placed(source: string): string {
  return textOf(source).replaceAll(/\/usr(?=\/(?:bin|share)\/(?:doc\/)?reeve)/g, prefix);
}

function systemdFiles(): InstalledFile[] {
  const units = ['reeve.service', 'reeve@.service', 'reeve@.socket'];
  return [
    ...units.map((unit) => file(`lib/systemd/system/${unit}`, placed(`systemd/${unit}`))),
    file('lib/systemd/catalog/reeve.catalog', textOf('systemd/reeve.catalog')),
    file('lib/sysusers.d/reeve.conf', textOf('systemd/reeve.sysusers')),
    file('lib/tmpfiles.d/reeve.conf', textOf('systemd/reeve.tmpfiles')),
  ];
}

function documentation(): InstalledFile[] {
  const folder = 'share/doc/reeve';
  const docs = globSync('docs/*.md', { cwd: root });
  const asInCheckout = ['README.md', ...docs, 'systemd/README.md'];
  built('dist/man/reeve.1');
  const manual = globSync('dist/man/*', { cwd: root }).map((page) =>
    packed(`share/man/man${page.slice(-1)}/${basename(page)}.gz`, readFileSync(root + page)),
  );
  return [
    ...asInCheckout.map((path) => file(`${folder}/${path}`, placed(path))),
    packed(`${folder}/changelog.gz`, Buffer.from(textOf('CHANGELOG.md'))),
    file(`${folder}/copyright`, copyright('with Node')),
    ...manual,
  ];
}

/** As `gzip -9n`. */
export function packed(path: string, bytes: Buffer): InstalledFile {
  const content = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
  return { path: `${prefix}/${path}`, content, mode: 0o644 };
}

function completion(system: System): InstalledFile[] {
  const places = {
    'reeve.bash': 'share/bash-completion/completions/reeve',
    _reeve: `share/zsh/${system === 'debian' ? 'vendor-completions' : 'site-functions'}/_reeve`,
    'reeve.fish': 'share/fish/vendor_completions.d/reeve.fish',
  };
  return Object.entries(places).map(([name, place]) =>
    file(place, readFileSync(built(`dist/completion/${name}`), 'utf8')),
  );
}

/** The code of `hello` is not below doc, which some systems leave out: the example has to run. */
function examples(): InstalledFile[] {
  const flask = globSync('examples/flask/*.{py,ini}', { cwd: root });
  return [
    ...flask.map((path) => file(`share/doc/reeve/${path}`, textOf(path))),
    file('/etc/reeve/hello.ini', placed('examples/hello/hello.ini')),
    file('share/doc/reeve/examples/hello/hello.ini', placed('examples/hello/hello.ini')),
    file('share/reeve/hello/hello.py', textOf('examples/hello/hello.py')),
  ];
}
