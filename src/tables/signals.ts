/**
 * The signals to the master and the letters of a master-fifo, and what each of them asks for.
 * `master/operator/signals.ts` binds them, `master/operator/actions.ts` gives them their meaning.
 */

export interface SignalEntry {
  readonly signals: readonly string[];
  /** The first letter is the one in the manual; the others, which uWSGI has too, mean the same. */
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
      'SIGINT stops at once',
  },
  { signals: [], letters: ['Q'], summary: 'stop at once' },
  {
    signals: ['SIGHUP'],
    letters: ['r', 'R', 'c', 'w', 'W'],
    summary: 'reload; when it comes from a terminal that was closed: stop, unless started by nohup',
  },
  {
    signals: ['SIGTSTP', 'SIGCONT'],
    letters: ['p'],
    summary: 'suspend and resume; requests wait in between',
  },
  { signals: [], letters: ['+'], summary: 'one worker more, until the next reload' },
  { signals: [], letters: ['-'], summary: 'one worker fewer' },
  { signals: [], letters: ['C'], summary: 'stop all workers until the next request' },
  { signals: ['SIGUSR1'], letters: ['s'], summary: 'write the status to the log' },
  { signals: [], letters: ['l'], summary: 'every process opens its log file again' },
  { signals: [], letters: ['L'], summary: 'rotate the log file' },
];
