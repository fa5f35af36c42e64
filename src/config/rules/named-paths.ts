/**
 * Whether the files and directories that the settings name are there.
 *
 * Only `reeve check` asks: at a start the part that needs a file reports it, and some files appear
 * later. What a start needs is an error, with the exit code that the start would end with.
 */

import { optionNames } from '../../tables/options/options.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

import type { OptionName, Settings } from '../../tables/options/options.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';
import type { ConfigHost } from '../reading/host.ts';

function joined(directory: string, path: string): string {
  return path.startsWith('/') || directory === '' ? path : `${directory}/${path}`;
}

type ErrorPageName = Extract<OptionName, `error-page-${string}`>;

function isErrorPage(name: OptionName): name is ErrorPageName {
  return name.startsWith('error-page-');
}

type Needed = 'chdir' | 'wsgi-file' | 'home' | 'python';

/** What is missing; `needed` names what a start would end for: `chdir /srv/demo`. */
export interface Missing {
  readonly findings: readonly Diagnostic[];
  readonly needed: readonly string[];
}

/** Looks for all that is named; below a `chdir` that is not there nothing more is looked for. */
export function missingPaths(
  settings: Settings,
  given: ReadonlyMap<OptionName, string>,
  host: ConfigHost,
): Missing {
  const findings: Diagnostic[] = [];
  const needed: string[] = [];
  const look = (isThere: boolean, place: string, what: string, path: string) => {
    if (isThere) return;
    findings.push({ severity: 'warning', place, sentence: `${what} ${path} is not there` });
  };
  const need = (isThere: boolean, name: Needed, what: string, exitCode: number) => {
    if (isThere) return;
    const sentence = `${what} ${settings[name]} is not there`;
    findings.push({ severity: 'error', place: origin(name), sentence, exitCode });
    needed.push(`${name} ${settings[name]}`);
  };
  const origin = (name: OptionName) => given.get(name) ?? '';
  const { chdir, home, python } = settings;
  const hasDirectory = chdir === '' || host.isDirectory(chdir);
  need(hasDirectory, 'chdir', 'the directory', exitCodes.config);
  const isServed = settings.module === '' && settings['wsgi-file'] !== '';
  const file = settings['wsgi-file'];
  if (!hasDirectory && !file.startsWith('/')) return { findings, needed };
  const hasFile = file === '' || host.isFile(joined(chdir, file));
  if (isServed && settings['need-app']) {
    need(hasFile, 'wsgi-file', 'the file', exitCodes.noApplication);
  } else look(hasFile, origin('wsgi-file'), 'the file', file);
  if (!hasDirectory) return { findings, needed };
  const hasHome = home === '' || host.isDirectory(joined(chdir, home));
  need(hasHome, 'home', 'the virtual environment', exitCodes.config);
  const hasPython = !python.includes('/') || host.isFile(joined(chdir, python));
  need(hasPython, 'python', 'the interpreter', exitCodes.config);
  for (const { text, origin: place } of settings.pythonpath) {
    look(host.exists(joined(chdir, text)), place, 'the directory', text);
  }
  const roots = ['static-map', 'check-static', 'static-safe', 'sendfile-root'] as const;
  for (const { text, origin: place } of roots.flatMap((name) => settings[name])) {
    const root = text.slice(text.indexOf('=') + 1);
    look(host.exists(joined(chdir, root)), place, 'the directory', root);
  }
  for (const { text, origin: place } of settings.mimefile) {
    look(host.isFile(joined(chdir, text)), place, 'the file', text);
  }
  for (const name of optionNames.filter(isErrorPage)) {
    const page = settings[name];
    if (page !== '') look(host.isFile(joined(chdir, page)), origin(name), 'the file', page);
  }
  return { findings, needed };
}
