/** The project's own files, and what their code says without its comments. */

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { repository } from './interpreters.ts';

export interface Source {
  /** From the root of the repository, such as src/base/libc.ts. */
  readonly path: string;
  readonly text: string;
}

/** Folders that are built, fetched or not ours. */
const ELSEWHERE = /^(node_modules|dist|\.git|\.venv.*|\.cache|__pycache__|\.ruff_cache)$/;
/** Data of others, as it is. */
const OTHERS = ['test/corpus/files'];

/** Every file below these folders (default: all) whose name ends in one of `endings`. */
export function sources(endings: readonly string[], folders: readonly string[] = ['.']): Source[] {
  return folders
    .flatMap((folder) => walk(folder))
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .toSorted()
    .map((name) => ({ path: name, text: readFileSync(path.join(repository, name), 'utf8') }));
}

function walk(folder: string): string[] {
  return readdirSync(path.join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      return ELSEWHERE.test(entry.name) || OTHERS.includes(name) ? [] : walk(name);
    }
    return entry.isFile() ? [name] : [];
  });
}

/** TypeScript without comments; what is in quotes stays. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{}(,])\/\/.*$/gm, '$1');
}

/** TypeScript with every text in quotes, and every template, emptied. */
export function withoutTexts(code: string): string {
  return code.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''");
}

export interface Import {
  readonly from: string;
  /** As written: './clock.ts', 'node:fs', 'pino'. */
  readonly what: string;
  readonly isTypeOnly: boolean;
}

/** What a TypeScript file imports or exports from elsewhere, `import()` too. */
export function importsOf(source: Source): Import[] {
  const code = withoutComments(source.text);
  const statements = /^(import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
  const calls = /\bimport\(\s*'([^']+)'/g;
  return [
    ...[...code.matchAll(statements)].map(([, , type, what = '']) => ({
      from: source.path,
      what,
      isTypeOnly: type !== undefined,
    })),
    ...[...code.matchAll(calls)].map(([, what = '']) => ({
      from: source.path,
      what,
      isTypeOnly: false,
    })),
  ];
}

/** The file that a relative import means, from the root of the repository. */
export function target(one: Import): string {
  return path.join(path.dirname(one.from), one.what);
}
