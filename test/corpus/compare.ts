/**
 * Compares what was seen of uwsgi and of Reeve on one file, and holds the list of differences to
 * it: `differences.json`. A difference that is not listed fails the file.
 *
 * Nothing may differ in silence: what differs for the application or the operator is named by
 * `reeve check` for this very file, or in docs/migrating.md.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';

import { fits } from '../differential/compare.ts';
import { repository } from '../support/interpreters.ts';
import type { Scenario } from './scenario.ts';

/**
 * What a difference means: `same` for names of our own and what no application looks at; `better`
 * where uWSGI fails at it; `differs` for what works otherwise; `lost` for what the file asks for
 * and Reeve does not do.
 */
type Effect = 'same' | 'better' | 'differs' | 'lost';

export interface Difference {
  /** Name of the observation; `*` stands for any run of characters, here and in the values. */
  readonly where: string;
  readonly uwsgi: string;
  readonly reeve: string;
  /** It may differ only where the file has one of these options. */
  readonly only?: readonly string[];
  /** It may differ only where the file has none of these options. */
  readonly unless?: readonly string[];
  readonly effect: Effect;
  /** It is not seen each time: uWSGI loses a race with itself. */
  readonly isChance?: boolean;
  /** What check says of it for the file, as a pattern. */
  readonly check?: string;
  /** Words of docs/migrating.md. */
  readonly docs?: string;
  /** A sentence. */
  readonly reason: string;
}

export interface Found {
  readonly where: string;
  readonly uwsgi: string;
  readonly reeve: string;
  /** The entry of the list that allows it; undefined for none. */
  readonly known: Difference | undefined;
}

const ABSENT = '(absent)';
/** What is compared where one of them does not serve. */
const ofStart = /^start$/;

export const differences: readonly Difference[] = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'differences.json'), 'utf8'),
);
const page = readFileSync(path.join(repository, 'docs/migrating.md'), 'utf8');

type Observations = Readonly<Record<string, string>>;

export function compare(scenario: Scenario, uwsgi: Observations, reeve: Observations): Found[] {
  const serve = uwsgi['start'] === 'serves' && reeve['start'] === 'serves';
  const names = [...new Set([...Object.keys(uwsgi), ...Object.keys(reeve)])].toSorted();
  return names
    .filter((name) => serve || ofStart.test(name))
    .map((name) => ({ name, one: uwsgi[name] ?? ABSENT, other: reeve[name] ?? ABSENT }))
    .filter(({ one, other }) => one !== other)
    .map(({ name, one, other }) => {
      const known = differences.find(
        (each) =>
          fits(each.where, name) &&
          fits(each.uwsgi, one) &&
          fits(each.reeve, other) &&
          isFor(each, scenario),
      );
      return { where: name, uwsgi: one, reeve: other, known };
    });
}

function isFor({ only, unless = [] }: Difference, { options }: Scenario): boolean {
  if (unless.some((name) => options.includes(name))) return false;
  return only === undefined || only.some((name) => options.includes(name));
}

/** Those of the list that should have been seen, and were not. */
export function notSeen(found: readonly Found[]): readonly Difference[] {
  const seen = new Set(found.map(({ known }) => known));
  return differences.filter((each) => each.isChance !== true && !seen.has(each));
}

/** Those that differ in silence: neither the report on the file nor the page names them. */
export function silent(found: readonly Found[], report: string): readonly string[] {
  const entries = new Set(found.flatMap(({ known }) => known ?? []));
  return [...entries]
    .filter(({ effect }) => effect !== 'same')
    .filter(({ check, docs }) => {
      const isChecked = check !== undefined && new RegExp(check).test(report);
      return !isChecked && (docs === undefined || !page.replace(/\s+/g, ' ').includes(docs));
    })
    .map(({ where, reason }) => `${where}: ${reason}`);
}
