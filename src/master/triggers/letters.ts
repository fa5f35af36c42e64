/**
 * PURE. What letters of a master-fifo ask for that came together: each thing once, however often it
 * was written. Only `+` and `-` add up, and a second `p` takes the first one back.
 */
import { lettersWithoutEffect } from '../../tables/signals.ts';

/** `workers` is one that exit-on-reload does not make a stop. */
export type ReloadKind = 'brutal' | 'reload' | 'workers' | 'chain';

export type LetterAction =
  | { readonly kind: 'reload'; readonly how: ReloadKind }
  | { readonly kind: 'stop' | 'stop-now' | 'status' | 'reopen' | 'rotate' | 'sleep' | 'pidfiles' }
  | { readonly kind: 'toggle-pause' }
  | { readonly kind: 'scale'; readonly change: number }
  /** It does nothing, and why. */
  | { readonly kind: 'nothing'; readonly why: string };

export interface Letters {
  /** As they were written, each once: "r", "+". */
  readonly letters: string;
  readonly action: LetterAction;
}

const once: Readonly<Record<string, LetterAction>> = {
  r: { kind: 'reload', how: 'reload' },
  w: { kind: 'reload', how: 'workers' },
  R: { kind: 'reload', how: 'brutal' },
  W: { kind: 'reload', how: 'brutal' },
  c: { kind: 'reload', how: 'chain' },
  q: { kind: 'stop' },
  Q: { kind: 'stop-now' },
  s: { kind: 'status' },
  l: { kind: 'reopen' },
  L: { kind: 'rotate' },
  C: { kind: 'sleep' },
  P: { kind: 'pidfiles' },
};

/** The strongest is done where several reloads are asked for together. */
const reloadOrder: readonly ReloadKind[] = ['brutal', 'reload', 'workers', 'chain'];

/** What two wishes become. */
export function stronger(one: ReloadKind, other: ReloadKind): ReloadKind {
  return reloadOrder.indexOf(one) < reloadOrder.indexOf(other) ? one : other;
}

/** What is to be done, in the order of the first letter for each. */
export function readLetters(text: string): readonly Letters[] {
  const distinct = [...new Set(text)];
  const reloads = distinct
    .filter((letter) => once[letter]?.kind === 'reload')
    .sort((a, b) => strength(a) - strength(b));
  const unknown = distinct.filter((letter) => !isKnown(letter));
  const actions = distinct.flatMap((letter): Letters[] => {
    const action = once[letter];
    if (action?.kind === 'reload') {
      return letter === reloads[0] ? [{ letters: letter, action }] : [];
    }
    if (action !== undefined) return [{ letters: letter, action }];
    return letter === 'p' && count(text, 'p') % 2 === 1
      ? [{ letters: letter, action: { kind: 'toggle-pause' } }]
      : [];
  });
  const change = count(text, '+') - count(text, '-');
  if (change !== 0) {
    actions.push({ letters: change > 0 ? '+' : '-', action: { kind: 'scale', change } });
  }
  const idle = distinct.filter((letter) => Object.hasOwn(lettersWithoutEffect, letter));
  for (const letter of idle) {
    const why = lettersWithoutEffect[letter] ?? '';
    actions.push({ letters: letter, action: { kind: 'nothing', why } });
  }
  if (unknown.length > 0) {
    const letters = unknown.slice(0, SHOWN_MAX).map(shown).join('');
    actions.push({ letters, action: { kind: 'nothing', why: '' } });
  }
  return actions;
}

/** So many letters that are no command are shown. */
const SHOWN_MAX = 10;

function strength(letter: string): number {
  const action = once[letter];
  return action?.kind === 'reload' ? reloadOrder.indexOf(action.how) : reloadOrder.length;
}

function isKnown(letter: string): boolean {
  return (
    Object.hasOwn(once, letter) ||
    Object.hasOwn(lettersWithoutEffect, letter) ||
    ['+', '-', 'p'].includes(letter)
  );
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

/** A control character or a byte beyond ASCII would harm a terminal. */
function shown(letter: string): string {
  return /[ -~]/.test(letter) ? letter : '?';
}
