/** Something that a start would end with on this machine. */
import type { OperatorError } from '../../base/operator-error.ts';

export interface Shortfall {
  readonly refusal: OperatorError;
  /** The setting that it is about: "chdir /srv/demo". */
  readonly what: string;
}
