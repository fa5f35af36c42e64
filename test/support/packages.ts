/**
 * The packages that are installed on test machines, in a directory of their own: those of this
 * checkout, the same code as a later version, and later ones that fail on purpose.
 *
 * They are built once by each process that boots machines, and go with it.
 */

import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { repository } from './interpreters.ts';
import { buildPackages, copyCheckout } from './package-build.ts';

const run = promisify(execFile);

export interface Packages {
  /** /packages of the machines. */
  readonly folder: string;
}

/** Its version, as the sources have it. */
export const { version: currentVersion } = JSON.parse(
  fs.readFileSync(path.join(repository, 'package.json'), 'utf8'),
) as { version: string };
export const laterVersion = '99.1.0';
/** Between the two, so that the later one mends it. */
const brokenVersion = '99.0.0';

/** Names of the files in /packages. */
export const packageFiles = {
  current: 'current.deb',
  later: 'later.deb',
  /** Its preinst refuses. */
  refusing: 'refusing.deb',
  /** Its postinst fails. */
  failing: 'failing.deb',
  currentRpm: 'current.rpm',
  laterRpm: 'later.rpm',
} as const;

let building: Promise<Packages | string> | undefined;

/** Builds them; a sentence where this machine has not what that needs. */
export function packagesForTests(): Promise<Packages | string> {
  building ??= built();
  return building;
}

async function built(): Promise<Packages | string> {
  const tools = ['make', 'strip', 'dpkg-deb', 'dpkg-shlibdeps', 'rpmbuild'];
  const absent = tools.filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (absent.length > 0)
    return `${absent.join(', ')} not found (make setup-packages installs them)`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'reeve-packages-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  await build(folder);
  return { folder };
}

async function build(folder: string): Promise<void> {
  const files = packageFiles;
  const copy = path.join(folder, 'checkout');
  await copyCheckout(copy);
  const current = await buildPackages(copy);
  fs.renameSync(current.deb, path.join(folder, files.current));
  fs.renameSync(current.rpm, path.join(folder, files.currentRpm));
  const later = await buildPackages(copy, '', `VERSION=${laterVersion}`);
  fs.renameSync(later.deb, path.join(folder, files.later));
  fs.renameSync(later.rpm, path.join(folder, files.laterRpm));
  fs.rmSync(copy, { recursive: true });
  const raw = path.join(folder, 'raw');
  const broken = '#!/bin/sh\necho "this package is broken on purpose" >&2\nexit 1\n';
  for (const [script, file] of [
    ['preinst', files.refusing],
    ['postinst', files.failing],
  ] as const) {
    await run('dpkg-deb', ['--raw-extract', path.join(folder, files.later), raw]);
    fs.writeFileSync(path.join(raw, 'DEBIAN', script), broken, { mode: 0o755 });
    const control = path.join(raw, 'DEBIAN/control');
    const text = fs.readFileSync(control, 'utf8');
    fs.writeFileSync(control, text.replace(/^Version: .*$/m, `Version: ${brokenVersion}-1`));
    await run('dpkg-deb', [
      '-Znone',
      '--root-owner-group',
      '--build',
      raw,
      path.join(folder, file),
    ]);
    fs.rmSync(raw, { recursive: true });
  }
}
