/**
 * The unit files that `reeve enable` writes and `reeve disable` removes: which are ours, and the
 * question before either.
 */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isatty } from 'node:tty';

import { OperatorError } from '../../base/operator-error.ts';
import { writtenMark } from '../../tables/commands.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { TMPFILES_FOLDER } from '../../units/tmpfiles.ts';
import { write } from '../process/write.ts';

export const UNITS_FOLDER = '/etc/systemd/system';
const packaged = [
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
  '/usr/local/lib/systemd/system',
];

export interface UnitFolder {
  /** A directory in place of `/`; '' for none. */
  readonly root: string;
}

/** Where a unit of ours lies. */
export function unitPath(unit: string, { root }: UnitFolder): string {
  return join(root || '/', UNITS_FOLDER, unit);
}

/** Where a file for systemd-tmpfiles lies. */
export function tmpfilesPath(name: string, { root }: UnitFolder): string {
  return join(root || '/', TMPFILES_FOLDER, name);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Whether there is such a file, and who wrote it. */
export function stateOf(unit: string, folder: UnitFolder): 'absent' | 'ours' | 'foreign' {
  const path = unitPath(unit, folder);
  if (existsSync(path)) {
    return readFileSync(path, 'utf8').startsWith(writtenMark) ? 'ours' : 'foreign';
  }
  const isPackaged = packaged.some((other) => existsSync(join(folder.root || '/', other, unit)));
  return isPackaged ? 'foreign' : 'absent';
}

/** The services that `reeve enable` has written on this machine. */
export function writtenServices(): readonly string[] {
  const here = { root: '' };
  const units = existsSync(UNITS_FOLDER) ? readdirSync(UNITS_FOLDER).toSorted() : [];
  return units.filter(
    (unit) =>
      unit.endsWith('.service') && isFile(unitPath(unit, here)) && stateOf(unit, here) === 'ours',
  );
}

/** That of the file. */
export function usualName(file: string): string {
  return basename(file).replace(/\.[^.]*$/, '');
}

/** The name for an ini's unit, checked; `shop.service` means shop. */
export function unitNameFor(file: string, asked: string | undefined): string {
  const name = asked?.replace(/\.service$/, '') ?? usualName(file);
  // `@` would make it an instance of a template, and `reeve` is the umbrella's.
  if (/^[A-Za-z0-9:_.-]{1,200}$/.test(name) && name !== 'reeve') return name;
  const what = `"${name}" cannot be the name of a unit`;
  const advice = 'choose one of letters, digits, - and _ with --name';
  throw new OperatorError({ what, advice, exitCode: exitCodes.usage });
}

/** Asks on a terminal; without one no question can be answered, and --yes is needed. */
export function isAgreed(question: string): boolean {
  if (!isatty(0)) {
    const what = 'nobody can be asked here';
    const advice = 'say --yes, or --dry-run to see what would be done';
    throw new OperatorError({ what, advice, exitCode: exitCodes.usage });
  }
  write(2, `${question} [y/N] `);
  const bytes = Buffer.alloc(100);
  const answer = bytes.toString('utf8', 0, readSync(0, bytes));
  return /^y(es)?\s*$/i.test(answer);
}

/** Writes it whole or not at all. */
export function writeUnit(unit: string, text: string, folder: UnitFolder): void {
  writeWhole(unitPath(unit, folder), text);
}

export function writeTmpfiles(name: string, text: string, folder: UnitFolder): void {
  writeWhole(tmpfilesPath(name, folder), text);
}

/** The text of a file for systemd-tmpfiles of ours; '' without one. */
export function readTmpfiles(name: string, folder: UnitFolder): string {
  const path = tmpfilesPath(name, folder);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

export function removeTmpfiles(name: string, folder: UnitFolder): void {
  const path = tmpfilesPath(name, folder);
  withSentence(path, () => rmSync(path, { force: true }));
}

function writeWhole(path: string, text: string): void {
  withSentence(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, text, { mode: 0o644 });
    renameSync(`${path}.new`, path);
  });
}

export function removeUnit(unit: string, folder: UnitFolder): void {
  const path = unitPath(unit, folder);
  withSentence(path, () => rmSync(path, { force: true }));
}

function withSentence(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const isRefused = code === 'EACCES' || code === 'EPERM';
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError({
      what: isRefused ? `not permitted to write ${path}` : `${path} cannot be written: ${why}`,
      advice: isRefused ? 'do it as root' : undefined,
      exitCode: isRefused ? exitCodes.noPermission : exitCodes.cannotCreate,
    });
  }
}
