/**
 * What makes two requests the same for quarantine.ts (pure): their method and their path, however
 * the path is written. `/a/../x`, `//x`, `/%78` and `http://host/x?y` are one path.
 *
 * It is not the path that the application gets: it is for comparing and for the log.
 */

/** What is longer is compared by its beginning alone, so that keys have a bounded size. */
const TARGET_MAX = 2048;
const PATH_MAX = 256;

/** Returns "GET /path", in visible ASCII but for a `…` at the end of what was cut. */
export function requestKey(method: string, target: string): string {
  const raw = target.slice(0, TARGET_MAX);
  const local = raw.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/, '').replace(/[?#].*$/s, '');
  const path = withoutDots(visible(local));
  // Only a path that goes on was cut: what follows a "?" is no part of it.
  const isCut = target.length > TARGET_MAX && !/[?#]/.test(raw);
  const isWhole = !isCut && path.length <= PATH_MAX;
  return `${visible(method.slice(0, PATH_MAX))} ${isWhole ? path : `${path.slice(0, PATH_MAX)}…`}`;
}

/** Escapes of visible characters are decoded; all other bytes are escaped, in one form. */
function visible(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})|[^!-~]/g, (matched, digits: string | undefined) => {
    const byte = digits === undefined ? matched.charCodeAt(0) : Number.parseInt(digits, 16);
    if (byte > 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** Resolves dot segments and slashes in a row; an encoded dot or slash is one by now. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.' && segment !== '') kept.push(segment);
  }
  if (path === '*') return path;
  const last = segments.at(-1) ?? '';
  const isFolder = kept.length > 0 && (last === '' || last === '.' || last === '..');
  return `/${kept.join('/')}${isFolder ? '/' : ''}`;
}
