/**
 * Compares what was observed of uwsgi and of Reeve, and holds the list of differences to it.
 *
 * An observation has a name and a value as text. `differences.json` lists those that may differ,
 * each with both values and its reason. A difference that is not listed fails, and so does one
 * that is listed and no longer seen.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

export type Observations = Readonly<Record<string, string>>;

interface Difference {
  /** Name of the observation; `*` stands for any run of characters. */
  readonly where: string;
  readonly uwsgi: string;
  readonly reeve: string;
  readonly reason: string;
}

const ABSENT = '(absent)';
const differences: readonly Difference[] = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'differences.json'), 'utf8'),
);

/** Fails unless the two differ exactly where `differences.json` says for names below `subject`. */
export function compare(subject: string, uwsgi: Observations, reeve: Observations): void {
  const names = [...new Set([...Object.keys(uwsgi), ...Object.keys(reeve)])].toSorted();
  const listed = differences.filter((each) => each.where.startsWith(`${subject}: `));
  const seen = new Set<Difference>();
  const unlisted: Omit<Difference, 'reason'>[] = [];
  for (const name of names) {
    const [one, other] = [uwsgi[name] ?? ABSENT, reeve[name] ?? ABSENT];
    if (one === other) continue;
    const where = `${subject}: ${name}`;
    const known = listed.find(
      (each) => fits(each.where, where) && fits(each.uwsgi, one) && fits(each.reeve, other),
    );
    if (known === undefined) unlisted.push({ where, uwsgi: one, reeve: other });
    else seen.add(known);
  }
  assert.deepEqual(unlisted, [], 'differences that differences.json does not list');
  const gone = listed.filter((each) => !seen.has(each)).map((each) => each.where);
  assert.deepEqual(gone, [], 'listed differences that are no longer seen');
}

/** The subjects that the list speaks of. */
export function listedSubjects(): string[] {
  return [...new Set(differences.map((each) => each.where.split(': ')[0] ?? ''))];
}

/** Every difference has its reason, as a sentence. */
export function withoutReason(): string[] {
  return differences.filter((each) => !/\w.*\.$/.test(each.reason)).map((each) => each.where);
}

/** Whether a text fits a pattern, in which `*` stands for any run of characters. */
export function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
