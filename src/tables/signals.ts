/**
 * What signals to the master, and letters in a master-fifo, ask for.
 * `master/operator/signals.ts` binds them, `master/operator/actions.ts` gives them their meaning.
 */

export interface SignalEntry {
  readonly signals: readonly string[];
  /** The letter first that the manual names; uWSGI's others mean the same. */
  readonly letters: readonly string[];
  /** No capital, no full stop. */
  readonly summary: string;
}

export const signals: readonly SignalEntry[] = [
  {
    signals: ['SIGTERM', 'SIGINT', 'SIGQUIT'],
    letters: ['q'],
    summary:
      'stop: new clients are refused, running requests finish within worker-reload-mercy; a second ' +
      'SIGINT ends it now',
  },
  { signals: [], letters: ['Q'], summary: 'stop at once' },
  {
    signals: ['SIGHUP'],
    letters: ['r', 'R', 'c', 'w', 'W'],
    summary: 'reload; a hang-up of the terminal stops instead, unless it was started by nohup',
  },
  {
    signals: ['SIGTSTP', 'SIGCONT'],
    letters: ['p'],
    summary: 'suspend and resume: requests wait meanwhile',
  },
  { signals: ['SIGUSR1'], letters: ['s'], summary: 'write the status to the log' },
  { signals: [], letters: ['l'], summary: 'every process opens its log file anew' },
];
