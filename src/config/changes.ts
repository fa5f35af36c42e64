/**
 * Which settings a reload changes, and what each change takes.
 */

import { optionNames, optionOf } from '../tables/options/options.ts';

import type { OnReload } from '../tables/option.ts';
import type { OptionName, Settings } from '../tables/options/options.ts';

export interface Change {
  readonly name: OptionName;
  readonly onReload: OnReload;
}

/**
 * The options whose values differ, in the order of the table. Where they were written does not
 * count.
 */
export function changes(before: Settings, after: Settings): readonly Change[] {
  return optionNames
    .filter((name) => {
      const { kind } = optionOf(name);
      const [old, now] = [kind.format(before[name]), kind.format(after[name])];
      return old.length !== now.length || old.some((text, index) => text !== now[index]);
    })
    .map((name) => ({ name, onReload: optionOf(name).onReload }));
}
