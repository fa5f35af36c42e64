/**
 * What a name in a file or on the command line is: an option, a directive, an option of uWSGI that
 * we do not have, or nothing we know.
 */

import { directives } from '../../tables/directives.ts';
import { optionNames, optionOf } from '../../tables/options/options.ts';
import { unsupportedOptions } from '../../tables/uwsgi/uwsgi.ts';
import { nearest } from './nearest.ts';

import type { Directive } from '../../tables/directives.ts';
import type { Argument } from '../../tables/kinds.ts';
import type { OptionName } from '../../tables/options/options.ts';
import type { Unsupported } from '../../tables/uwsgi/uwsgi.ts';

export type Meaning =
  | { readonly kind: 'option'; readonly name: OptionName }
  | { readonly kind: 'directive'; readonly name: string; readonly directive: Directive }
  | { readonly kind: 'unsupported'; readonly unsupported: Unsupported };

const optionOfName = new Map<string, OptionName>();
const longOfShort = new Map<string, string>();

for (const name of optionNames) {
  optionOfName.set(name, name);
  for (const alias of optionOf(name).aliases ?? []) {
    if (alias.length === 1) longOfShort.set(alias, name);
    else optionOfName.set(alias, name);
  }
}
for (const [name, directive] of Object.entries(directives)) {
  if (directive.short !== undefined && !longOfShort.has(directive.short)) {
    longOfShort.set(directive.short, name);
  }
}
for (const { name, short } of unsupportedOptions.values()) {
  if (short !== '') longOfShort.set(short, name);
}

/** What this exact long name means; undefined for a name that we do not know. */
export function meaningOf(name: string): Meaning | undefined {
  const option = optionOfName.get(name);
  if (option !== undefined) return { kind: 'option', name: option };
  if (Object.hasOwn(directives, name)) {
    const directive = directives[name];
    if (directive !== undefined) return { kind: 'directive', name, directive };
  }
  const unsupported = unsupportedOptions.get(name);
  return unsupported === undefined ? undefined : { kind: 'unsupported', unsupported };
}

/** Whether the name must, may or cannot be followed by an argument on the command line. */
export function argumentOf(meaning: Meaning): Argument {
  switch (meaning.kind) {
    case 'option':
      return optionOf(meaning.name).kind.argument;
    case 'directive':
      return meaning.directive.argument;
    case 'unsupported':
      return meaning.unsupported.argument;
  }
}

/** The long name behind a short flag; undefined for a letter that means nothing. */
export function longNameOf(short: string): string | undefined {
  return longOfShort.get(short);
}

function sameMeaning(one: string, other: string): boolean {
  const first = meaningOf(one);
  const second = meaningOf(other);
  if (first?.kind === 'option' && second?.kind === 'option') return first.name === second.name;
  if (first?.kind === 'directive' && second?.kind === 'directive') {
    return JSON.stringify(first.directive.action) === JSON.stringify(second.directive.action);
  }
  return false;
}

/**
 * The long names that begin with `prefix`. Ours count before those that we only know of uWSGI;
 * several that mean the same option are one.
 */
export function namesWithPrefix(prefix: string): readonly string[] {
  const all = [...optionOfName.keys(), ...Object.keys(directives), ...unsupportedOptions.keys()];
  const names = all.filter((name) => name.startsWith(prefix));
  const [first] = names;
  if (first === undefined) return [];
  return names.every((name) => name === first || sameMeaning(first, name)) ? [first] : names;
}

/** The known name that was probably meant; ours before those that we only know of uWSGI. */
export function nearestName(written: string): string | undefined {
  return (
    nearest(written, [...optionOfName.keys(), ...Object.keys(directives)]) ??
    nearest(written, unsupportedOptions.keys())
  );
}
