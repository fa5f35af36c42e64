/**
 * Which files a request's path could mean under the static maps (pure).
 */

export interface StaticMap {
  /** "/static", or "/robots.txt" for a map to a single file. */
  readonly mount: string;
  readonly root: string;
}

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
    candidates.push({ map, path: root.replace(/\/+$/, '') + rest });
  }
  return candidates;
}

function isSafe(path: string, rawTarget: string): boolean {
  if (!path.startsWith('/') || path.includes('\\') || path.includes('\0')) return false;
  const query = rawTarget.indexOf('?');
  const rawPath = query < 0 ? rawTarget : rawTarget.slice(0, query);
  if (/%(2f|5c)/i.test(rawPath)) return false;
  return !path.split('/').includes('..');
}
