/**
 * PURE. What root makes before a service starts, as a file for systemd-tmpfiles (tmpfiles.d(5)).
 *
 * Mode and owner of a directory begin with a colon: they hold only for one that is newly made.
 */

import { word } from './unit-text.ts';

export type TmpfilesLine =
  | {
      readonly kind: 'directory';
      readonly path: string;
      readonly mode: number;
      readonly owner: string;
      readonly group: string;
    }
  /** The user may create files in the directory. */
  | { readonly kind: 'access'; readonly path: string; readonly user: string }
  /** The file is there, and the user's; a new log is not for everybody's eyes. */
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly user: string;
      readonly is: 'log' | 'pidfile';
    };

/** Where systemd-tmpfiles looks for an administrator's files. */
export const TMPFILES_FOLDER = '/etc/tmpfiles.d';

/** In the service: a unix socket that it makes. systemd ignores what begins with X-. */
export const SOCKETS_MARK = 'X-Reeve-Socket';

/** As Reeve itself makes a log; one that is there keeps its mode. */
const LOG_MODE = ':0640';

/** They stay also when they are empty. */
const others = ['/run/reeve', '/run/lock', '/run/user', '/run/systemd'];

/** The file's name; at boot the files are read in the order of names, and packages come first. */
export function tmpfilesName(unit: string): string {
  return `zz-reeve-${unit}.conf`;
}

/** Its text: directories first, as files are in them. */
export function tmpfilesText(head: readonly string[], lines: readonly TmpfilesLine[]): string {
  const order = ['directory', 'access', 'file'];
  const sorted = lines.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return `${[...head.map((text) => `# ${text}`), ...sorted.map(lineText)].join('\n')}\n`;
}

/** What may lie about when the units are gone. */
export interface Leftovers {
  /** Unix sockets; without a listener they may be removed. */
  readonly sockets: readonly string[];
  /** Files in /run; empty ones may be removed. */
  readonly files: readonly string[];
  /** Directories in /run, deepest first; empty ones may be removed. */
  readonly directories: readonly string[];
}

/** Reads it from the texts of the units and of the file for systemd-tmpfiles. */
export function leftoversOf(texts: readonly string[]): Leftovers {
  const all = (pattern: RegExp): string[] =>
    texts.flatMap((text) => [...text.matchAll(pattern)].map(([, found = '']) => found));
  const listened = all(/^ListenStream=(\/run\/.+)\/[^/]+$/gm);
  const made = [...all(/^d (\/run\/[^\s"]+) :1755 :root :root /gm), ...listened];
  const directories = made.flatMap((path) => {
    const names = path.split('/').slice(2);
    return names.map((_, index) => `/run/${names.slice(0, index + 1).join('/')}`);
  });
  return {
    sockets: all(new RegExp(`^${SOCKETS_MARK}=(.*)$`, 'gm')).map((text) =>
      text.replaceAll('%%', '%'),
    ),
    files: all(/^f (\/run\/[^\s"]+) /gm),
    directories: [...new Set(directories)]
      .filter((path) => !others.includes(path))
      .toSorted((a, b) => b.length - a.length),
  };
}

function lineText(line: TmpfilesLine): string {
  const path = word(line.path);
  switch (line.kind) {
    case 'directory': {
      const mode = line.mode.toString(8).padStart(4, '0');
      return `d ${path} :${mode} :${line.owner} :${line.group} -`;
    }
    case 'access':
      return `a+ ${path} - - - - u:${line.user}:rwx`;
    case 'file':
      return `f ${path} ${line.is === 'log' ? LOG_MODE : '-'} ${line.user} - -`;
    default:
      return line satisfies never;
  }
}
