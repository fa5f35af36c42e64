/** Something that a start would end with on this machine, or that it would complain of. */
import type { OperatorError } from '../../base/operator-error.ts';

export interface Shortfall {
  /** `warning`: the start says it and goes on, as with need-app = false. */
  readonly severity: 'error' | 'warning';
  readonly refusal: OperatorError;
  /** The setting that it is about: "chdir /srv/demo". */
  readonly what: string;
  /** A hook that names its place, and runs before: it may make what is missing. */
  readonly hook?: string;
}
