/**
 * What a group of options of uWSGI that we do not have is: the names that share one advice.
 *
 * After a name, `=` says that it needs an argument on the command line, `?` that it may have one,
 * `!` that it has none, and a last letter is its short flag.
 */

export interface UnsupportedGroup {
  /** Whether a file that has one is refused: without it the application would be less protected. */
  readonly refused: boolean;
  /** What to do instead: no capital, no full stop. */
  readonly advice: string;
  readonly names: string;
}
