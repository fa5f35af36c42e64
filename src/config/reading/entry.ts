/**
 * One line of configuration, wherever it was written, and the sections that a file is cut into.
 */

export type From = 'file' | 'flag' | 'environment';

/** A name and a value as they were written. */
export interface Line {
  readonly name: string;
  readonly value: string;
  /** `app.ini:4`, `--http`, `UWSGI_HTTP`. */
  readonly origin: string;
  readonly from: From;
}

/** A line that has its place in the order of evaluation. */
export interface Entry extends Line {
  /** A directive, or a placeholder of `set-placeholder`: its value is not expanded, as in uWSGI. */
  readonly hasActed: boolean;
  /** Whether it is only a placeholder, even where an option has that name. */
  readonly isPlaceholder: boolean;
  /** Whether `strict` came before it and holds, so that an unknown name is refused. */
  readonly isStrict: boolean;
  /** The value as it was written, where it holds a credential and must not be printed. */
  readonly shown?: string;
}

/** The section that is read where a file is named without one. */
export const defaultSection = 'uwsgi';

/** The text of a file, cut into sections; `ok` is false where it is not of its format at all. */
export type FileText =
  | { readonly ok: true; readonly sections: readonly Section[] }
  | { readonly ok: false; readonly problem: Flaw };

/** One section of one file, with its lines in order. */
export interface Section {
  readonly name: string;
  readonly lines: readonly FileLine[];
  /** Values that cannot be an option's: they refuse the file where this section is read. */
  readonly problems: readonly Flaw[];
  /** What is in the section and has no effect. */
  readonly ignored: readonly Flaw[];
  /** A header that does not end as one: where it is, and as it is written. */
  readonly unclosed?: { readonly line: number; readonly written: string };
}

export interface FileLine {
  readonly name: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

/** What is wrong at a place of a file. */
export interface Flaw {
  /** From 1. */
  readonly line: number;
  /** No capital unless a name, no full stop. */
  readonly sentence: string;
  readonly advice?: string;
}

/** Tells the line, from 1, of an offset in the text; offsets have to come in rising order. */
export function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let counted = 0;
  return (offset) => {
    for (let at = text.indexOf('\n', counted); at !== -1 && at < offset; line++) {
      counted = at + 1;
      at = text.indexOf('\n', counted);
    }
    return line;
  };
}
