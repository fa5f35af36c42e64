/** What `reeve why` finds (pure): a cause, in words with its figures, and what to do. */
import type { Scene } from './scene.ts';

/** One word for each kind of fault, for scripts; docs/seeing.md explains them. */
export type Cause =
  | 'not-ready'
  | 'gateway-silent'
  | 'fork-unsafe-thread'
  | 'full-disk'
  | 'disk-trouble'
  | 'poison-request'
  | 'deadlock'
  | 'broken-deploy'
  | 'interpreter-held'
  | 'slow-requests'
  | 'memory-growth'
  | 'slow-clients'
  | 'worker-deaths'
  | 'hung-task'
  | 'failing-requests'
  | 'processors-used-up'
  | 'too-few-workers'
  | 'memory-short'
  | 'clients-waiting'
  | 'connections-full'
  | 'open-files'
  | 'workers-churn'
  | 'errors-logged'
  | 'daemon-failing'
  | 'cron-failing'
  | 'tasks-put-aside'
  | 'log-lines-lost'
  | 'machine-busy';

export interface Finding {
  readonly cause: Cause;
  /** `fault`: clients or work suffer now; `warning`: they will; `note`: it may be meant. */
  readonly severity: 'fault' | 'warning' | 'note';
  /** How likely it is the cause of what is wrong: 0 to 100. */
  readonly weight: number;
  /** With its figures, without a full stop. */
  readonly sentence: string;
  /** What to do, without a full stop. */
  readonly advice: string;
  /** For programs. */
  readonly figures: Readonly<Record<string, string | number>>;
  /** Lines to show below it: a stack. */
  readonly lines: readonly string[];
}

/** A rule looks at the scene and says what it finds there. */
export type Rule = (scene: Scene) => readonly Finding[];
