/**
 * What `reeve check` has to say of a file of the corpus, on a machine that has all that the file
 * names: the same for every machine, and without starting anything.
 */

import path from 'node:path';

import { printDiagnostic } from '../../src/config/reading/diagnostic.ts';
import type { ConfigHost } from '../../src/config/reading/host.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import type { Loaded } from '../../src/config/load.ts';
import { verdictWords } from '../../src/tables/judgement.ts';
import { writtenHost } from '../support/written-host.ts';
import type { Scenario } from './scenario.ts';

export function loadScenario(scenario: Scenario): Promise<Loaded> {
  return loadConfiguration(scenario.words, scenarioHost(scenario));
}

/**
 * A line for each line of the file, with its verdict, and why where it is not as in uWSGI; then
 * what is found of the whole.
 */
export function reportOn({ judgements, diagnostics }: Loaded): string {
  const lines = judgements.map(({ verdict, name, value, sentence, advice }) => {
    const why = [sentence, advice].filter((part) => part !== undefined && part !== '').join('; ');
    const isPlain = why === '' || verdict === 'same' || verdict === 'always';
    const line = `${verdictWords[verdict]}: ${name} = ${value}`;
    return isPlain ? line : `${line}\n    ${why}`;
  });
  return [...lines, ...diagnostics.map((one) => printDiagnostic(one))]
    .map((line) => `${line}\n`)
    .join('');
}

function scenarioHost(scenario: Scenario): ConfigHost {
  const { environment, directories, files, pythonHomes } = scenario;
  const written = new Map(Object.entries(files));
  for (const home of pythonHomes) written.set(path.join(home, 'bin/python'), '');
  const folders = new Set(['/', ...directories, ...pythonHomes]);
  for (const name of [...folders, ...written.keys()]) addParents(folders, name);
  const absolute = (name: string) => path.resolve('/srv', name);
  const host = writtenHost(written, environment);
  const isDirectory = (name: string) => folders.has(absolute(name));
  return {
    ...host,
    isDirectory,
    exists: (name) => isDirectory(name) || host.exists(name),
    glob: (pattern) =>
      [...folders, ...written.keys()]
        .filter((name) => path.matchesGlob(name, absolute(pattern)))
        .toSorted(),
    forReload: () => scenarioHost(scenario),
  };
}

function addParents(folders: Set<string>, name: string): void {
  for (let at = path.dirname(name); !folders.has(at); at = path.dirname(at)) folders.add(at);
}
