/**
 * dist/mime.types: the content type of each extension that mime-db knows, for machines that have no
 * /etc/mime.types, and in its format. The gateway reads it only there, and with the first file that
 * it serves: so it is a file of its own, and no part of the bundle.
 */
import { createRequire } from 'node:module';

interface MimeType {
  readonly source?: string;
  readonly extensions?: readonly string[];
}

/** The text of the table: a line for each type, with the extensions that mean it. */
export function mimeTable(): string {
  const require = createRequire(import.meta.url);
  const database: Readonly<Record<string, MimeType>> = require('mime-db');
  const types = Object.entries(database)
    .map(([type, { source, extensions = [] }]) => ({
      type,
      extensions,
      rank: rankOf(type, source),
    }))
    .toSorted((one, other) => one.rank - other.rank);
  const best = new Map<string, string>();
  for (const { type, extensions } of types) {
    for (const extension of extensions) best.set(extension, type);
  }
  const lines = Map.groupBy(best.keys(), (extension) => best.get(extension) ?? '');
  return [...lines]
    .map(([type, extensions]) => `${type} ${extensions.join(' ')}\n`)
    .toSorted()
    .join('');
}

/**
 * Of several types with one extension the highest counts: a registered one before another, then one
 * that is not of a vendor, then one that says more than "application".
 */
function rankOf(type: string, source: string | undefined): number {
  const isRegistered = source === 'iana';
  const isCommon = !/\/(?:x-|vnd\.|prs\.)/.test(type);
  const isSpecific = !type.startsWith('application/');
  return (isRegistered ? 4 : 0) + (isCommon ? 2 : 0) + (isSpecific ? 1 : 0);
}
