/** `make install`: writes every file below DESTDIR, with the same modes and times everywhere. */
import { chmodSync, existsSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

import { installedFiles } from './installed-files.ts';
import { packageTime } from './package-facts.ts';

import type { InstalledFile } from './code-files.ts';

if (import.meta.main) {
  const destination = process.env['DESTDIR'] ?? '';
  const isOurs = ({ path }: InstalledFile): boolean => !path.startsWith('/etc/');
  // What an administrator has changed stays.
  install(
    destination,
    installedFiles('other').filter((file) => isOurs(file) || !existsSync(destination + file.path)),
  );
}

/** Each file appears complete, also when it replaces one that is in use. */
export function install(destination: string, files: readonly InstalledFile[]): void {
  const folders = new Set<string>();
  for (const { path, content, mode } of files) {
    const target = destination + path;
    makeFolders(destination, dirname(path), folders);
    writeFileSync(`${target}.new`, content);
    chmodSync(`${target}.new`, mode);
    utimesSync(`${target}.new`, packageTime, packageTime);
    renameSync(`${target}.new`, target);
  }
  for (const folder of folders) utimesSync(folder, packageTime, packageTime);
}

/** With any umask; existing folders are not changed. */
function makeFolders(destination: string, path: string, made: Set<string>): void {
  const folder = destination + path;
  if (folder === '' || existsSync(folder)) return;
  if (path !== '/') makeFolders(destination, dirname(path), made);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  made.add(folder);
}
