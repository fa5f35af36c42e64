/**
 * What uWSGI and Reeve make of the same files, flags and variables, without starting either.
 *
 * uWSGI prints with `--show-config` every entry with its value expanded, and then ends by itself,
 * because no case names a socket. Of Reeve the reader is asked in this process. Compared are the
 * options that Reeve has: all values of one that repeats, the last of one that does not.
 */

import { spawnSync } from 'node:child_process';

import { createConfigHost } from '../../src/cli/process/real-host.ts';
import { firstError } from '../../src/config/reading/diagnostic.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { meaningOf } from '../../src/config/reading/names.ts';
import { optionOf } from '../../src/tables/options/options.ts';
import type { OptionName } from '../../src/tables/options/options.ts';
import type { Place } from '../support/place.ts';
import type { Observations } from './compare.ts';
import type { ServerName } from './servers.ts';
import type { SettingsCase } from './settings-case.ts';
import { casesOfFiles } from './settings-of-files.ts';
import { casesOfWords } from './settings-of-words.ts';

const REFUSED = 'refused';
/** `name = value`; a value may go on in lines that are no entries. */
const entry = /^(.+?) = (.*(?:\n(?!.+? = ).*)*)\n/gm;
const version = '2.0.21';
/** So that Reeve's rules find nothing missing: what uWSGI would begin to serve. */
const needed = ['--http', ':0', '--module', 'none'];
const own: ReadonlySet<OptionName> = new Set<OptionName>(['plugins', 'need-app', 'http', 'module']);

type Values = Map<OptionName, string[]>;

/** Every case's options, as `CASE, OPTION`. */
export async function settingsObservations(name: ServerName, place: Place): Promise<Observations> {
  const seen: Record<string, string> = {};
  for (const each of [...casesOfFiles, ...casesOfWords]) {
    for (const [file, text] of Object.entries(each.files ?? {})) place.write(file, text);
    const values = name === 'uwsgi' ? valuesOfUwsgi(each, place) : await valuesOfReeve(each, place);
    if (values === REFUSED) seen[`${each.title}, start`] = REFUSED;
    else for (const [option, texts] of values) seen[`${each.title}, ${option}`] = texts.join(' | ');
  }
  return Object.fromEntries(
    Object.entries(seen).map(([key, text]) => [key, text.replaceAll(place.directory, 'DIRECTORY')]),
  );
}

function valuesOfUwsgi({ argv, env }: SettingsCase, place: Place): Values | typeof REFUSED {
  const words = ['--plugin', 'python3,http', '--need-app', '--show-config', ...argv];
  const run = spawnSync('uwsgi', words, {
    cwd: place.directory,
    env: place.environment(env),
    encoding: 'utf8',
    // Never a socket, which uWSGI would serve on: Node makes one of an input that it writes.
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10_000,
    killSignal: 'SIGKILL',
  });
  const output = run.stdout + run.stderr;
  const [, shown] = /^\[uwsgi\]\n(.*?)^;end of configuration$/ms.exec(output) ?? [];
  if (shown === undefined) return REFUSED;
  const values: Values = new Map();
  for (const [, name = '', text = ''] of shown.matchAll(entry)) {
    const meaning = meaningOf(name);
    if (meaning?.kind !== 'option' || own.has(meaning.name)) continue;
    const { kind } = optionOf(meaning.name);
    // A number or switch counts as what it means: `4 ; four` is 4.
    const parsed = kind.isText ? undefined : kind.parse(text, '');
    const texts = parsed?.ok === true ? kind.format(parsed.value) : [text];
    values.set(
      meaning.name,
      kind.repeats ? [...(values.get(meaning.name) ?? []), ...texts] : [...texts],
    );
  }
  return values;
}

async function valuesOfReeve(
  { argv, env }: SettingsCase,
  place: Place,
): Promise<Values | typeof REFUSED> {
  const host = createConfigHost({
    environment: place.environment(env),
    cwd: place.directory,
    version,
    binary: '/usr/bin/reeve',
  });
  const { diagnostics, given, settings } = await loadConfiguration([...needed, ...argv], host);
  if (firstError(diagnostics) !== undefined) return REFUSED;
  const names = [...given.keys()].filter((option) => !own.has(option));
  return new Map(
    names.map((option) => [option, [...optionOf(option).kind.format(settings[option])]]),
  );
}
