/**
 * PURE. What the application reads of its configuration, in the module `uwsgi`: `uwsgi.opt` and
 * `uwsgi.magic_table`.
 */

import { replaceMagic } from '../reading/magic.ts';

import type { Entry } from '../reading/entry.ts';
import type { ConfigHost } from '../reading/host.ts';
import type { FileName } from '../reading/magic.ts';

export interface ModuleFacts {
  /** In their order, repeated ones too; true for a flag without a value. */
  readonly options: readonly (readonly [name: string, value: string | true])[];
  /** Each character behind a percent sign, and what it stands for. */
  readonly magic: readonly (readonly [character: string, value: string])[];
}

const ALWAYS = 'TUVbghkGtuv[%';
const OF_FILE = 'opsdnecij';

export function moduleFacts(
  entries: readonly Entry[],
  file: FileName | undefined,
  host: ConfigHost,
): ModuleFacts {
  const first = file ?? { path: '', section: '' };
  const letters = file === undefined ? '' : `${OF_FILE}${OF_FILE.toUpperCase()}0123456789`;
  const valueOf = (character: string): string =>
    replaceMagic(`%${character}`, first, first, host, () => {});
  const found = [...ALWAYS, ...letters].map((character): [string, string] => [
    character,
    valueOf(character),
  ]);
  return {
    options: entries.map(({ name, value, from }) => {
      return [name, from === 'flag' && value === 'true' ? true : value];
    }),
    magic: [...found.filter(([, value]) => value !== ''), ['(', '%(']],
  };
}
