/**
 * PURE. What the kernel's files say of limits on processes and threads, which it counts together
 * and calls tasks.
 */

export interface TaskCount {
  readonly current: number;
  readonly max: number;
  /** How often the limit has been reached. */
  readonly hits: number;
}

/**
 * What was refused has perhaps ended what asked for it: a gateway that gets no thread has had some
 * threads already.
 */
const SLACK = 12;

/** Whether a limit is, or a moment ago was, reached. */
export function isFull({ current, max }: Pick<TaskCount, 'current' | 'max'>): boolean {
  return current > 0 && current >= max - Math.min(SLACK, Math.floor(max / 4));
}

/** From the files of a control group; undefined where it has no limit of its own. */
export function tasksOf(read: (name: string) => string | undefined): TaskCount | undefined {
  const max = Number(read('pids.max'));
  const current = Number(read('pids.current'));
  if (!Number.isInteger(max) || !Number.isInteger(current)) return undefined;
  const hits = Number(/^max (\d+)$/m.exec(read('pids.events') ?? '')?.[1] ?? 0);
  return { current, max, hits };
}

/** The soft limit of /proc/PID/limits; undefined where it is unlimited. */
export function limitOfTasks(limits: string): number | undefined {
  const number = /^Max processes\s+(\d+)/m.exec(limits)?.[1];
  return number === undefined ? undefined : Number(number);
}
