/**
 * One line of configuration, wherever it was written.
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

/** One section of one file, with its lines in order. */
export interface Section {
  readonly name: string;
  readonly lines: readonly FileLine[];
}

export interface FileLine {
  readonly name: string;
  readonly value: string;
  /** From 1; 0 where the format does not tell. */
  readonly line: number;
}
