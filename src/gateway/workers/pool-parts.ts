/** What the pool of workers is given: its limits, and who hears of what happens. */

import type { Logger } from '../../log/logger.ts';
import type { FromGateway } from '../../protocol/control-messages.ts';
import type { RetirementLimits } from '../dispatch/retirement.ts';

export interface PoolLimits extends RetirementLimits {
  /** Seconds a request may run; 0 = without limit. */
  readonly harakiri: number;
  readonly queueMax: number;
  /** How many requests may be sent ahead to one slot; 0 = none. */
  readonly aheadMax: number;
}

export interface PoolEvents {
  readonly tellMaster: (message: FromGateway) => void;
  readonly log: Logger;
  /** What runs or waits has changed. */
  readonly changed: () => void;
}
