/** PURE. The messages between the master and the log writer. */

import type { LogPlan } from './log-plan.ts';

export interface WriterSettings {
  readonly type: 'settings';
  readonly title: string;
  readonly plan: LogPlan;
  /** Read ends of the pipes that everything is written to; -1: there is none. */
  readonly serverFd: number;
  readonly requestFd: number;
  /** Where the log would go without loggers, and its path where it has one. */
  readonly mainFd: number;
  readonly mainPath: string;
  /** Files of loggers that the master has opened, as root: paths and descriptors. */
  readonly files: readonly (readonly [path: string, fd: number])[];
  /** Descriptors that Reeve was started with: numbers as in the plan, and as they are here. */
  readonly inherited: readonly (readonly [number: number, fd: number])[];
  /** The application's name, for the journal. */
  readonly app: string;
  readonly hostname: string;
  /** Every line is JSON, also those about the writer itself. */
  readonly isJson: boolean;
}

export type ToWriter =
  | WriterSettings
  /** To be answered by `alive`. */
  | { readonly type: 'ping' }
  | { readonly type: 'reopen' }
  | { readonly type: 'rotate' };

export type FromWriter =
  /** `dropped`: lines that were lost since its start. */
  | { readonly type: 'alive'; readonly dropped: number }
  /** It reads from now on. */
  | { readonly type: 'ready' }
  | { readonly type: 'problem'; readonly sentence: string }
  | {
      readonly type: 'rotated';
      readonly file: string;
      readonly backup: string;
      readonly bytes: number;
    };
