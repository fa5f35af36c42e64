/**
 * Whether the files and directories that the settings name are there.
 *
 * Only `reeve check` asks: at a start whoever needs a file says so, and some appear later.
 */

import type { OptionName, Settings } from '../tables/options.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { ConfigHost } from './host.ts';

function joined(directory: string, path: string): string {
  return path.startsWith('/') || directory === '' ? path : `${directory}/${path}`;
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
  for (const { text, origin: place } of settings['static-map']) {
    const root = text.slice(text.indexOf('=') + 1);
    look(host.exists(joined(chdir, root)), place, 'the directory', root);
  }
  return findings;
}
