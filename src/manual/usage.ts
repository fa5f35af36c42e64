/**
 * Options in words: their flags, defaults, and notes on reloads and uWSGI.
 */

import { directives } from '../tables/directives.ts';
import { differencesInWords } from '../tables/judgement.ts';
import { optionOf } from '../tables/options/options.ts';

import type { Directive } from '../tables/directives.ts';
import type { OptionName } from '../tables/options/options.ts';

/** `-p, --processes, --workers=NUMBER`; the short ones alone have no other name of uWSGI. */
export function flagsOf(name: OptionName, which: 'all' | 'short' = 'all'): string {
  const { kind, aliases = [] } = optionOf(name);
  const others = which === 'all' ? aliases.filter((alias) => alias.length > 1) : [];
  const long = [name, ...others].map((one) => `--${one}`);
  const short = aliases.filter((alias) => alias.length === 1).map((one) => `-${one}`);
  const flags = [...short, ...long].join(', ');
  if (kind.placeholder === '') return flags;
  return kind.argument === 'optional'
    ? `${flags}[=${kind.placeholder}]`
    : `${flags}=${kind.placeholder}`;
}

/** The default as an operator would write it; empty when there is none. */
export function defaultOf(name: OptionName): string {
  const { kind, default: value } = optionOf(name);
  return kind.format(value).join(' ');
}

/** The difference from uWSGI's option, as a sentence; empty when it is the same. */
export function uwsgiOf(name: OptionName): string {
  const { uwsgi } = optionOf(name);
  if (uwsgi === 'ours-alone') return 'uWSGI does not have this option.';
  const differences = differencesInWords(uwsgi);
  return differences === '' ? '' : `Different from uWSGI: ${differences}.`;
}

const reloadSentences = {
  reload: 'A reload applies a change.',
  restart: 'A change needs a restart.',
} as const;

/** The effect of a reload on a changed value, as a sentence; empty where there is none. */
export function reloadOf(name: OptionName): string {
  const { section, onReload } = optionOf(name);
  return section === 'accepted' ? '' : reloadSentences[onReload];
}

/** A directive under all its names. */
export interface NamedDirective {
  readonly names: readonly string[];
  readonly directive: Directive;
}

/** The directives, those that do the same together. */
export function namedDirectives(): readonly NamedDirective[] {
  const byMeaning = new Map<string, NamedDirective>();
  for (const [name, directive] of Object.entries(directives)) {
    const meaning = JSON.stringify(directive);
    const names = byMeaning.get(meaning)?.names ?? [];
    byMeaning.set(meaning, { names: [...names, name], directive });
  }
  return [...byMeaning.values()];
}
