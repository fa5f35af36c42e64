/**
 * uWSGI's magic variables: `%` and one character, replaced in the text of a file before it is read.
 *
 * A small letter speaks of the file itself, its capital of the first file of the chain of includes.
 * `%(` is left for the placeholders. A character that means nothing disappears with its percent
 * sign, as in uWSGI; what disappeared is reported.
 */

import type { ConfigHost } from './host.ts';

/** A file as it was named, and which section of it is read. */
export interface FileName {
  readonly path: string;
  /** Empty where none was named. */
  readonly section: string;
}

interface PathParts {
  readonly absolute: string;
  readonly directory: string;
  readonly base: string;
  readonly stem: string;
  readonly extension: string;
  readonly parent: string;
}

function partsOf(file: FileName, host: ConfigHost): PathParts {
  const absolute = file.path === '-' ? '' : host.realPath(file.path);
  const cut = absolute.lastIndexOf('/') + 1;
  const directory = absolute.slice(0, cut);
  const base = absolute.slice(cut);
  const dot = base.lastIndexOf('.');
  return {
    absolute,
    directory,
    base,
    stem: dot === -1 ? base : base.slice(0, dot),
    extension: dot === -1 ? '' : base.slice(dot + 1),
    parent: directory.split('/').at(-2) ?? '',
  };
}

function hashOf(text: string): string {
  let hash = 5381;
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(hash, 33) + text.charCodeAt(index)) >>> 0;
  }
  return hash.toString(16).toUpperCase();
}

function ofFile(letter: string, file: FileName, host: ConfigHost): string | undefined {
  if (letter === 'o') return file.path;
  if (letter === 'x') return file.section;
  const parts = partsOf(file, host);
  switch (letter) {
    case 'p':
      return parts.absolute;
    case 's':
      return parts.base;
    case 'd':
      return parts.directory;
    case 'n':
      return parts.stem;
    case 'e':
      return parts.extension;
    case 'c':
      return parts.parent;
    case 'i':
      return String(host.inode(file.path));
    case 'j':
      return hashOf(parts.absolute);
    default:
      return undefined;
  }
}

function ofHost(character: string, host: ConfigHost): string | undefined {
  const values: Readonly<Record<string, string>> = {
    v: host.cwd,
    V: host.version,
    h: host.hostname,
    k: String(host.cores),
    u: String(host.uid),
    U: host.userName,
    g: String(host.gid),
    G: host.groupName,
    t: String(Math.floor(host.unixMicroseconds / 1_000_000)),
    T: String(host.unixMicroseconds),
    b: host.binary,
    '[': '\u001b',
    '%': '%',
  };
  return values[character];
}

/** The text with its magic variables replaced; `unknown` is called with what disappeared. */
export function replaceMagic(
  text: string,
  file: FileName,
  first: FileName,
  host: ConfigHost,
  unknown: (magic: string) => void,
): string {
  return text.replaceAll(/%([^(\n])/gsu, (magic, character: string) => {
    const fromHost = ofHost(character, host);
    if (fromHost !== undefined) return fromHost;
    if (/\d/.test(character)) {
      const { directory } = partsOf(file, host);
      return directory.split('/').filter((part) => part !== '')[Number(character)] ?? '';
    }
    const small = character.toLowerCase();
    const value = ofFile(small, small === character ? file : first, host);
    if (value === undefined) unknown(magic);
    return value ?? '';
  });
}
