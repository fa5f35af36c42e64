/** What the words after `reeve why` mean (pure). */

export interface WhyWords {
  readonly target: string | undefined;
  /** A request or a path; undefined: everything. */
  readonly about: { readonly kind: 'request' | 'path'; readonly text: string } | undefined;
}

/** As Reeve and most proxies make them: 32 hex digits, or a UUID. */
const ID = /^([0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;

/**
 * A word that begins with a slash is a path of the application, unless there is such a file: then
 * it is an instance. The second of two words is never an instance.
 */
export function readWhyWords(
  first: string | undefined,
  second: string | undefined,
  isFile: (path: string) => boolean,
): WhyWords {
  if (second !== undefined) return { target: first, about: aboutOf(second) };
  if (first === undefined) return { target: undefined, about: undefined };
  const isAbout = ID.test(first) || (first.startsWith('/') && !isFile(first));
  return isAbout
    ? { target: undefined, about: aboutOf(first) }
    : { target: first, about: undefined };
}

function aboutOf(text: string): WhyWords['about'] {
  if (!text.startsWith('/')) return { kind: 'request', text };
  return { kind: 'path', text: text.replace(/[?#].*$/s, '') };
}
