/**
 * Which application a request is for: by its path, by a name that a front server gives, and with
 * vhost by its host (pure).
 *
 * With manage-script-name the longest mountpoint that ends at a `/` of the path wins and becomes
 * SCRIPT_NAME. Without it a client cannot name a mountpoint, so the default application gets every
 * request with SCRIPT_NAME empty.
 *
 * With vhost a mount `HOST|/PATH` is for that host. Unlike in uWSGI capitals are no difference, a
 * mount without a port is for every port, one without a host is for every host, and
 * manage-script-name finds those of a host too.
 */

/** The mountpoints, longest first, as `mountTable` prepares them. */
export interface MountTable {
  readonly points: readonly Mounted[];
  /** By mountpoint, also as it was written ("/shop/"): for a front server that names it. */
  readonly byName: ReadonlyMap<string, number>;
  /** The application for paths outside every mountpoint; -1 when there is no application at all. */
  readonly defaultApplication: number;
}

/** With vhost: the tables of hosts that have mounts, and that of all others. */
export interface HostTables extends MountTable {
  readonly hosts?: ReadonlyMap<string, MountTable>;
}

export interface MountedPath {
  readonly application: number;
  readonly scriptName: string;
  readonly pathInfo: string;
}

export interface MountRules {
  readonly by: 'manage-script-name' | 'default-only';
  /** What answers paths outside of every mountpoint where there is no default application. */
  readonly others?: 'first' | 'none';
  readonly vhost?: 'by-host' | 'any-host';
}

interface Mounted {
  readonly prefix: string;
  readonly application: number;
}

/** Prepares `mounts` (by application number; '' is the default application) for `mountOf`. */
export function mountTable(mounts: readonly string[], rules: MountRules): HostTables {
  const all = mounts.map((mount, application) => ({ mount, application }));
  if (rules.vhost !== 'by-host') return tableOf(all, rules);
  const isOfHost = ({ mount }: Named): boolean => mount.includes('|');
  const ofAll = all.filter((each) => !isOfHost(each));
  const hosts = new Set(all.filter(isOfHost).map(({ mount }) => hostOf(mount)));
  const tables = [...hosts].map((host) => {
    const own = all.filter((each) => isOfHost(each) && hostOf(each.mount) === host);
    const paths = own.map(({ mount, application }) => ({ mount: pathOf(mount), application }));
    return [host, tableOf([...paths, ...ofAll], rules)] as const;
  });
  const byName = new Map(all.map(({ mount, application }) => [mount, application]));
  const others = tableOf(ofAll, rules);
  return { ...others, byName: new Map([...byName, ...others.byName]), hosts: new Map(tables) };
}

interface Named {
  readonly mount: string;
  readonly application: number;
}

function hostOf(mount: string): string {
  return mount.slice(0, mount.indexOf('|')).toLowerCase();
}

function pathOf(mount: string): string {
  return mount.slice(mount.indexOf('|') + 1);
}

function tableOf(mounts: readonly Named[], { by, others }: MountRules): MountTable {
  const mounted = mounts.map(({ mount, application }) => ({
    prefix: mount.replace(/\/+$/, ''),
    application,
  }));
  const points = mounted
    .filter(({ prefix }) => prefix.startsWith('/'))
    .toSorted((a, b) => b.prefix.length - a.prefix.length);
  const unmounted = mounted.find(({ prefix }) => prefix === '');
  // Without a default of its own, uWSGI takes the first that is mounted at a path.
  const first = mounted.find(({ prefix }) => prefix.startsWith('/'));
  const names = [
    ...mounted.map(({ prefix, application }) => [prefix, application] as const),
    ...mounts.map(({ mount, application }) => [mount, application] as const),
  ];
  return {
    // What comes first keeps its name.
    byName: new Map(names.toReversed()),
    points: by === 'manage-script-name' ? points : [],
    defaultApplication: (unmounted ?? (others === 'none' ? undefined : first))?.application ?? -1,
  };
}

/** The table for a host as a client writes it. */
export function tableFor(tables: HostTables, host: string): MountTable {
  const name = host.toLowerCase();
  const { hosts } = tables;
  return hosts?.get(name) ?? hosts?.get(name.replace(/:\d*$/, '')) ?? tables;
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
