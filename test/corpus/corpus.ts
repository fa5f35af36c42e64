/**
 * Real configuration files, as data: the settings lines of files of public repositories, without
 * their comments. `origins.tsv` says where each was found.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface CorpusFile {
  /** The name in `files/`, such as 137.ini. */
  readonly name: string;
  readonly repository: string;
  /** Where it stands in its repository. */
  readonly path: string;
  readonly text: string;
}

/** All of them, in the order of their numbers. */
export function corpusFiles(): readonly CorpusFile[] {
  const [, ...lines] = readFileSync(path.join(import.meta.dirname, 'origins.tsv'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [name = '', repository = '', where = ''] = line.split('\t');
    const text = readFileSync(path.join(import.meta.dirname, 'files', name), 'utf8');
    return { name, repository, path: where, text };
  });
}
