/**
 * Which files a request's path could mean under the static maps (pure).
 */

import type { StaticMap } from '../../protocol/response-settings.ts';

export interface StaticCandidate {
  readonly map: StaticMap;
  /** Latin-1 text that stands for the bytes of the file's path. */
  readonly path: string;
}

/**
 * Returns where to look, in the order of the maps. Nothing for a path that could leave its root or
 * mean something else to another program: dot segments, NUL, backslash, an encoded slash.
 */
export function staticCandidates(
  maps: readonly StaticMap[],
  path: string,
  rawTarget: string,
): StaticCandidate[] {
  if (!isSafe(path, rawTarget)) return [];
  const candidates: StaticCandidate[] = [];
  for (const map of maps) {
    const mount = map.mount.replace(/\/+$/, '');
    if (!path.startsWith(mount)) continue;
    const rest = path.slice(mount.length);
    if (rest !== '' && !rest.startsWith('/')) continue;
    const root = Buffer.from(map.root, 'utf8').toString('latin1');
    candidates.push({ map, path: root.replace(/\/+$/, '') + (map.keepsMount ? path : rest) });
  }
  return candidates;
}

/** Whether a real path is a root itself or lies below it; a sibling's name may begin like it. */
export function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
}

/** Returns the files that a response may name by this path, in the order of the roots. */
export function sendfileCandidates(
  roots: readonly { readonly prefix: string; readonly root: string }[],
  named: string,
): { readonly root: string; readonly path: string }[] {
  if (named.includes('\0') || named.split('/').includes('..')) return [];
  return roots.flatMap(({ prefix, root }) => {
    const bytes = Buffer.from(root, 'utf8').toString('latin1').replace(/\/+$/, '');
    const mount = prefix.replace(/\/+$/, '');
    if (mount !== '' && isBelow(named, mount)) {
      return [{ root, path: bytes + named.slice(mount.length) }];
    }
    if (isBelow(named, bytes)) return [{ root, path: named }];
    return named.startsWith('/') ? [] : [{ root, path: `${bytes}/${named}` }];
  });
}

function isSafe(path: string, rawTarget: string): boolean {
  if (!path.startsWith('/') || path.includes('\\') || path.includes('\0')) return false;
  const query = rawTarget.indexOf('?');
  const rawPath = query < 0 ? rawTarget : rawTarget.slice(0, query);
  if (/%(2f|5c)/i.test(rawPath)) return false;
  return !path.split('/').includes('..');
}
