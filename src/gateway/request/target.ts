/**
 * The request target, from the first line of a request (pure).
 *
 * Like uWSGI: dot segments that are written out are resolved, then the path is percent-decoded as
 * latin-1; an encoded slash or dot stays where it stands, `//` is kept, a `#` ends the path.
 * Unlike uWSGI: an absolute target is split, `%zz` stays as written, and a NUL is refused.
 */

export interface RequestTarget {
  /** Decoded path, latin-1. */
  readonly path: string;
  /** As sent, without `?`. */
  readonly query: string;
  /** `host:port` of an absolute target, which counts more than the Host header; '' else. */
  readonly authority: string;
}

/** Returns the parts of a target; undefined where no application could be told of it. */
export function readTarget(target: string, method = 'GET'): RequestTarget | undefined {
  let local = target;
  let authority = '';
  if (target === '*' && method !== 'OPTIONS') return undefined;
  if (!target.startsWith('/') && target !== '*') {
    const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)(.*)$/s.exec(target);
    if (absolute === null) return undefined;
    authority = absolute[1] ?? '';
    // A user before the host could pose as the host.
    if (authority === '' || !isHost(authority)) return undefined;
    local = absolute[2] ?? '';
    if (!local.startsWith('/')) local = '/' + local;
  }
  const queryAt = local.indexOf('?');
  const rawPath = queryAt < 0 ? local : local.slice(0, queryAt);
  const query = queryAt < 0 ? '' : local.slice(queryAt + 1);
  const path = decodePath(rawPath);
  return path === undefined ? undefined : { path, query, authority };
}

/** Whether a text may be a host with its port: what could be taken for more is none. */
export function isHost(text: string): boolean {
  return !/[ \t\xa0/?#@\\,<>"]/.test(text);
}

/** Resolves and decodes a raw path; undefined where it holds a NUL. */
function decodePath(rawPath: string): string | undefined {
  const fragmentAt = rawPath.indexOf('#');
  let path = fragmentAt < 0 ? rawPath : rawPath.slice(0, fragmentAt);
  if (path.includes('/.')) path = withoutDotSegments(path);
  if (!path.includes('%')) return path;
  const decoded = path.replace(/%([0-9A-Fa-f]{2})/g, decodeByte);
  return decoded.includes('\0') ? undefined : decoded;
}

function decodeByte(_escape: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

/** RFC 3986, section 5.2.4. */
function withoutDotSegments(path: string): string {
  const segments = path.split('/');
  const last = segments.length - 1;
  const kept: string[] = [];
  segments.forEach((segment, index) => {
    const isDot = segment === '.';
    const isDoubleDot = segment === '..';
    if (isDoubleDot && kept.length > 1) kept.pop();
    if (!isDot && !isDoubleDot) kept.push(segment);
    else if (index === last) kept.push('');
  });
  return kept.join('/');
}
