/**
 * Which application a path belongs to, and how the path is split for it (pure).
 *
 * As in uWSGI: with manage-script-name the longest mountpoint that ends at a `/` of the path wins
 * and becomes SCRIPT_NAME; without it a client cannot name a mountpoint, so the default
 * application gets every request with SCRIPT_NAME empty.
 */

/** The mountpoints, longest first, as `mountTable` prepares them. */
export interface MountTable {
  readonly points: readonly { readonly prefix: string; readonly application: number }[];
  /** By mountpoint: for a front server that names it as SCRIPT_NAME. */
  readonly byPrefix: ReadonlyMap<string, number>;
  /** The application for paths outside every mountpoint; -1 when there is no application at all. */
  readonly defaultApplication: number;
}

export interface MountedPath {
  readonly application: number;
  readonly scriptName: string;
  readonly pathInfo: string;
}

/** Prepares `mounts` (by application number; '' is the default application) for `mountOf`. */
export function mountTable(
  mounts: readonly string[],
  rule: 'manage-script-name' | 'default-only',
): MountTable {
  const prefixes = mounts.map((mount) => mount.replace(/\/+$/, ''));
  const unmounted = prefixes.indexOf('');
  const points = prefixes
    .map((prefix, application) => ({ prefix, application }))
    .filter((point) => point.prefix.startsWith('/'))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return {
    byPrefix: new Map(points.map(({ prefix, application }) => [prefix, application])),
    points: rule === 'manage-script-name' ? points : [],
    // Without a default of its own, uWSGI takes the first that is mounted.
    defaultApplication: unmounted >= 0 || mounts.length === 0 ? unmounted : 0,
  };
}

/** Returns the application for a decoded path, and the SCRIPT_NAME and PATH_INFO for it. */
export function mountOf(table: MountTable, path: string): MountedPath {
  for (const { prefix, application } of table.points) {
    if (path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')) {
      return { application, scriptName: prefix, pathInfo: path.slice(prefix.length) };
    }
  }
  return { application: table.defaultApplication, scriptName: '', pathInfo: path };
}
