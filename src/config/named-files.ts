/**
 * Whether the files and directories that the settings name are there.
 *
 * Only `reeve check` asks: at a start whoever needs a file says so, and some appear later.
 */

import { optionNames } from '../tables/options.ts';
import type { OptionName, Settings } from '../tables/options.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { ConfigHost } from './host.ts';

function joined(directory: string, path: string): string {
  return path.startsWith('/') || directory === '' ? path : `${directory}/${path}`;
}

type ErrorPageName = Extract<OptionName, `error-page-${string}`>;

function isErrorPage(name: OptionName): name is ErrorPageName {
  return name.startsWith('error-page-');
}

/** Warnings about what is missing. */
export function missingFiles(
  settings: Settings,
  given: ReadonlyMap<OptionName, string>,
  host: ConfigHost,
): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  const look = (isThere: boolean, place: string, what: string, path: string) => {
    if (isThere) return;
    findings.push({ severity: 'warning', place, sentence: `${what} ${path} is not there` });
  };
  const origin = (name: OptionName) => given.get(name) ?? '';
  const { chdir, home, python } = settings;
  if (chdir !== '') look(host.isDirectory(chdir), origin('chdir'), 'the directory', chdir);
  if (chdir !== '' && !host.isDirectory(chdir)) return findings;
  const file = settings['wsgi-file'];
  if (file !== '') look(host.isFile(joined(chdir, file)), origin('wsgi-file'), 'the file', file);
  if (home !== '') {
    look(host.isDirectory(joined(chdir, home)), origin('home'), 'the virtual environment', home);
  }
  if (python.includes('/')) look(host.isFile(python), origin('python'), 'the interpreter', python);
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
  return findings;
}
