/**
 * The table of options as JSON, for programs.
 */

import { optionNames, optionOf } from '../tables/options/options.ts';
import { defaultOf } from './usage.ts';

/** One array with a record for each option. */
export function optionsAsJson(): string {
  const records = optionNames.map((name) => {
    const { section, kind, summary, details, aliases = [], onReload, uwsgi } = optionOf(name);
    const { placeholder, argument, repeats } = kind;
    const base = { name, aliases, section, placeholder, argument, repeats };
    return { ...base, default: defaultOf(name), summary, details, onReload, uwsgi };
  });
  return `${JSON.stringify(records, undefined, 2)}\n`;
}
