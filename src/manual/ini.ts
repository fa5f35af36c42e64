/**
 * Settings as an ini file: those that were read, and the defaults.
 */

import { stringify } from 'ini';

import { optionNames, optionOf } from '../tables/options/options.ts';

import type { Loaded } from '../config/load.ts';
import type { OptionName } from '../tables/options/options.ts';

type Shown = Pick<Loaded, 'settings' | 'given' | 'secrets'>;

/** The options that were given, as a file that would give the same settings. */
export function settingsAsIni({ settings, given, secrets }: Shown): string {
  const lines = optionNames
    .filter((name) => given.has(name))
    .flatMap((name) =>
      optionOf(name)
        .kind.format(settings[name])
        .map((text) => `${name} = ${withoutSecret(name, text, secrets)}`),
    );
  // `%` would begin a magic variable when the file is read again, so it is doubled.
  return ['[uwsgi]', ...lines.map((line) => line.replaceAll(/%(?!\()/g, '%%')), ''].join('\n');
}

/** A value from a credential is printed as it was written, credential:NAME, and not its secret. */
function withoutSecret(name: OptionName, text: string, secrets: Shown['secrets']): string {
  const { repeats } = optionOf(name).kind;
  const ofOption = secrets.filter((secret) => secret.name === name);
  // A scalar may be printed in another form than it was read in; only its last value counts.
  const found = ofOption.findLast((secret) => !repeats || secret.value === text);
  return found?.shown ?? text;
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
