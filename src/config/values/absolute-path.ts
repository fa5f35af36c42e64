/** Paths as text: nothing is looked up, and links are the host's to follow. */

/** The path from the root, without `.` and `..`; what is relative begins at `base`. */
export function absolute(path: string, base: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
