/** How the kernel shares the processor between this process and others. */

import { callLibc } from './libc.ts';

// Numbers of the Linux interface (linux/sched.h).
const SCHED_OTHER = 0;
const SCHED_BATCH = 3;
/** struct sched_param: the priority, an int, which is 0 for both. */
const SCHED_PARAM_BYTES = 4;

/**
 * Waits for the processor until who runs there has had his turn, instead of interrupting him at
 * each message: what has come by then is read together. An idle processor is had at once as ever.
 *
 * An operator's own choice stands (CPUSchedulingPolicy=, chrt), and so does a system's refusal.
 */
export function waitForTurn(): void {
  if (callLibc('int sched_getscheduler(int pid)', 0) !== SCHED_OTHER) return;
  const parameters = Buffer.alloc(SCHED_PARAM_BYTES);
  callLibc(
    'int sched_setscheduler(int pid, int policy, void *parameters)',
    0,
    SCHED_BATCH,
    parameters,
  );
}
