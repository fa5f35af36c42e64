/**
 * A group of options of uWSGI that Reeve does not support: names that share one piece of advice.
 *
 * After a name, `=` says that it needs an argument on the command line, `?` that it may have one,
 * `!` that it has none, and a last letter is its short flag.
 */

export interface UnsupportedGroup {
  /** Whether a file with one is refused, as the application would be less protected without it. */
  readonly refused: boolean;
  /** What to do instead: no capital, no full stop. */
  readonly advice: string;
  readonly names: string;
}
