/**
 * PURE. Addresses of servers that several machines share, in place of a directory or a file:
 * `redis://user:password@host:6379/0?queue=shop`, `unix:///run/redis.sock?db=1&password=…`.
 */

export interface StoreAddress {
  readonly scheme: (typeof schemes)[number];
  readonly user: string;
  readonly password: string;
  /** '' of a unix socket, whose path is `path`. */
  readonly host: string;
  /** 0: the usual one. */
  readonly port: number;
  readonly path: string;
  /** The number of the database; '' where none is named. */
  readonly database: string;
  /** The name of the queue; undefined where none is named. */
  readonly queue: string | undefined;
}

export type ParsedAddress =
  | { readonly ok: true; readonly address: StoreAddress }
  | { readonly ok: false; readonly problem: string };

const schemes = ['redis', 'rediss', 'valkey', 'valkeys', 'unix'] as const;
const UNIX = /^unix:\/\/(?:[^@/]*@)?\/[^?#]+/;

/** Whether a value names a server, and not a file or a directory. */
export function isStoreAddress(text: string): boolean {
  return text.includes('://');
}

/** Takes an address apart. */
export function parseStoreAddress(text: string): ParsedAddress {
  const scheme = schemes.find((each) => text.startsWith(`${each}://`));
  if (scheme === undefined) {
    const known = schemes.map((each) => `${each}://`).join(', ');
    return wrong(`${text.slice(0, text.indexOf('://'))}:// is none of ${known}`);
  }
  if (scheme === 'unix' && !UNIX.test(text)) {
    return wrong('it has no path of a socket, as unix:///run/redis.sock has');
  }
  // The standard allows no user before an empty host; libraries do.
  const url = urlOf(scheme === 'unix' ? withHost(text) : text);
  if (url === undefined) return wrong('it is no address such as redis://host:6379/0');
  const { searchParams, pathname } = url;
  if (scheme !== 'unix' && url.hostname === '') return wrong('it has no host');
  const named = scheme === 'unix' ? '' : pathname.slice(1);
  const database = searchParams.get('db') ?? named;
  if (!/^\d{0,5}$/.test(database)) {
    return wrong(`${database} is not the number of a database, as 0 is`);
  }
  const [user, password] = [url.username, url.password].map((each) => decodeURIComponent(each));
  return {
    ok: true,
    address: {
      ...{ scheme, database },
      user: user ? user : (searchParams.get('username') ?? ''),
      password: password ? password : (searchParams.get('password') ?? ''),
      host: scheme === 'unix' ? '' : url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port),
      path: scheme === 'unix' ? decodeURIComponent(pathname) : '',
      queue: searchParams.get('queue') ?? undefined,
    },
  };
}

/** What is wrong with an address; undefined where nothing is. */
export function storeAddressProblem(text: string): string | undefined {
  const parsed = parseStoreAddress(text);
  return parsed.ok ? undefined : parsed.problem;
}

/** The address for people and logs: without a password, and of its query the queue alone. */
export function shownAddress(text: string): string {
  if (!isStoreAddress(text)) return text;
  const place = text.replace(/[?#].*$/, '').replace(/^([^:]*:\/\/)[^/]*@/, '$1');
  const parsed = parseStoreAddress(text);
  const queue = parsed.ok ? parsed.address.queue : undefined;
  return queue === undefined ? place : `${place}?queue=${queue}`;
}

/** `unix://user@/path` with a host, which the standard wants behind a user. */
function withHost(text: string): string {
  return text.replace(/^unix:\/\/([^@/]*@)?\//, (_, user: string = '') => `redis://${user}unix/`);
}

function urlOf(text: string): URL | undefined {
  try {
    const url = new URL(text);
    // Throws where an escape is broken.
    decodeURIComponent(`${url.username}${url.password}${url.pathname}`);
    return url;
  } catch {
    return undefined;
  }
}

function wrong(problem: string): ParsedAddress {
  return { ok: false, problem };
}
