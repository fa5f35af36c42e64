/**
 * Settings as an ini file: those that were read, and the defaults.
 */

import { stringify } from 'ini';

import { optionNames, optionOf } from '../tables/options/options.ts';

import type { Loaded } from '../config/load.ts';
import type { OptionName } from '../tables/options/options.ts';

type Shown = Pick<Loaded, 'settings' | 'given' | 'secrets'>;

/**
 * The options that were given, as a file that would give the same settings; with a comment above
 * each that says where it was written.
 */
export function settingsAsIni(
  { settings, given, secrets }: Shown,
  form: 'plain' | 'with-places' = 'plain',
): string {
  const names = optionNames.filter((name) => given.has(name));
  const values = names.map((name): [string, readonly string[]] => {
    const texts = optionOf(name).kind.format(settings[name]);
    return [name, texts.map((text) => withoutSecret(name, text, secrets))];
  });
  // `%` would begin a magic variable when the file is read again, so it is doubled.
  const text = printed(values).replaceAll(/%(?!\()/g, '%%');
  if (form === 'plain') return text;
  const places = names.flatMap((name) => placesOf(settings[name], given.get(name) ?? ''));
  const [header = '', ...lines] = text.split('\n');
  const withPlaces = lines.flatMap((line, index) => {
    const place = places[index] ?? '';
    return place === '' || line === '' ? [line] : [`; ${place}`, line];
  });
  return [header, ...withPlaces].join('\n');
}

/** Where each of the printed lines was written. */
function placesOf(value: unknown, place: string): readonly string[] {
  if (!Array.isArray(value)) return value === undefined || value === '' ? [] : [place];
  return value.map((one: unknown) =>
    typeof one === 'object' && one !== null && 'origin' in one ? String(one.origin) : place,
  );
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
  const names = optionNames.filter((name) => optionOf(name).section !== 'accepted');
  const values = names.map((name): [string, readonly string[]] => {
    const { kind, default: value } = optionOf(name);
    return [name, kind.format(value).slice(0, 1)];
  });
  return printed(values);
}

/** One section. uWSGI's dialect has neither quotes nor escapes: those of `ini` are taken out. */
function printed(values: readonly (readonly [string, readonly string[]])[]): string {
  const form = { section: 'uwsgi', whitespace: true, bracketedArray: false };
  const [header = '', ...lines] = stringify(Object.fromEntries(values), form).split('\n');
  return [header, ...lines.map(withoutQuotes)].join('\n');
}

function withoutQuotes(line: string): string {
  const [, start = '', value = ''] = /^(\S+ = )(.*)$/.exec(line) ?? [];
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  const text = isQuoted ? String(JSON.parse(value)) : value.replaceAll(/\\([;#])/g, '$1');
  return `${start}${text}`;
}
