/** PURE. The keys that were pressed, from the bytes that a terminal sends for them. */

export type Key =
  | { readonly kind: 'letter'; readonly letter: string }
  | {
      readonly kind:
        | ('up' | 'down' | 'left' | 'right' | 'home' | 'end')
        | ('page-up' | 'page-down' | 'enter' | 'escape' | 'interrupt' | 'suspend' | 'redraw');
    };

type Named = Exclude<Key['kind'], 'letter'>;

/** ECMA-48 as xterm sends it, in both modes of its arrow keys; Linux and rxvt for Home and End. */
const sequences: Readonly<Record<string, Named>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  '[H': 'home',
  '[F': 'end',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[4~': 'end',
  '[7~': 'home',
  '[8~': 'end',
  '[5~': 'page-up',
  '[6~': 'page-down',
};

const ESCAPE = '\x1b';

const controls: Readonly<Record<string, Named>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\x03': 'interrupt',
  '\x04': 'interrupt',
  '\x1a': 'suspend',
  '\x0c': 'redraw',
  '\x7f': 'left',
  '\b': 'left',
};

/** What one read has brought. Sequences that are not known are no keys. */
export function keysOf(text: string): readonly Key[] {
  const pattern = new RegExp(`${ESCAPE}(\\[[0-9;?]*[ -/]*[@-~]|O[@-~])|[\\s\\S]`, 'gu');
  return [...text.matchAll(pattern)].flatMap(([character, sequence]): readonly Key[] => {
    if (sequence !== undefined) {
      const kind = sequences[sequence];
      return kind === undefined ? [] : [{ kind }];
    }
    if (character === ESCAPE) return [{ kind: 'escape' }];
    const kind = controls[character];
    if (kind !== undefined) return [{ kind }];
    return character < ' ' ? [] : [{ kind: 'letter', letter: character }];
  });
}
