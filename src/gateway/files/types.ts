/**
 * File name extension → Content-Type: what the web needs, and what the machine's own table adds, or
 * the table of mime-db on a machine that has none.
 */

import { readFileSync } from 'node:fs';

const SYSTEM_TABLE = '/etc/mime.types';
/** Beside the bundle; packaging/mime-table.ts makes it. */
const OWN_TABLE = new URL('mime.types', import.meta.url);
const UNKNOWN = 'application/octet-stream';

const builtIn: readonly (readonly [string, string])[] = [
  ['text/html', 'html htm'],
  ['text/css', 'css'],
  ['text/javascript', 'js mjs'],
  ['text/plain', 'txt log'],
  ['text/csv', 'csv'],
  ['text/markdown', 'md'],
  ['text/xml', 'xml'],
  ['application/json', 'json map'],
  ['application/manifest+json', 'webmanifest'],
  ['application/pdf', 'pdf'],
  ['application/wasm', 'wasm'],
  ['application/zip', 'zip'],
  ['application/gzip', 'gz'],
  ['image/svg+xml', 'svg svgz'],
  ['image/png', 'png'],
  ['image/jpeg', 'jpg jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
  ['image/avif', 'avif'],
  ['image/x-icon', 'ico'],
  ['font/woff', 'woff'],
  ['font/woff2', 'woff2'],
  ['font/ttf', 'ttf'],
  ['font/otf', 'otf'],
  ['audio/mpeg', 'mp3'],
  ['audio/ogg', 'ogg oga'],
  ['video/mp4', 'mp4'],
  ['video/webm', 'webm'],
];

export type ContentTypeOf = (fileName: string) => string;

/**
 * Returns what knows the type for a file name: application/octet-stream where the extension is not
 * known. `texts` are tables of the operator's own, in place of the machine's, and before ours.
 */
export function contentTypes(texts: readonly string[]): ContentTypeOf {
  let table: ReadonlyMap<string, string> | undefined;
  return (fileName) => {
    table ??= readTable(texts);
    const dot = fileName.lastIndexOf('.');
    const type = dot < 0 ? undefined : table.get(fileName.slice(dot + 1).toLowerCase());
    return type ?? UNKNOWN;
  };
}

/** Ours after the machine's, which is often older than the web; of the operator's the first. */
function readTable(texts: readonly string[]): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  if (texts.length === 0) addTable(entries, systemTable());
  for (const [type, extensions] of builtIn) {
    for (const extension of extensions.split(' ')) entries.set(extension, type);
  }
  for (const text of texts.toReversed()) addTable(entries, text);
  return entries;
}

function addTable(entries: Map<string, string>, text: string): void {
  for (const line of text.split('\n')) {
    const [type, ...extensions] = line.replace(/#.*/, '').trim().split(/\s+/);
    for (const extension of extensions) entries.set(extension.toLowerCase(), type ?? UNKNOWN);
  }
}

function systemTable(): string {
  for (const path of [SYSTEM_TABLE, OWN_TABLE]) {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      // Most containers have no table of the system; our own is not beside the sources.
    }
  }
  return '';
}
