/**
 * PURE. What the application is called in the journal: REEVE_APP, and the beginning of
 * SYSLOG_IDENTIFIER.
 *
 * The name that the operator chose for the processes comes first (procname-prefix-spaced,
 * procname-prefix), then that of the configuration file, which under reeve@NAME.service is NAME,
 * then the application's module. It stays what it was at the start.
 */
import { basename, extname } from 'node:path';

import type { Settings } from '../../tables/options/options.ts';

export interface AppNameParts {
  readonly procnamePrefixSpaced: string;
  readonly procnamePrefix: string;
  /** Configuration files as they were read, the first one first. */
  readonly files: readonly string[];
  /** `module` or `wsgi-file`, '' without one. */
  readonly application: string;
}

const NAME_CHARACTERS_MAX = 64;

/** The name that follows from what was loaded. */
export function appNameOf(settings: Settings, files: readonly string[]): string {
  return appName({
    procnamePrefixSpaced: settings['procname-prefix-spaced'],
    procnamePrefix: settings['procname-prefix'],
    files,
    application: settings['wsgi-file'] || settings.module,
  });
}

/** The name: words joined by `-`, never empty. */
export function appName(parts: AppNameParts): string {
  const [file = ''] = parts.files;
  const candidates = [
    parts.procnamePrefixSpaced,
    parts.procnamePrefix,
    basename(file, extname(file)),
    basename(parts.application.split(':')[0] ?? '').replace(/\.(py|wsgi)$/, ''),
  ];
  return candidates.map(cleaned).find((name) => name !== '') ?? 'reeve';
}

/** Without what would disturb `journalctl -t`: a prefix often ends in a separator. */
function cleaned(text: string): string {
  const words = text.replace(/[^\p{L}\p{N}._@+-]+/gu, '-');
  return words.replace(/^[-._]+|[-._]+$/g, '').slice(0, NAME_CHARACTERS_MAX);
}
