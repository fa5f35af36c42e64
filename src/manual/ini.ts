/**
 * Settings as an ini file: what was read, and what would be taken if nothing were written.
 */

import { stringify } from 'ini';

import { optionNames, optionOf } from '../tables/options.ts';

import type { OptionName, Settings } from '../tables/options.ts';

/** The options that were given, as a file that gives the same settings. */
export function settingsAsIni(settings: Settings, given: ReadonlyMap<OptionName, string>): string {
  const lines = optionNames
    .filter((name) => given.has(name))
    .flatMap((name) =>
      optionOf(name)
        .kind.format(settings[name])
        .map((text) => `${name} = ${text}`),
    );
  // `%` begins a magic variable when the file is read again, and so is doubled.
  return ['[uwsgi]', ...lines.map((line) => line.replaceAll(/%(?!\()/g, '%%')), ''].join('\n');
}

/** Every option that has a default, as a file to start from. */
export function defaultsAsIni(): string {
  const defaults: Record<string, string> = {};
  for (const name of optionNames) {
    const { kind, default: value, section } = optionOf(name);
    const [text] = kind.format(value);
    if (text !== undefined && section !== 'accepted') defaults[name] = text;
  }
  return stringify(defaults, { section: 'uwsgi', whitespace: true });
}
