/** The rooms of src: the table of src/README.md, and which room a file is in. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { repository } from './interpreters.ts';

export interface Room {
  readonly name: string;
  readonly isPure: boolean;
  /** Rooms, all rooms in a folder (`config/*`), or files without .ts (`master/main`). */
  readonly may: readonly string[];
  /** Only by `import type`. */
  readonly mayTypes: readonly string[];
}

/** The rows of the table, in their order. */
export function rooms(): Room[] {
  const lines = readFileSync(path.join(repository, 'src/README.md'), 'utf8').split('\n');
  const head = lines.findIndex((line) => /^\| room +\| purpose /.test(line));
  assert.notEqual(head, -1, 'src/README.md has no table of rooms');
  const rest = lines.slice(head + 2);
  return rest.slice(0, rest.indexOf('')).map((line) => {
    const [, name = '', purpose = '', pure = '', may = '', mayTypes = ''] = cells(line);
    assert.notEqual(purpose, '', `${name} has no purpose in src/README.md`);
    assert.match(pure, /^(yes)?$/);
    return { name, isPure: pure === 'yes', may: names(may), mayTypes: names(mayTypes) };
  });
}

/** `gateway/client` for src/gateway/client/turn.ts; `main.ts` is a room of its own. */
export function roomOf(file: string): string {
  const folder = path.dirname(file);
  return folder === 'src' ? path.basename(file) : folder.slice('src/'.length);
}

/** Whether one of these names of the table means the file. */
export function isNamed(names: readonly string[], file: string): boolean {
  const room = roomOf(file);
  const isIn = (folder: string): boolean => room === folder || room.startsWith(`${folder}/`);
  return names.some((name) =>
    name.endsWith('/*') ? isIn(name.slice(0, -2)) : name === room || `src/${name}.ts` === file,
  );
}

function cells(line: string): string[] {
  return line.split('|').map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\*', '*'));
}

function names(cell: string): string[] {
  return cell === '' || cell === 'the standard library' ? [] : cell.split(/, */);
}
