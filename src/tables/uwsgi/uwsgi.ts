/**
 * The options of uWSGI that Reeve knows but does not support, and what to do instead.
 *
 * They are kept in groups (`group.ts`), each with one sentence of advice.
 */

import { networkGroups } from './network.ts';
import { observingGroups } from './observing.ts';
import { platformGroups } from './platform.ts';
import { protectionGroups } from './protection.ts';
import { pythonGroups } from './python.ts';
import { readingGroups } from './reading.ts';
import { workersGroups } from './workers.ts';

import type { Argument } from '../kinds.ts';
import type { UnsupportedGroup } from './group.ts';

export interface Unsupported {
  readonly name: string;
  readonly short: string;
  readonly argument: Argument;
  readonly refused: boolean;
  readonly advice: string;
}

export const unsupportedGroups: readonly UnsupportedGroup[] = [
  ...protectionGroups,
  ...platformGroups,
  ...workersGroups,
  ...pythonGroups,
  ...observingGroups,
  ...networkGroups,
  ...readingGroups,
];

const argumentOfMark: Readonly<Record<string, Argument>> = { '=': 'required', '?': 'optional' };

function unsupported(word: string, group: UnsupportedGroup): Unsupported {
  const [, name = word, mark = '', short = ''] = /^([^=?!]+)([=?!]?)(.?)$/.exec(word) ?? [];
  const argument = argumentOfMark[mark] ?? 'none';
  return { name, short, argument, refused: group.refused, advice: group.advice };
}

/** Every option of uWSGI that Reeve does not support, by its long name. */
export const unsupportedOptions: ReadonlyMap<string, Unsupported> = new Map(
  unsupportedGroups.flatMap((group) =>
    group.names
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => unsupported(word, group))
      .map((entry) => [entry.name, entry] as const),
  ),
);
