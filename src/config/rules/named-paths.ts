/**
 * Whether files and directories that the settings name, and that a start can do without, are there.
 * Some appear later, so only `reeve check` asks. What a start needs it looks for itself, and
 * rehearsal with it.
 */

import type { OptionName, Settings } from '../../tables/options/options.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';
import type { ConfigHost } from '../reading/host.ts';

function joined(directory: string, path: string): string {
  return path.startsWith('/') || directory === '' ? path : `${directory}/${path}`;
}

/** Looks for all that is named; below a `chdir` that is not there nothing is looked for. */
export function missingPaths(
  settings: Settings,
  given: ReadonlyMap<OptionName, string>,
  host: ConfigHost,
): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  const look = (isThere: boolean, place: string, what: string, path: string) => {
    if (isThere) return;
    findings.push({ severity: 'warning', place, sentence: `${what} ${path} is not there` });
  };
  const { chdir } = settings;
  if (chdir !== '' && !host.isDirectory(chdir)) return [];
  for (const { text, origin: place } of settings.pythonpath) {
    look(host.exists(joined(chdir, text)), place, 'the directory', text);
  }
  const roots = ['static-map', 'check-static', 'static-safe', 'sendfile-root'] as const;
  for (const { text, origin: place } of roots.flatMap((name) => settings[name])) {
    const root = text.slice(text.indexOf('=') + 1);
    look(host.exists(joined(chdir, root)), place, 'the directory', root);
  }
  for (const { text, origin: place } of settings['touch-reload']) {
    look(host.exists(joined(chdir, text)), place, 'the file', text);
  }
  // With a module beside it the file is not served.
  const file = settings['wsgi-file'];
  if (file === '' || settings.module === '') return findings;
  look(host.isFile(joined(chdir, file)), given.get('wsgi-file') ?? '', 'the file', file);
  return findings;
}
